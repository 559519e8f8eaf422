public import Checkpoint
public import Verify

/// Makes plans: from a checkpoint, what verification says about it, donors and permissions. Pure;
/// nothing is read or written.
public struct Planner: Sendable {
  public let input: Checkpoint
  public let report: Report
  public let donors: [Checkpoint]
  public let permissions: Set<Permission>
  /// For each donor, the parts of it that are damaged themselves.
  let brokenParts: [Set<String>]

  public init(
    _ input: Checkpoint, donors: [Checkpoint] = [], permissions: Set<Permission> = []
  ) {
    self.input = input
    self.donors = donors
    self.permissions = permissions
    report = Verifier.verify(input)
    brokenParts = donors.map { Self.damaged(Verifier.verify($0)) }
  }

  /// Entries that some error is about.
  var damaged: Set<String> { Self.damaged(report) }

  private static func damaged(_ report: Report) -> Set<String> {
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
    plan.steps += donorSteps(beyond: plan.steps, replacing: [])
    var state = outcome(of: plan, allowingAll: true)
    // What is still wrong once nothing is missing is damaged itself.
    let replacements = donorSteps(beyond: plan.steps, replacing: Self.damaged(state))
    if !replacements.isEmpty {
      plan.steps += replacements
      state = outcome(of: plan, allowingAll: true)
    }
    // A finding about one image may have its cause in another: then all images come from one dump.
    if state.verdict != .restorable, let donor = donors.indices.first {
      let more = consistentImages(from: donor, beyond: plan.steps)
      var wider = plan
      wider.steps += more
      let widened = outcome(of: wider, allowingAll: true)
      if !more.isEmpty, widened.counts.error < state.counts.error {
        plan = wider
        state = widened
      }
    }
    while state.verdict != .restorable {
      let more = reconstructions(for: state, of: plan)
      if more.isEmpty { break }
      plan.steps += more
      state = outcome(of: plan, allowingAll: true)
    }
    state = outcome(of: plan)
    plan.unresolved = state.findings.filter { $0.severity == .error }.map { finding in
      Plan.Unresolved(
        rule: finding.rule, location: "\(finding.location)", message: finding.message,
        remedy: finding.remedies.first?.instruction ?? "")
    }
    return plan
  }

  /// What verification will say about the result, with the steps that are allowed.
  func outcome(of plan: Plan, allowingAll: Bool = false) -> Report {
    Verifier.verify(result(of: plan, allowingAll: allowingAll))
  }

  private func result(of plan: Plan, allowingAll: Bool) -> Checkpoint {
    let steps = plan.steps.filter {
      allowingAll || ($0.needs.map(permissions.contains) ?? true)
    }
    let actions = steps.map(\.action)
    let isRewritten = actions.contains { $0 == .rewrite || $0.isSalvage }
    return Applied(actions, to: input).result(of: input, donors: donors, isCut: isRewritten)
  }

  /// Steps that make what is still missing or damaged from the rest. One image may be needed to
  /// make another, so this is asked again until nothing more can be made.
  private func reconstructions(for state: Report, of plan: Plan) -> [Plan.Step] {
    let current = result(of: plan, allowingAll: true)
    var seen = Set(plan.steps.compactMap(\.action.madePath))
    return state.findings.compactMap { finding in
      guard finding.severity == .error, let path = finding.location.path,
        seen.insert(path).inserted, let made = Reconstruction.of(path, in: current)
      else { return nil }
      return made.step(rules: [finding.rule])
    }
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
  /// The path of an entry that was made or left out because of its content.
  fileprivate var madePath: String? {
    switch self {
    case .write(let path, _), .remove(let path): path
    default: nil
    }
  }

  var isSalvage: Bool { if case .salvage = self { true } else { false } }
}
