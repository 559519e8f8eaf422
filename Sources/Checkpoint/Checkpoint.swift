public import Archive
public import CRIUImages

/// A checkpoint as a value: its entries in order, its documents and images decoded, its bulk
/// counted. Rules look at it, plans change it; nothing in it refers to an open file.
public struct Checkpoint: Sendable {
  /// Where it was read from, and how it was stored.
  public struct Source: Sendable, Hashable {
    public var path: String
    public var form: ArchiveReader.Form
    public var compression: Compression
    /// Stored size in bytes, unknown for pipes and folders.
    public var storedSize: Int64?
    /// Permissions of the stored file, unknown for pipes and folders.
    public var mode: UInt32?
    /// What an OCI image says of itself.
    public var image: StoredImage?

    public init(
      path: String, form: ArchiveReader.Form, compression: Compression, storedSize: Int64?,
      mode: UInt32? = nil, image: StoredImage? = nil
    ) {
      self.path = path
      self.form = form
      self.compression = compression
      self.storedSize = storedSize
      self.mode = mode
      self.image = image
    }
  }

  public let source: Source
  /// In stored order, superseded duplicates included.
  public let entries: [StoredEntry]
  /// Why reading stopped before the end, if it did.
  public let damage: Damage?
  /// What follows the last entry of a tar.
  public let tail: Tail?
  public let layout: Layout
  /// The images of `checkpoint/`, or of the root for a bare image set.
  public let images: ImageSet
  /// Images of the parent pre-dump, where the archive brings them.
  public let parentImages: ImageSet?
  /// The first components of all names, in the order in which they first occur.
  public let topNames: [String]
  private let index: [String: Int]
  private let notableIndices: [Int]

  public init(source: Source, entries: [StoredEntry], damage: Damage?, tail: Tail?) {
    var entries = entries
    var index: [String: Int] = [:]
    index.reserveCapacity(entries.count)
    var tops = TopNames()
    for (position, stored) in entries.enumerated() {
      if let earlier = index.updateValue(position, forKey: stored.path) {
        entries[earlier].isSuperseded = true
      }
      tops.add(stored.path)
    }
    self.source = source
    self.damage = damage
    self.tail = tail
    self.index = index
    self.entries = entries
    topNames = tops.names
    notableIndices = entries.indices.filter { entries[$0].isNotable }
    layout = Layout(topNames) { index[$0] != nil }
    let images = notableIndices.lazy.map { entries[$0] }
    self.images = Self.images(in: layout.imageFolder, of: images)
    parentImages = layout.parentFolder.map { Self.images(in: $0, of: images) }
  }

  /// The entries that are more than plain files of a proper name whose bytes nobody looks at. Most
  /// rules are about these, and an archive can hold a hundred thousand others.
  public var notable: some Sequence<StoredEntry> { notableIndices.lazy.map { entries[$0] } }

  private static func images(in folder: String, of entries: some Sequence<StoredEntry>) -> ImageSet
  {
    var set = ImageSet()
    for stored in entries where !stored.isSuperseded {
      let (parent, name) = Classifier.split(stored.path)
      guard parent == folder, let imageName = ImageName(fileName: name) else { continue }
      switch stored.content {
      case .image(let image): set[imageName] = image
      case .nested:
        set[imageName] = DecodedImage(raw: imageName, size: UInt64(max(0, stored.entry.size)))
      default: break
      }
    }
    return set
  }

  /// The entry that counts under a cleaned path: the last of its name.
  public subscript(path: String) -> StoredEntry? { index[path].map { entries[$0] } }

  public func contains(_ path: String) -> Bool { index[path] != nil }

  /// Whether any entry lies below a folder.
  public func containsBelow(_ folder: String) -> Bool {
    let prefix = Array((folder + "/").utf8)
    return entries.contains { $0.path.utf8.starts(with: prefix) }
  }

  /// The path of an image file of this checkpoint.
  public func path(of image: ImageName) -> String { path(ofImageFile: image.fileName) }

  public func path(ofImageFile name: String) -> String {
    layout.imageFolder.isEmpty ? name : "\(layout.imageFolder)/\(name)"
  }

  /// The path under which a document lies.
  public func path(of document: Document.Kind) -> String {
    document == .descriptors ? path(ofImageFile: document.rawValue) : document.rawValue
  }

  /// A document that was read, whether or not it is valid.
  public func document(_ kind: Document.Kind) -> Document? {
    guard case .document(let document)? = self[path(of: kind)]?.content else { return nil }
    return document
  }

  /// A nested archive by path.
  public func nested(_ path: String) -> NestedArchive? {
    guard case .nested(let nested)? = self[path]?.content else { return nil }
    return nested
  }

  /// The part of this checkpoint below `folder`, as a checkpoint of its own: a container of a pod.
  public func below(_ folder: String) -> Checkpoint {
    let prefix = folder + "/"
    let inner = entries.filter { $0.path.hasPrefix(prefix) }.map { stored in
      var entry = stored.entry
      entry.name = EntryName(String(stored.path.dropFirst(prefix.count)))
      return StoredEntry(entry, stored.content)
    }
    return Checkpoint(source: source, entries: inner, damage: damage, tail: tail)
  }
}

/// Collects the first components of names, each once.
private struct TopNames {
  private(set) var names: [String] = []
  private var seen: Set<String> = []

  mutating func add(_ path: String) {
    let slash = path.utf8.firstIndex(of: UInt8(ascii: "/"))
    let top = path[..<(slash ?? path.endIndex)]
    // An absolute name has none. Neighbours mostly share theirs.
    if top.isEmpty || names.last.map({ $0 == top }) == true { return }
    let name = String(top)
    if seen.insert(name).inserted { names.append(name) }
  }
}
