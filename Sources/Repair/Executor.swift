public import Archive
public import Checkpoint
public import Verify

/// Runs a plan: the only code that writes, and never to its input.
///
/// The output is written beside its place, verified, and published only if the verification says
/// so; until then nothing has its name.
public struct Executor: Sendable {
  /// Why nothing was published.
  public enum Refusal: Error, Sendable {
    /// The result does not verify.
    case notRestorable(Report)
    case archive(ArchiveError)
    /// A step does not fit the entry that it names: the plan was made for another input.
    case misfit(path: String)
  }

  public let limits: Limits

  public init(limits: Limits = Limits()) { self.limits = limits }

  /// Writes `input` changed by `actions` to `target` and returns the report about the output, for
  /// those who are to restore it.
  public func run(
    _ actions: [Action], input: Checkpoint, donors: [Checkpoint] = [],
    for restorer: Verify.Target = Verify.Target(), to target: Target,
    publishes: (Report) -> Bool = { $0.archiveVerdict == .restorable }
  ) throws(Refusal) -> Report {
    let writer = PieceWriter(actions, input: input, donors: donors, limits: limits)
    var output: Output
    do throws(ArchiveError) {
      try Output.check(
        target.path, isApartFrom: [input.source.path] + donors.map(\.source.path))
      output = try target.open()
    } catch { throw .archive(error) }
    try writer.write(to: &output)
    let report: Report
    do throws(ArchiveError) {
      try output.end()
      let checkpoint = try target.load(&output, limits: limits)
      report = Verifier.verify(checkpoint, target: restorer)
      if publishes(report) {
        try output.publish()
        return report
      }
    } catch { throw .archive(error) }
    throw .notRestorable(report)
  }
}
