#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif
import Archive
import Checkpoint

extension Inspection {
  /// An entry of the archive.
  public struct Item: Sendable, Hashable, Encodable {
    public var path: String
    public var kind: String
    public var size: Int64
    public var mode: UInt32
    public var owner: Int64
    public var group: Int64
    /// RFC 3339 text; nil for an unknown time.
    public var modified: String?
    /// A later entry has the same name, and engines keep that one.
    public var isSuperseded: Bool

    init(_ stored: StoredEntry) {
      let entry = stored.entry
      path = stored.path.isEmpty ? "." : stored.path
      kind = entry.kind.noun
      size = entry.size
      mode = entry.mode
      owner = entry.owner
      group = entry.group
      modified = timeText(entry.modified.seconds)
      isSuperseded = stored.isSuperseded
    }
  }
}

/// RFC 3339 text; nil for 0, which stands for an unknown time, and outside the years that it can
/// tell.
func timeText(_ seconds: Int64) -> String? {
  let endOfYear9999: Int64 = 253_402_300_799
  guard seconds > 0, seconds <= endOfYear9999 else { return nil }
  return Date(timeIntervalSince1970: Double(seconds)).formatted(.iso8601)
}
