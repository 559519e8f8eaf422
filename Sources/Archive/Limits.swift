/// What a reader is willing to take from a stranger. Beyond it an archive is unsafe.
public struct Limits: Sendable, Hashable {
  /// Entries in one archive or folder.
  public var entries = 200_000
  /// Components in one name.
  public var depth = 32
  /// Bytes that the sparse entries of one archive or folder may promise without storing them: an
  /// archive that is written from them stores them all.
  public var holes = 64 << 30
  /// Bytes of one JSON document.
  public var documentBytes = 64 << 20
  /// Nesting of one JSON document.
  public var documentDepth = 64
  /// Bytes of one image record.
  public var recordBytes = 64 << 20
  /// Bytes of documents and decoded images that are kept of one checkpoint.
  public var keptBytes = 96 << 20
  /// Bytes that a decompressor may look back: zstd's window, whose own limit for streams this is,
  /// and xz's dictionary.
  public var windowBytes = 128 << 20

  public init() {}

  /// Adds an entry's holes to those before it; the damage if they become too many.
  func add(_ holes: Int64, to total: inout Int64, of entry: Entry) -> Damage? {
    let (sum, overflow) = total.addingReportingOverflow(holes)
    total = overflow ? .max : sum
    if total <= self.holes { return nil }
    return Damage(
      .limitExceeded, entry: entry.name, have: UInt64(clamping: total),
      need: UInt64(clamping: self.holes), unit: "bytes of holes at most",
      detail: "sparse entries promise more than they store")
  }

  /// The damage if a name is nested too deeply.
  package func excess(of name: EntryName, after last: EntryName? = nil) -> Damage? {
    let depth = name.depth
    if depth <= self.depth { return nil }
    return Damage(
      .limitExceeded, entry: name, lastGood: last, have: UInt64(depth),
      need: UInt64(clamping: self.depth), unit: "folders deep at most",
      detail: "a name is nested too deeply")
  }

  /// The damage if there are too many entries, of which `name` is the last.
  func excess(ofEntries count: Int, at name: EntryName, after last: EntryName? = nil) -> Damage? {
    if count <= entries { return nil }
    return Damage(
      .limitExceeded, entry: name, lastGood: last, have: UInt64(count),
      need: UInt64(clamping: entries), unit: "entries at most", detail: "there are too many entries"
    )
  }
}
