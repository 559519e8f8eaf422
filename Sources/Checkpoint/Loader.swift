public import Archive
import CRIUImages
import Documents

extension Checkpoint {
  /// Reads an archive or folder once, in constant memory apart from documents and decoded images.
  ///
  /// What is wrong with the archive becomes part of the value; this throws only when the input
  /// itself cannot be read.
  public static func load(
    _ reader: consuming ArchiveReader, path: String, limits: Limits = Limits()
  ) throws(ArchiveError) -> Checkpoint {
    var loader = Loader(limits: limits)
    let source = Source(
      path: path, form: reader.form, compression: reader.compression,
      storedSize: reader.storedSize, mode: reader.mode, image: reader.image)
    var damage: Damage?
    do throws(ArchiveError) {
      while let entry = try reader.next() {
        if let excess = limits.excess(of: entry.name, after: loader.entries.last?.entry.name) {
          damage = excess
          break
        }
        try loader.add(entry, &reader)
      }
    } catch {
      guard case .damaged(let found) = error else { throw error }
      damage = found
    }
    return Checkpoint(
      source: source, entries: loader.entries, damage: damage ?? loader.damage, tail: reader.tail)
  }

  /// Opens and reads `path`; `-` is standard input. With `digests`, the bytes of every entry are
  /// hashed in the same pass.
  public static func load(
    path: String, limits: Limits = Limits(), digests: EntryDigests? = nil
  ) throws(ArchiveError) -> Checkpoint {
    var reader: ArchiveReader
    do throws(ArchiveError) {
      reader = try ArchiveReader(path: path, limits: limits)
    } catch {
      guard case .damaged(let damage) = error else { throw error }
      return Checkpoint(
        source: Source(path: path, form: .tar, compression: .none, storedSize: nil),
        entries: [], damage: damage, tail: nil)
    }
    if let digests { reader.digest(into: digests) }
    return try load(reader, path: path, limits: limits)
  }
}

/// Collects entries while they pass.
private struct Loader {
  let limits: Limits
  var entries: [StoredEntry] = []
  /// Damage inside an entry that ends the reading only after the entry was recorded.
  var damage: Damage?
  private var keptBytes = 0

  init(limits: Limits) { self.limits = limits }

  mutating func add(_ entry: Entry, _ reader: inout ArchiveReader) throws(ArchiveError) {
    entries.append(StoredEntry(entry, try content(of: entry, &reader)))
  }

  private mutating func content(of entry: Entry, _ reader: inout ArchiveReader)
    throws(ArchiveError) -> StoredEntry.Content
  {
    guard entry.kind == .file else { return .opaque }
    switch Classifier.content(of: entry.name.path) {
    case .document(let kind): return try document(kind, entry, &reader)
    case .image: return try image(entry, &reader)
    case .nested(let role): return .nested(try nested(role, &reader))
    case .opaque, .directory, nil: return .opaque
    }
  }

  private mutating func document(
    _ kind: Document.Kind, _ entry: Entry, _ reader: inout ArchiveReader
  ) throws(ArchiveError) -> StoredEntry.Content {
    let room = min(limits.documentBytes, limits.keptBytes - keptBytes)
    if entry.size > Int64(room) { return .refused(have: entry.size, limit: Int64(room)) }
    var bytes: [UInt8] = []
    bytes.reserveCapacity(min(Int(entry.size), 1 << 20))
    while let chunk = try reader.nextChunk() { bytes.append(contentsOf: chunk) }
    keptBytes += bytes.count
    let jsonLimits = JSONLimits(maxDepth: limits.documentDepth, maxSize: limits.documentBytes)
    return .document(Document(kind: kind, bytes: bytes, limits: jsonLimits))
  }

  private mutating func image(_ entry: Entry, _ reader: inout ArchiveReader) throws(ArchiveError)
    -> StoredEntry.Content
  {
    guard let name = ImageName(fileName: Classifier.split(entry.name.path).name) else {
      return .opaque
    }
    if name.type.layout.head == .raw {
      return .image(DecodedImage(raw: name, size: UInt64(max(0, entry.size))))
    }
    var imageLimits = ImageLimits()
    imageLimits.recordBytes = UInt32(clamping: limits.recordBytes)
    imageLimits.decodedBytes = limits.keptBytes - keptBytes
    var parser = ImageParser(name: name, limits: imageLimits)
    while let chunk = try reader.nextChunk() { parser.consume(chunk.bytes) }
    let image = parser.finish()
    // Records are what is kept of an image; a pagemap's are only added up.
    if image.pagemap == nil { keptBytes += Int(clamping: image.size - image.payloadBytes) }
    if keptBytes > limits.keptBytes {
      return .refused(have: Int64(keptBytes), limit: Int64(limits.keptBytes))
    }
    return .image(image)
  }

  private func nested(_ role: NestedArchive.Role, _ reader: inout ArchiveReader)
    throws(ArchiveError) -> NestedArchive
  {
    let inner: ArchiveReader
    do throws(ArchiveError) {
      inner = try reader.nested()
    } catch {
      guard case .damaged(let damage) = error else { throw error }
      var nested = NestedArchive(role: role)
      nested.damage = damage
      return nested
    }
    let nested = try NestedArchive.scan(role, inner)
    // The nested reader may stop early; the entry must still be read to its end.
    while try reader.nextChunk() != nil {}
    return nested
  }
}

extension StoredEntry {
  /// An entry made of bytes in memory, read as if it had come from an archive.
  public static func read(_ path: String, _ bytes: [UInt8]) -> StoredEntry {
    let entry = Entry(name: EntryName(path), kind: .file, size: Int64(bytes.count))
    let reader = ArchiveReader(entries: [(entry, bytes)])
    guard let stored = try? Checkpoint.load(reader, path: path).entries.first else {
      return StoredEntry(entry, .opaque)
    }
    return stored
  }

  /// The same bytes under another name.
  public func renamed(_ name: EntryName) -> StoredEntry {
    if name == entry.name { return StoredEntry(entry, content) }
    var entry = entry
    entry.name = name
    return StoredEntry(entry, content)
  }
}
