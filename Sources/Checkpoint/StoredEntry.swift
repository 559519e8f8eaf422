public import Archive
public import CRIUImages

/// An entry, and what its bytes turned out to be.
public struct StoredEntry: Sendable {
  public enum Content: Sendable {
    /// Nothing was read: a folder, a link, or bytes that are only counted.
    case opaque
    // Few entries are one of these, and many would take the room for it.
    indirect case document(Document)
    indirect case image(DecodedImage)
    indirect case nested(NestedArchive)
    /// Larger than a limit allows; both in bytes.
    case refused(have: Int64, limit: Int64)
  }

  public let entry: Entry
  public let content: Content
  /// A later entry has the same name, and engines keep the last.
  public internal(set) var isSuperseded = false

  public init(_ entry: Entry, _ content: Content) {
    self.entry = entry
    self.content = content
  }

  public var path: String { entry.name.path }

  /// Whether it is more than a plain file of a proper name whose bytes nobody looks at.
  var isNotable: Bool {
    if case .opaque = content, case .file = entry.kind, !isSuperseded, entry.sparse == nil,
      entry.warning == nil, entry.name.bytes.count <= 255, entry.name.escape == nil
    {
      return false
    }
    return true
  }
}
