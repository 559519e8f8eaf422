public import Checkpoint
public import Host
public import Verify

/// Converts a checkpoint: plans it, runs the plan, and judges the result for whom it was made.
public struct Converter: Sendable {
  public let input: Checkpoint
  public let request: Conversion.Request
  public let host: HostFacts?
  public let plan: Plan

  public init(_ input: Checkpoint, _ request: Conversion.Request, host: HostFacts? = nil) {
    self.input = input
    self.request = request
    self.host = host
    plan = Conversion(input, request, host: host).plan
  }

  /// Writes the result to `target`, unless the engine or the runtime would not restore it.
  public func run(to target: Executor.Target, with executor: Executor = Executor())
    throws(Executor.Refusal) -> Report
  {
    let keepsFindings = request.permissions.contains(.findings)
    return try executor.run(
      plan.actions, input: input,
      for: Target(engine: request.engine, runtime: request.runtime, host: host), to: target
    ) { $0.archiveVerdict == .restorable || keepsFindings && $0.verdict != .unsafe }
  }
}
