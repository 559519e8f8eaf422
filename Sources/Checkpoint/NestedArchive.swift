public import Archive

/// An archive inside the archive: listed and checked, never unpacked.
public struct NestedArchive: Sendable {
  /// Who reads it decides what it may be (contract, §3 “Nested archives”).
  public enum Role: Sendable, Hashable {
    /// Podman and CRI-O: any compression they know; containerd detects it.
    case rootfsDiff
    /// Podman reads it as plain tar only.
    case sharedMemory
    /// Podman reads it as plain tar only.
    case volume(name: String)
    /// CRIU runs the host's `tar --extract --gzip`.
    case tmpfs
  }

  /// A file of the nested archive, for rules that look for an open file.
  public struct File: Sendable, Hashable {
    public var isRegular: Bool
    public var size: Int64
    public var mode: UInt32

    public init(isRegular: Bool, size: Int64, mode: UInt32) {
      self.isRegular = isRegular
      self.size = size
      self.mode = mode
    }
  }

  /// A name that would leave the folder it is unpacked in.
  public struct Hazard: Sendable, Hashable {
    public var name: EntryName
    public var reason: String
  }

  /// A `.wh.` entry: what containerd, as OCI layers do, records for a deletion.
  public struct Whiteout: Sendable, Hashable {
    public var name: EntryName
    /// All headers and content, in the tar as it is decompressed.
    public var bytes: Range<Int64>

    /// Whether it hides everything that the layers below have in its folder.
    public var isOpaque: Bool { name.lastComponent.elementsEqual(".wh..wh..opq".utf8) }

    /// The components of what is deleted, or of the folder that is opaque.
    public var hidden: [[UInt8]] {
      var components = name.components
      guard let last = components.popLast(), !isOpaque else { return components }
      return components + [Array(last.dropFirst(NestedArchive.prefix.count))]
    }
  }

  private static let prefix = Array(".wh.".utf8)

  public let role: Role
  public var compression = Compression.none
  public var count = 0
  /// By cleaned path.
  public var files: [String: File] = [:]
  /// By cleaned path, those above any entry included.
  public var folders: Set<String> = []
  public var links: Set<String> = []
  /// The first few hazards.
  public var hazards: [Hazard] = []
  /// containerd's whiteouts, ordinary files to Podman and CRI-O.
  public var whiteouts: [Whiteout] = []
  /// Where the end marker begins, in the tar as it is decompressed; nil if it was not reached.
  public var end: Int64?
  /// Why reading stopped before the end.
  public var damage: Damage?
  public var tail: Tail?

  public init(role: Role) { self.role = role }

  /// Reads `reader` to its end and keeps what the rules need.
  public static func scan(_ role: Role, _ reader: consuming ArchiveReader) throws(ArchiveError)
    -> NestedArchive
  {
    var nested = NestedArchive(role: role)
    nested.compression = reader.compression
    do throws(ArchiveError) {
      while let entry = try reader.next() {
        nested.endWhiteout(at: reader.headerStart)
        nested.count += 1
        nested.note(entry, at: reader.headerStart)
        while try reader.nextChunk() != nil {}
      }
      nested.endWhiteout(at: reader.headerStart)
      nested.end = reader.headerStart
      nested.tail = reader.tail
    } catch {
      guard case .damaged(let damage) = error else { throw error }
      nested.damage = damage
    }
    return nested
  }

  /// An entry reaches to where the next begins.
  private mutating func endWhiteout(at end: Int64?) {
    guard let end, let last = whiteouts.last, last.bytes.isEmpty, end > last.bytes.lowerBound
    else { return }
    whiteouts[whiteouts.count - 1].bytes = last.bytes.lowerBound..<end
  }

  private mutating func note(_ entry: Entry, at start: Int64?) {
    let path = entry.name.path
    if let reason = entry.name.escape ?? Self.hazard(of: entry, below: links) {
      if hazards.count < 8 { hazards.append(Hazard(name: entry.name, reason: reason)) }
    }
    if case .symlink = entry.kind { links.insert(path) }
    if entry.name.lastComponent.starts(with: Self.prefix) {
      let start = start ?? 0
      whiteouts.append(Whiteout(name: entry.name, bytes: start..<start))
    }
    var above = path[...]
    while let slash = above.lastIndex(of: "/") {
      above = above[..<slash]
      if !folders.insert(String(above)).inserted { break }
    }
    if entry.kind == .directory {
      folders.insert(path)
    } else {
      files[path] = File(
        isRegular: entry.kind == .file, size: entry.size, mode: entry.mode)
    }
  }

  /// Whether unpacking it makes `path`, a cleaned path; nil if a symbolic link on the way decides.
  public func makes(_ path: String) -> Bool? {
    if path.isEmpty || files[path] != nil || folders.contains(path) { return true }
    if links.firstAncestor(of: path) != nil { return nil }
    return false
  }

  /// Why an entry with a harmless name would still be written elsewhere.
  private static func hazard(of entry: Entry, below links: Set<String>) -> String? {
    if let link = links.firstAncestor(of: entry.name.path) {
      return "would be written through the symbolic link \(link)"
    }
    if case .hardlink(let target) = entry.kind, let reason = EntryName(target).escape {
      return "is a hard link whose target \(Escape.text(target)) \(reason)"
    }
    return nil
  }
}

extension Set<String> {
  /// The member that is `path` itself or a folder above it.
  func firstAncestor(of path: String) -> String? {
    if isEmpty { return nil }
    if contains(path) { return path }
    var rest = path[...]
    while let slash = rest.lastIndex(of: "/") {
      rest = rest[..<slash]
      if contains(String(rest)) { return String(rest) }
    }
    return nil
  }
}
