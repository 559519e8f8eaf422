import Archive
public import Checkpoint
public import Verify

/// What a project decides about its checkpoints: the settings of a run, what is accepted, and what
/// each input has to be.
///
/// It never changes a verdict: an archive that cannot be restored stays one. It changes what is
/// shown and whether the run succeeds.
public struct Policy: Sendable, Hashable {
  /// The severity that findings of a rule get.
  public enum Level: String, Sendable, Hashable, CaseIterable {
    case error
    case warning
    case note
    /// Not shown at all.
    case off

    var severity: Severity? { Severity(rawValue: rawValue) }
  }

  /// Findings that are accepted for a time, or for good.
  public struct Ignore: Sendable, Hashable {
    public var rule: String
    /// The entry's name as reports show it; nil means any place.
    public var entry: Glob?
    /// The input; nil means all.
    public var path: Glob?
    public var reason: String
    /// The last day on which it holds.
    public var until: Day?
    /// Where it stands in its file.
    public var line = 0

    public init(
      rule: String, entry: Glob? = nil, path: Glob? = nil, reason: String, until: Day? = nil
    ) {
      self.rule = rule
      self.entry = entry
      self.path = path
      self.reason = reason
      self.until = until
    }

    func isExpired(on day: Day) -> Bool { until.map { $0 < day } ?? false }

    func covers(_ finding: Finding, of path: String) -> Bool {
      finding.rule == rule && self.path?.matches(path) ?? true
        && entry.map { glob in finding.location.path.map(glob.matches) ?? false } ?? true
    }
  }

  /// What the inputs of a path have to be.
  public struct Expect: Sendable, Hashable {
    public var path: Glob
    public var verdict: Verdict
    /// Rules that have to find something; others may, too.
    public var rules: [String]
    /// Where it stands in its file.
    public var line = 0

    public init(path: Glob, verdict: Verdict, rules: [String] = []) {
      self.path = path
      self.verdict = verdict
      self.rules = rules
    }
  }

  /// The file that it was read from.
  public var file = ""
  public var failOn: Severity?
  public var engine: Engine?
  public var runtime: Runtime?
  /// By the names of `Limits`.
  public var limits: [String: Int] = [:]
  public var severity: [String: Level] = [:]
  public var ignore: [Ignore] = []
  /// The first that matches an input counts for it.
  public var expect: [Expect] = []

  public init() {}

  /// What a reader has to know of the policy itself: which of its exceptions have ended.
  public func notices(on day: Day) -> [RunSummary.Notice] {
    ignore.filter { $0.isExpired(on: day) }.map { item in
      let until = item.until.map { " on \($0)" } ?? ""
      return RunSummary.Notice(
        path: file, line: item.line,
        message: "the exception for \(item.rule) ended\(until) and no longer applies")
    }
  }

  /// Which expectations no input has to meet, although the folder where such an input would be was
  /// looked through: a fixture that is gone is not tested any more. Globs are relative to `base`.
  public func notices(
    lookingThrough folders: [String], found paths: [String], in base: String
  ) -> [RunSummary.Notice] {
    let folders = folders.map { ArtifactPath($0, in: base).path }.map { $0.isEmpty ? "" : $0 + "/" }
    let paths = paths.map { ArtifactPath($0, in: base).path }
    return expect.filter { item in
      folders.contains { item.path.folder.hasPrefix($0) }
        && !paths.contains { item.path.matches($0) }
    }.map { item in
      RunSummary.Notice(
        path: file, line: item.line,
        message:
          "nothing is there for \(Escape.text(item.path.pattern)), expected to be \(item.verdict.rawValue)"
      )
    }
  }

  /// Applies it to what came of an input; `folder` is what its path globs are relative to.
  public func apply(to outcome: inout Outcome, in folder: String, on day: Day) {
    let path = ArtifactPath(outcome.path, in: folder).path
    if let expected = expect.first(where: { $0.path.matches(path) }) {
      outcome.expectation = Outcome.Expectation(
        verdict: expected.verdict, rules: expected.rules, of: outcome.report)
    }
    guard var report = outcome.report else { return }
    let current = ignore.filter { !$0.isExpired(on: day) }
    var kept: [Finding] = []
    for var finding in report.findings {
      if let item = current.first(where: { $0.covers(finding, of: path) }) {
        outcome.ignored.append(
          Outcome.Ignored(
            finding: finding, reason: item.reason, until: item.until.map { "\($0)" }))
        continue
      }
      if let level = severity[finding.rule] {
        guard let changed = level.severity else {
          if !outcome.turnedOff.contains(finding.rule) { outcome.turnedOff.append(finding.rule) }
          continue
        }
        finding.severity = changed
      }
      kept.append(finding)
    }
    // As a report has them: errors first, and within one severity in the order of the rules.
    report.findings = kept.enumerated().sorted {
      ($1.element.severity, $0.offset) < ($0.element.severity, $1.offset)
    }.map(\.element)
    outcome.result = .success(report)
  }
}
