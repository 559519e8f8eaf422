/// What makes an archive unreadable past a point, with the values that disagree.
public struct Damage: Sendable, Hashable {
  public enum Kind: String, Sendable, Hashable, CaseIterable {
    /// The bytes end before the tar, the entry or the compressed stream does.
    case truncated
    /// A tar header that no reader accepts: checksum, magic or an impossible number.
    case badHeader
    /// A size that is negative or cannot be represented.
    case badSize
    /// The decompressor refuses the stream.
    case corruptStream
    /// gzip's CRC-32 or length disagrees with the data (RFC 1952, 2.3.1).
    case checksumMismatch
    /// Bytes follow the compressed stream that are not part of it.
    case trailingStreamBytes
    /// No tar is recognised at all.
    case notTar
    /// Part of an OCI image is missing, or has not the digest or size that names it.
    case digestMismatch
    /// The documents of an OCI image are not what they should be.
    case badImage
    /// A limit of `Limits` was exceeded.
    case limitExceeded
  }

  public var kind: Kind
  /// The entry that was being read, if its header was whole.
  public var entry: EntryName?
  /// The last entry that was read completely.
  public var lastGood: EntryName?
  /// What is there; its unit is told by `unit`.
  public var have: UInt64?
  /// What is needed.
  public var need: UInt64?
  public var unit: String
  /// The reader's own words (libarchive, zlib).
  public var detail: String

  public init(
    _ kind: Kind, entry: EntryName? = nil, lastGood: EntryName? = nil, have: UInt64? = nil,
    need: UInt64? = nil, unit: String = "bytes", detail: String
  ) {
    self.kind = kind
    self.entry = entry
    self.lastGood = lastGood
    self.have = have
    self.need = need
    self.unit = unit
    self.detail = detail
  }
}

extension Damage: CustomStringConvertible {
  public var description: String {
    var text = Escape.text(detail)
    if let have { text += "; have \(have)" }
    if let need { text += "\(have == nil ? ";" : ",") need \(need)" }
    if have != nil || need != nil { text += " \(unit)" }
    if let entry { text += "; in entry \(entry)" }
    if let lastGood {
      text += "; last good entry \(lastGood)"
    } else if entry == nil {
      text += "; no entry before it"
    }
    return text
  }
}
