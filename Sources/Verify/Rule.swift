public import Checkpoint
public import Host

/// A check as a value: what it says, why, and how it is known to work.
///
/// From it follow the list of rules, `explain`, `docs/rules.md` and the parametrised tests.
public struct Rule: Sendable, Identifiable {
  /// The order in which checks give the best first message (criu-images.md, §6).
  public enum Stage: Int, Sendable, Comparable, CaseIterable {
    case container, layout, documents, engine, nested, images, tree, namespaces, mounts, files,
      memory, credentials, queues, options, host

    public static func < (left: Stage, right: Stage) -> Bool { left.rawValue < right.rawValue }
  }

  public typealias Check = @Sendable (_ subject: Subject, _ findings: inout Findings) -> Void

  /// Stable for ever.
  public let id: String
  /// The version that brought it.
  public let since: String
  public let severity: Severity
  public let consequence: Consequence
  public let stage: Stage
  /// What must hold, in one line.
  public let title: String
  /// What a restore does otherwise.
  public let why: String
  public let remedy: Remedy
  /// What must be readable before the rule can say anything.
  public let needs: [Need]
  /// On what it is known to fire and to stay silent.
  public var examples: [Example] { makeExamples() }
  /// There are a thousand of them, and only tests and pages want them.
  private let makeExamples: @Sendable () -> [Example]
  let check: Check

  public init(
    id: String, since: String = "0.1", severity: Severity = .error,
    consequence: Consequence = .refused, stage: Stage, title: String, why: String, remedy: Remedy,
    needs: [Need] = [.wholeArchive], examples: @autoclosure @escaping @Sendable () -> [Example],
    check: @escaping Check
  ) {
    self.id = id
    self.since = since
    self.severity = severity
    self.consequence = consequence
    self.stage = stage
    self.title = title
    self.why = why
    self.remedy = remedy
    self.needs = needs
    makeExamples = examples
    self.check = check
  }
}

/// A checkpoint on which a rule fires, or must stay silent.
public struct Example: Sendable {
  public let name: String
  public let fires: Bool
  /// For whom it is judged.
  public let target: Target
  let make: @Sendable () -> Sketch

  /// The rule must report something.
  public static func fires(
    _ name: String, on host: HostFacts? = nil, in root: RootFilesystem? = nil,
    with runtime: Runtime? = nil, _ make: @autoclosure @escaping @Sendable () -> Sketch
  ) -> Example {
    let target = Target(runtime: runtime, host: host, root: root, options: [])
    return Example(name: name, fires: true, target: target, make: make)
  }

  /// The rule must report nothing.
  public static func silent(
    _ name: String, on host: HostFacts? = nil, in root: RootFilesystem? = nil,
    with runtime: Runtime? = nil, _ make: @autoclosure @escaping @Sendable () -> Sketch
  ) -> Example {
    let target = Target(runtime: runtime, host: host, root: root, options: [])
    return Example(name: name, fires: false, target: target, make: make)
  }

  public var sketch: Sketch { make() }
}

/// Collects what one rule reports.
public struct Findings {
  let rule: Rule
  public internal(set) var all: [Finding] = []
  /// Why some of what the rule is about could not be judged.
  public internal(set) var skipped: [String] = []

  private var omitted = 0

  /// An archive can be wrong in a million places at once, which nobody reads, and which take more
  /// memory than the archive.
  static let most = 1000
  private static let mostReasons = 100

  init(_ rule: Rule) { self.rule = rule }

  /// Reports a violation. Severity, consequence and remedy are the rule's unless given.
  public mutating func report(
    _ location: Location, _ message: String, have: Evidence? = nil, need: Evidence? = nil,
    evidence: [String: Evidence] = [:], severity: Severity? = nil,
    consequence: Consequence? = nil, remedy: Remedy? = nil
  ) {
    let consequence = consequence ?? rule.consequence
    let severity = severity ?? rule.severity
    // One that is worse than those before it is always told: the verdict rests on it.
    if all.count >= Self.most,
      all.contains(where: { $0.severity == severity && $0.consequence == consequence })
    {
      omitted += 1
      return
    }
    var evidence = evidence
    evidence["have"] = have
    evidence["need"] = need
    all.append(
      Finding(
        rule: rule.id, severity: severity, consequence: consequence, location: location,
        message: message, evidence: evidence, remedies: [remedy ?? rule.remedy]))
  }

  /// Says in the last finding how many more there are.
  mutating func end() {
    guard omitted > 0, var last = all.popLast() else { return }
    last.message += " (and \(omitted) more findings of this rule)"
    last.evidence["omitted"] = .number(Int64(omitted))
    all.append(last)
    omitted = 0
  }

  /// Says that part of what the rule is about could not be judged, and why.
  public mutating func notChecked(_ reason: String) {
    if skipped.count > Self.mostReasons || skipped.contains(reason) { return }
    skipped.append(skipped.count == Self.mostReasons ? "there is more like this" : reason)
  }
}
