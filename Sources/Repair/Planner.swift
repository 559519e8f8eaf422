import CRIUImages
public import Checkpoint
public import Host
public import Verify

/// Makes plans: from a checkpoint, what verification says about it, donors, a host and permissions.
/// Pure; nothing is read or written.
public struct Planner: Sendable {
  public let input: Checkpoint
  public let report: Report
  public let donors: [Checkpoint]
  /// Where the result is to be restored, if that is known.
  public let host: HostFacts?
  public let permissions: Set<Permission>
  /// How each donor was compared with the input.
  public let provenance: [Provenance]
  /// For each donor, the parts of it that are damaged themselves.
  let brokenParts: [Set<String>]

  public init(
    _ input: Checkpoint, donors: [Checkpoint] = [], host: HostFacts? = nil,
    permissions: Set<Permission> = []
  ) {
    self.input = input
    self.donors = donors
    self.host = host
    self.permissions = permissions
    let report = Verifier.verify(input, target: Target(host: host))
    let damaged = Self.damaged(report)
    self.report = report
    provenance = donors.map { Provenance(input, $0, damaged: damaged) }
    brokenParts = donors.map { Self.damaged(Verifier.verify($0)) }
  }

  /// Entries that some error is about.
  private static func damaged(_ report: Report) -> Set<String> {
    Set(report.findings.filter { $0.severity == .error }.compactMap(\.location.path))
  }

  public func plan() -> Plan {
    var plan = Plan()
    plan.steps += containerSteps()
    plan.steps += nameSteps()
    plan.steps += donorSteps(beyond: plan.steps, replacing: [])
    var state = outcome(of: plan, allowingAll: true)
    // What cleaning or a look at the rest mends needs no other copy.
    clean(&plan, &state)
    // What is still wrong once nothing is missing is damaged itself.
    let broken = isStreamCorrupt ? Set(input.entries.map(\.path)) : suspects(in: state)
    let replacements =
      donorSteps(beyond: plan.steps, replacing: broken)
      + donorRemovals(of: Self.damaged(state), beyond: plan.steps)
    if !replacements.isEmpty {
      plan.steps += replacements
      state = outcome(of: plan, allowingAll: true)
      clean(&plan, &state)
    }
    // A finding about one part may have its cause in another: then all parts come from one dump.
    if state.verdict != .restorable, let donor = donors.indices.first {
      let more = consistentParts(from: donor, beyond: plan.steps)
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
      clean(&plan, &state)
    }
    remake(&plan, &state)
    state = outcome(of: plan)
    plan.unresolved = state.findings.filter { $0.severity == .error }.map { finding in
      Plan.Unresolved(
        rule: finding.rule, location: "\(finding.location)", message: finding.message,
        remedy: finding.remedies.first?.instruction ?? "",
        refusal: finding.location.path.flatMap { Reconstruction.refusal(of: $0, in: input) })
    }
    return plan
  }

  /// Entries that are damaged, or that damage elsewhere makes suspect: of two files of pages that were
  /// exchanged, it may be the size of one alone that tells.
  private func suspects(in state: Report) -> Set<String> {
    let damaged = Self.damaged(state)
    let memory = input.entries.compactMap { stored -> String? in
      guard case .image(let image) = stored.content,
        [.pages, .pagemap, .shmemPagemap].contains(image.name.type)
      else { return nil }
      return stored.path
    }
    return damaged.isDisjoint(with: memory) ? damaged : damaged.union(memory)
  }

  /// Adds groups of steps that clean, one at a time, since one may uncover the next, and every edit
  /// must see the document as it is by then.
  private func clean(_ plan: inout Plan, _ state: inout Report) {
    var rejected: Set<[Action]> = []
    search: while true {
      for group in cleaningGroups(for: state, in: result(of: plan, allowingAll: true)) {
        if rejected.contains(group.map(\.action)) { continue }
        var wider = plan
        wider.steps += group
        let widened = outcome(of: wider, allowingAll: true)
        if widened.isBetter(than: state) {
          plan = wider
          state = widened
          continue search
        }
        rejected.insert(group.map(\.action))
      }
      return
    }
  }

  /// What verification will say about the result, with the steps that are allowed.
  func outcome(of plan: Plan, allowingAll: Bool = false) -> Report {
    Verifier.verify(result(of: plan, allowingAll: allowingAll), target: Target(host: host))
  }

  func result(of plan: Plan, allowingAll: Bool) -> Checkpoint {
    let actions = plan.steps.filter {
      allowingAll || ($0.needs.map(permissions.contains) ?? true)
    }.map(\.action)
    let isRewritten = actions.contains { $0 == .rewrite || $0.isSalvage }
    return Applied(actions, to: input).result(of: input, donors: donors, isCut: isRewritten)
  }

  /// Makes anew what is there and readable, but wrong, wherever that leaves fewer findings.
  private func remake(_ plan: inout Plan, _ state: inout Report) {
    var seen = Set(plan.steps.compactMap(\.action.madePath))
    for finding in state.findings where finding.severity == .error {
      guard let path = finding.location.path, seen.insert(path).inserted else { continue }
      var without = plan
      without.steps.append(Plan.Step(.remove(path: path), because: ""))
      let made = Reconstruction.of(path, in: result(of: without, allowingAll: true))
      // To verify takes far longer than to see that nothing can be made.
      if made.isEmpty { continue }
      var wider = plan
      wider.steps += made.map { $0.step(causes: [Plan.Cause(finding)]) }
      let widened = outcome(of: wider, allowingAll: true)
      if widened.isBetter(than: state) {
        plan = wider
        state = widened
      }
    }
  }

  /// Steps that make what is still missing or damaged from the rest. One image may be needed to
  /// make another, so this is asked again until nothing more can be made.
  private func reconstructions(for state: Report, of plan: Plan) -> [Plan.Step] {
    let current = result(of: plan, allowingAll: true)
    var seen = Set(plan.steps.compactMap(\.action.madePath))
    return state.findings.flatMap { finding -> [Plan.Step] in
      guard finding.severity == .error, let path = finding.location.path,
        seen.insert(path).inserted
      else { return [] }
      return Reconstruction.of(path, in: current).map { $0.step(causes: [Plan.Cause(finding)]) }
    }
  }

  /// What was found wrong with one entry.
  func causes(about path: String) -> [Plan.Cause] {
    var causes: [Plan.Cause] = []
    for finding in report.findings where finding.location.path == path {
      let cause = Plan.Cause(finding)
      if !causes.contains(cause) { causes.append(cause) }
    }
    return causes
  }
}

extension Report {
  /// Fewer findings, and of no kind more than before: a step must not trade one error for another.
  fileprivate func isBetter(than other: Report) -> Bool {
    func counts(_ report: Report) -> [String: Int] {
      Dictionary(report.findings.map { ($0.rule, 1) }, uniquingKeysWith: +)
    }
    let before = counts(other)
    return findings.count < other.findings.count
      && counts(self).allSatisfy { $0.value <= before[$0.key, default: 0] }
  }
}

extension Plan.Cause {
  init(_ finding: Finding) { self.init(rule: finding.rule, location: "\(finding.location)") }
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
