import Checkpoint

/// What verification says about one checkpoint.
public struct Report: Sendable, Encodable {
  /// Grows only when a reader of the old form would misread the new one.
  public static let schemaVersion = 1

  /// What was judged.
  public struct Subject: Sendable, Hashable, Encodable {
    public var path: String
    /// `tar` or `folder`.
    public var format: String
    public var compression: String
    public var layout: String
    /// The engine that made it, or that it was judged for.
    public var engine: String?
    public var runtime: String?
    /// What engine and runtime were recognised by.
    public var evidence: [String]
    public var entries: Int
    /// Stored size in bytes, where it is known.
    public var size: Int64?
  }

  /// Rules that could not be applied, and the reason they share.
  public struct NotChecked: Sendable, Hashable, Encodable {
    public var rules: [String]
    public var reason: String
  }

  public struct Counts: Sendable, Hashable, Encodable {
    public var error: Int
    public var warning: Int
    public var note: Int
  }

  public struct Tool: Sendable, Hashable, Encodable {
    public var name = "ckptmend"
    public var version = Report.toolVersion
  }

  public static let toolVersion = "0.1.0"

  public var subject: Subject
  public var verdict: Verdict
  /// Errors first, then in order of the rules' stages.
  public var findings: [Finding]
  public var notChecked: [NotChecked]

  public var counts: Counts {
    func count(_ severity: Severity) -> Int { findings.count { $0.severity == severity } }
    return Counts(error: count(.error), warning: count(.warning), note: count(.note))
  }

  private enum Key: String, CodingKey {
    case schemaVersion, tool, subject, verdict, findings, notChecked, counts
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    try container.encode(Self.schemaVersion, forKey: .schemaVersion)
    try container.encode(Tool(), forKey: .tool)
    try container.encode(subject, forKey: .subject)
    try container.encode(verdict, forKey: .verdict)
    try container.encode(findings, forKey: .findings)
    try container.encode(notChecked, forKey: .notChecked)
    try container.encode(counts, forKey: .counts)
  }
}
