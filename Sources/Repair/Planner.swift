public import Checkpoint
public import Verify

/// Makes plans: from a checkpoint, what verification says about it, donors and permissions. Pure;
/// nothing is read or written.
public struct Planner: Sendable {
  public let input: Checkpoint
  public let report: Report
  public let donors: [Checkpoint]
  public let permissions: Set<Permission>

  public init(
    _ input: Checkpoint, donors: [Checkpoint] = [], permissions: Set<Permission> = []
  ) {
    self.input = input
    self.donors = donors
    self.permissions = permissions
    report = Verifier.verify(input)
  }

  /// Entries that some error is about.
  var damaged: Set<String> {
    Set(report.findings.filter { $0.severity == .error }.compactMap(\.location.path))
  }

  /// How each donor was compared with the input.
  public var provenance: [Provenance] {
    donors.map { Provenance(input, $0, damaged: damaged) }
  }

  public func plan() -> Plan {
    var plan = Plan()
    plan.steps += containerSteps()
    plan.steps += nameSteps()
    plan.steps += donorSteps(beyond: plan.steps)
    var state = outcome(of: plan)
    // A finding about one image may have its cause in another: then all images come from one dump.
    if state.verdict != .restorable, let donor = donors.indices.first {
      let more = consistentImages(from: donor, beyond: plan.steps)
      var wider = plan
      wider.steps += more
      let widened = outcome(of: wider)
      if !more.isEmpty, widened.counts.error < state.counts.error {
        plan = wider
        state = widened
      }
    }
    plan.unresolved = state.findings.filter { $0.severity == .error }.map { finding in
      Plan.Unresolved(
        rule: finding.rule, location: "\(finding.location)", message: finding.message,
        remedy: finding.remedies.first?.instruction ?? "")
    }
    return plan
  }

  /// What verification will say about the result.
  func outcome(of plan: Plan) -> Report {
    let actions = plan.steps.filter { $0.needs.map(permissions.contains) ?? true }.map(\.action)
    let applied = Applied(actions, to: input)
    let isRewritten = actions.contains { $0 == .rewrite || $0.isSalvage }
    return Verifier.verify(applied.result(of: input, donors: donors, isCut: isRewritten))
  }

  /// The rules that found something wrong with one entry.
  func rules(about path: String) -> [String] {
    var rules: [String] = []
    for finding in report.findings
    where finding.location.path == path && !rules.contains(finding.rule) {
      rules.append(finding.rule)
    }
    return rules
  }
}

extension Action {
  var isSalvage: Bool { if case .salvage = self { true } else { false } }
}
