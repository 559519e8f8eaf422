import Archive
import Checkpoint

/// SARIF 2.1.0, which GitHub's code scanning and others read.
///
/// Members of an object have no order: the results come first, as they are found, and then the
/// rules that they refer to.
public struct SARIFWriter: ReportWriter {
  private let style: ReportStyle
  private var rules: [SARIF.Descriptor] = []
  private var indices: [String: Int] = [:]
  private var notifications: [SARIF.Notification] = []
  private var isEmpty = true

  public init(_ style: ReportStyle) { self.style = style }

  public mutating func add(_ outcome: Outcome) throws -> String {
    let path = ArtifactPath(outcome.path, in: style.folder)
    var prints = Fingerprints(of: path)
    var results: [SARIF.Result] = []
    if let difference = outcome.expectation?.difference(from: outcome.verdict) {
      results.append(
        result(
          Self.expectation, level: "error", difference, at: SARIF.Location(path), in: outcome,
          print: prints.next(Self.expectation.id)))
    }
    if let error = outcome.error {
      notifications.append(
        SARIF.Notification(
          level: "error", message: .init(text: error), locations: [SARIF.Location(path)]))
    }
    let expected = outcome.expectation.flatMap { expectation in
      expectation.isMet ? "expected by policy: \(expectation.phrase)" : nil
    }
    for finding in outcome.report?.findings ?? [] {
      results.append(result(finding, path, outcome, &prints, justification: expected))
    }
    for ignored in outcome.ignored {
      let until = ignored.until.map { " (until \($0))" } ?? ""
      results.append(
        result(
          ignored.finding, path, outcome, &prints,
          justification: Escape.text(ignored.reason) + until))
    }
    return try results.map { result in
      let start = isEmpty ? Self.head : ",\n"
      isEmpty = false
      return start + (try compactJSON(result))
    }.joined()
  }

  public mutating func finish(_ summary: RunSummary) throws -> String {
    let configuration = summary.notices.map { notice in
      let path = ArtifactPath(notice.path, in: style.folder)
      return SARIF.Notification(
        level: "warning", message: .init(text: notice.message),
        locations: [SARIF.Location(path, line: notice.line)])
    }
    let invocation = SARIF.Invocation(
      executionSuccessful: notifications.isEmpty, exitCode: summary.exitCode,
      toolExecutionNotifications: notifications.isEmpty ? nil : notifications,
      toolConfigurationNotifications: configuration.isEmpty ? nil : configuration)
    let tool = SARIF.Tool(driver: SARIF.Driver(rules: rules))
    return (isEmpty ? Self.head : "\n") + """
      ],
      "columnKind":"unicodeCodePoints",
      "invocations":[\(try compactJSON(invocation))],
      "tool":\(try compactJSON(tool))}]}

      """
  }

  private static let head = """
    {"$schema":"https://json.schemastore.org/sarif-2.1.0.json","version":"2.1.0","runs":[{
    "results":[

    """

  /// The one rule that is about a policy, not a checkpoint.
  private static let expectation = SARIF.Descriptor(
    id: "policy.expectation", name: "PolicyExpectation",
    shortDescription: .init(text: "The checkpoint is what the policy expects."),
    fullDescription: .init(
      text: "The policy's `expect` names the verdict of this input and the rules that find it."),
    help: .init(text: "Mend the input, or change what .ckptmend.yml expects."),
    defaultConfiguration: .init(level: "error"), properties: .init(tags: ["policy"]))

  private mutating func result(
    _ finding: Finding, _ path: ArtifactPath, _ outcome: Outcome, _ prints: inout Fingerprints,
    justification: String?
  ) -> SARIF.Result {
    var location = SARIF.Location(path)
    location.logicalLocations = SARIF.LogicalLocation(finding.location).map { [$0] }
    var made = result(
      SARIF.Descriptor(finding), level: finding.severity.rawValue, finding.message, at: location,
      in: outcome, print: prints.next(for: finding))
    made.suppressions = justification.map { [SARIF.Suppression(justification: $0)] }
    made.properties.consequence = finding.consequence.rawValue
    made.properties.evidence = finding.evidence
    return made
  }

  private mutating func result(
    _ rule: SARIF.Descriptor, level: String, _ message: String, at location: SARIF.Location,
    in outcome: Outcome, print: String
  ) -> SARIF.Result {
    let index = indices[rule.id] ?? rules.count
    if index == rules.count {
      rules.append(rule)
      indices[rule.id] = index
    }
    return SARIF.Result(
      ruleId: rule.id, ruleIndex: index, level: level, message: .init(text: message),
      locations: [location], partialFingerprints: ["ckptmend/v1": print], suppressions: nil,
      properties: .init(verdict: outcome.verdict.rawValue))
  }
}

extension SARIF.Location {
  fileprivate init(_ path: ArtifactPath, line: Int? = nil) {
    let region = line.map { SARIF.Region(startLine: $0) }
    self.init(physicalLocation: .init(artifactLocation: .init(uri: path.uri), region: region))
  }
}

extension SARIF.LogicalLocation {
  /// The entry, and what of it; nil for the archive as a whole.
  fileprivate init?(_ location: Location) {
    guard let path = location.path else { return nil }
    let name = components(of: path).last ?? path
    switch location.kind {
    case .archive, .entry: self.init(name: name, fullyQualifiedName: path, kind: "resource")
    case .record:
      self.init(name: name, fullyQualifiedName: location.description, kind: "element")
    case .value:
      let pointer = location.pointer ?? ""
      self.init(name: name, fullyQualifiedName: "\(path)#\(shown(pointer))", kind: "value")
    }
  }
}

extension SARIF.Descriptor {
  /// The rule that a finding is of.
  fileprivate init(_ finding: Finding) {
    let rule = Rule.named(finding.rule)
    let words = finding.rule.split { ".-_".contains($0) }
    self.init(
      id: finding.rule,
      name: words.map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined(),
      shortDescription: .init(text: "\(rule?.title ?? finding.rule)."),
      fullDescription: .init(text: rule?.why ?? finding.message),
      help: .init(text: rule?.remedy.instruction ?? finding.message),
      defaultConfiguration: .init(level: (rule?.severity ?? finding.severity).rawValue),
      properties: .init(
        tags: rule.map { ["\($0.stage)"] } ?? [], since: rule?.since,
        consequence: rule?.consequence.rawValue))
  }
}
