public import Archive

/// What came of one input: a report, or the reason why there is none; and what a policy makes of it.
///
/// A policy never changes the verdict. It says what is shown and what the exit code is.
public struct Outcome: Sendable {
  /// A finding that a policy accepts.
  public struct Ignored: Sendable, Hashable, Encodable {
    public var finding: Finding
    public var reason: String
    /// The last day on which it is accepted, as `YYYY-MM-DD`.
    public var until: String?

    public init(finding: Finding, reason: String, until: String? = nil) {
      self.finding = finding
      self.reason = reason
      self.until = until
    }
  }

  /// What an input had to be, and whether it is.
  public struct Expectation: Sendable, Hashable, Encodable {
    public var verdict: Verdict
    /// Rules that have to find something.
    public var rules: [String]
    /// Those of them that did not.
    public var missing: [String]
    public var isMet: Bool

    /// Holds `report`, as the rules made it, against what was expected.
    public init(verdict: Verdict, rules: [String], of report: Report?) {
      self.verdict = verdict
      self.rules = rules
      missing = rules.filter { rule in
        report?.findings.contains { $0.rule == rule } != true
      }
      isMet = report?.verdict == verdict && missing.isEmpty
    }
  }

  /// The input as it was named.
  public let path: String
  /// Its findings are those that count, with the severities that count.
  public var result: Result<Report, ArchiveError>
  /// What is in the checkpoint, where a page is to show it.
  public var inspection: Inspection?
  public var ignored: [Ignored] = []
  /// Rules that found something and are turned off, each once.
  public var turnedOff: [String] = []
  public var expectation: Expectation?
  /// The severity from which on a finding counts against the input.
  public var failOn: Severity

  public init(path: String, _ result: Result<Report, ArchiveError>, failOn: Severity = .error) {
    self.path = path
    self.result = result
    self.failOn = failOn
  }

  public var report: Report? { try? result.get() }

  /// Why there is no report.
  public var error: String? {
    if case .failure(let error) = result { return "\(error)" }
    return nil
  }

  /// An input without a report has no verdict but this one.
  public var verdict: Verdict { report?.verdict ?? .unreadable }

  public func fails(_ finding: Finding) -> Bool { finding.severity >= failOn }

  /// What the input adds to the exit code: 0 as it should be, 1 findings, or not what a policy
  /// expects, 2 unreadable, 3 unsafe.
  public var exitCode: Int32 {
    if expectation?.isMet == true { return 0 }
    let own: Int32 =
      switch verdict {
      case .unsafe: 3
      case .unreadable: 2
      case .restorable, .restorableWithLoss, .notRestorable:
        report?.findings.contains(where: fails) == true ? 1 : 0
      }
    return expectation == nil ? own : max(1, own)
  }
}

extension Outcome.Expectation {
  /// What was expected, as the continuation of “expected: ”.
  public var phrase: String {
    rules.isEmpty
      ? verdict.rawValue : "\(verdict.rawValue) with \(rules.joined(separator: ", "))"
  }

  /// What came instead; nil if nothing did.
  public func difference(from actual: Verdict) -> String? {
    if isMet { return nil }
    let silent = missing.isEmpty ? "" : ", without \(missing.joined(separator: ", "))"
    return "not as expected: it is \(actual.rawValue)\(silent), not \(phrase)"
  }
}

extension Outcome: Encodable {
  private enum Key: String, CodingKey {
    case schemaVersion, tool, subject, verdict, error, findings, notChecked, counts, policy
  }

  private enum PolicyKey: String, CodingKey { case ignored, turnedOff, expectation }

  private struct Named: Encodable { var path: String }

  /// The report, with two members more: `error` in place of what could not be read, and `policy`
  /// where one had a say.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    switch result {
    case .success(let report): try report.encode(to: encoder)
    case .failure(let error):
      try container.encode(Report.schemaVersion, forKey: .schemaVersion)
      try container.encode(Report.Tool(), forKey: .tool)
      try container.encode(Named(path: path), forKey: .subject)
      try container.encode(verdict, forKey: .verdict)
      try container.encode("\(error)", forKey: .error)
      try container.encode([Finding](), forKey: .findings)
      try container.encode([Report.NotChecked](), forKey: .notChecked)
      try container.encode(Report.Counts(error: 0, warning: 0, note: 0), forKey: .counts)
    }
    if ignored.isEmpty, turnedOff.isEmpty, expectation == nil { return }
    var policy = container.nestedContainer(keyedBy: PolicyKey.self, forKey: .policy)
    if !ignored.isEmpty { try policy.encode(ignored, forKey: .ignored) }
    if !turnedOff.isEmpty { try policy.encode(turnedOff, forKey: .turnedOff) }
    try policy.encodeIfPresent(expectation, forKey: .expectation)
  }
}
