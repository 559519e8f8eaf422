public import Archive
public import Checkpoint

/// What changed between two checkpoints.
///
/// Numbers that every dump gives anew are not compared: those of mounts, files and inodes. Values
/// of documents are shown where they cannot be secret; see `DocumentComparison`.
public struct Comparison: Sendable, Encodable {
  /// The short answer.
  public enum Answer: String, Sendable, Hashable, Encodable {
    /// The same entries, stored in the same way.
    case same
    /// The same entries in another archive: another compression, say.
    case sameContent = "same-content"
    case different
  }

  /// One of the two checkpoints.
  public struct Side: Sendable {
    public let checkpoint: Checkpoint
    public let report: Report
    let inspection: Inspection
    /// One for each entry of the checkpoint.
    let digests: [String?]

    /// `digests` were made while the checkpoint was loaded.
    public init(_ checkpoint: Checkpoint, _ digests: EntryDigests) {
      self.checkpoint = checkpoint
      self.digests = digests.values
      report = Verifier.verify(checkpoint)
      inspection = Inspection(checkpoint, details: [.files, .sockets, .mounts, .memory])
    }

    /// Reads `path` once.
    public init(path: String, limits: Limits = Limits()) throws(ArchiveError) {
      let digests = EntryDigests()
      self.init(try Checkpoint.load(path: path, limits: limits, digests: digests), digests)
    }
  }

  /// What a reader must know of each side.
  public struct Summary: Sendable, Hashable, Encodable {
    public var path: String
    public var format: String
    public var compression: String
    public var layout: String
    public var entries: Int
    public var size: Int64?
    public var engine: String?
    public var runtime: String?
    public var verdict: Verdict
    public var damage: String?
  }

  public struct Findings: Sendable, Hashable, Encodable {
    /// Those that only the first has.
    public var gone: [Finding]
    /// Those that only the second has.
    public var new: [Finding]
  }

  /// Grows only when a reader of the old form would misread the new one.
  public private(set) var schemaVersion = 1
  public private(set) var tool = Report.Tool()
  public let answer: Answer
  public let before: Summary
  public let after: Summary
  /// How the archives themselves differ, whatever is in them.
  public let archive: [Change]
  public let findings: Findings
  /// Only those with changes.
  public let sections: [ChangeSection]

  public init(_ before: Side, _ after: Side, showingSecrets: Bool = false) {
    self.before = Summary(before)
    self.after = Summary(after)
    archive = before.archiveItems.changes(to: after.archiveItems)
    findings = Findings(
      gone: before.report.findings.missing(from: after.report.findings),
      new: after.report.findings.missing(from: before.report.findings))
    sections = Self.sections(before, after, showingSecrets).filter { !$0.changes.isEmpty }
    let isSame = sections.isEmpty && self.before.verdict == self.after.verdict
    answer = !isSame ? .different : archive.isEmpty ? .same : .sameContent
  }

  private static func sections(_ before: Side, _ after: Side, _ showingSecrets: Bool)
    -> [ChangeSection]
  {
    var sections = DumpComparison.sections(before.inspection, after.inspection)
    sections += DocumentComparison(showsSecrets: showingSecrets).sections(before, after)
    let entries = EntryComparison(showsDigests: showingSecrets)
    sections.append(ChangeSection(kind: .entries, changes: entries.changes(before, after)))
    sections.append(ChangeSection(kind: .nested, changes: entries.nestedChanges(before, after)))
    return sections
  }

  /// The comparison as JSON, described by `docs/diff.schema.json`. The same checkpoints always give
  /// the same bytes.
  public func json() throws -> String { try encodedJSON(self) }
}

extension Comparison.Summary {
  fileprivate init(_ side: Comparison.Side) {
    let source = side.inspection.source
    self.init(
      path: source.path, format: source.format, compression: source.compression,
      layout: source.layout, entries: source.entries, size: source.size,
      engine: side.report.subject.engine, runtime: side.report.subject.runtime,
      verdict: side.report.verdict, damage: source.damage)
  }
}

extension Comparison.Side {
  /// How the checkpoint is stored.
  fileprivate var archiveItems: [ComparedItem] {
    let source = checkpoint.source
    var values: [(String, Evidence?)] = [
      ("format", .text(source.form.rawValue)), ("compression", .text(source.compression.rawValue)),
      ("size", source.storedSize.map { .number($0) }),
      ("permissions", source.mode.map { .text(modeText($0)) }),
      ("image tag", source.image?.tag.map { .text(shown($0)) }),
      ("image architecture", source.image?.architecture.map { .text(shown($0)) }),
      ("image layers", source.image.map { .number(Int64($0.layers)) }),
      ("damage", checkpoint.damage.map { .text($0.description) }),
    ]
    values.append(
      ("sparse entries", .number(Int64(checkpoint.entries.count { $0.entry.sparse != nil }))))
    return values.compactMap { name, value in
      value.map { ComparedItem(name, [.init("value", $0)]) }
    }
  }
}

extension [Finding] {
  /// Each counts as often as it is there.
  fileprivate func missing(from others: [Finding]) -> [Finding] {
    var rest: [Finding: Int] = [:]
    for finding in others { rest[finding, default: 0] += 1 }
    return filter { finding in
      guard let count = rest[finding], count > 0 else { return true }
      rest[finding] = count - 1
      return false
    }
  }
}

/// Permissions as people write them.
func modeText(_ mode: UInt32) -> String {
  let digits = String(mode, radix: 8)
  return String(repeating: "0", count: Swift.max(0, 4 - digits.count)) + digits
}
