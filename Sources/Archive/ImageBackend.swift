/// Reads the file system of an OCI image: the entries of its layers, the topmost first, without
/// those that a layer above replaces or deletes.
final class ImageBackend: EntryBackend {
  let compression: Compression
  private let layout: ImageLayout
  private let limits: Limits
  private var layer: Layer
  private var merge = LayerMerge()
  private(set) var tail: Tail?

  /// A layer that is being read, and both its digests.
  private struct Layer {
    let number: Int
    let stored: DigestSource
    let unpacked: DigestSource
    let tar: TarBackend
    let compression: Compression
  }

  init(_ layout: ImageLayout, limits: Limits) throws(ArchiveError) {
    guard !layout.layers.isEmpty else {
      throw .damaged(Damage(.badImage, detail: "the image has no layer"))
    }
    self.layout = layout
    self.limits = limits
    layer = try Self.open(layout.layers.count - 1, layout, limits)
    compression = layer.compression
  }

  private static func open(_ number: Int, _ layout: ImageLayout, _ limits: Limits)
    throws(ArchiveError) -> Layer
  {
    let stored = try layout.source(ofLayer: number)
    let peeked = try PeekedSource(stored, count: ArchiveReader.magicSize)
    let compression = Compression.recognise(peeked.peeked)
    let unpacked = DigestSource(
      try ArchiveReader.stage(of: peeked, compression, limits),
      "layer \(number + 1) of \(layout.layers.count), unpacked,",
      digest: layout.unpackedDigests[number])
    let tar = try TarBackend(unpacked, limits: limits)
    try tar.open()
    return Layer(
      number: number, stored: stored, unpacked: unpacked, tar: tar, compression: compression)
  }

  func next() throws(ArchiveError) -> Entry? {
    while tail == nil {
      while let entry = try layer.tar.next() {
        if merge.takes(entry) { return entry }
      }
      // All was read to see the end; what is stored comes first, as the nearer cause.
      try layer.stored.check()
      try layer.unpacked.check()
      merge.endLayer()
      if layer.number == 0 {
        tail = layer.tar.tail
      } else {
        layer = try Self.open(layer.number - 1, layout, limits)
      }
    }
    return nil
  }

  func nextChunk() throws(ArchiveError) -> UnsafeRawBufferPointer? { try layer.tar.nextChunk() }

  func nextChunkOrHole() throws(ArchiveError) -> Chunk? { try layer.tar.nextChunkOrHole() }
}

/// Which entries of a layer are seen, given those above it (OCI image specification, layer.md).
struct LayerMerge {
  /// Names that layers above this one have, and what they delete.
  private var names: Set<String> = []
  private var covered: Set<String> = []
  /// The same for this layer, which it does not apply to itself.
  private var ownNames: Set<String> = []
  private var ownCovered: Set<String> = []

  private static let whiteout = ".wh."
  private static let opaque = ".wh..wh..opq"

  /// Notes an entry of the current layer; false if it is not part of the merged file system.
  mutating func takes(_ entry: Entry) -> Bool {
    let path = entry.name.path
    let slash = path.lastIndex(of: "/")
    let name = slash.map { path[path.index(after: $0)...] } ?? path[...]
    let folder = slash.map { path[...$0] } ?? ""
    if name == Self.opaque {
      ownCovered.insert(String(folder))
      return false
    }
    if name.hasPrefix(Self.whiteout) {
      let hidden = folder + name.dropFirst(Self.whiteout.count)
      ownCovered.insert(hidden + "/")
      ownNames.insert(String(hidden))
      return false
    }
    if names.contains(path) || isCovered(path) { return false }
    // What is below a file of a layer above is gone with the folder that the file replaces.
    if entry.kind != .directory { ownCovered.insert(path + "/") }
    ownNames.insert(path)
    return true
  }

  mutating func endLayer() {
    names.formUnion(ownNames)
    covered.formUnion(ownCovered)
    ownNames = []
    ownCovered = []
  }

  private func isCovered(_ path: String) -> Bool {
    if covered.isEmpty { return false }
    if covered.contains("") { return true }
    var prefix = path[...]
    while let slash = prefix.lastIndex(of: "/") {
      if covered.contains(String(prefix[...slash])) { return true }
      prefix = prefix[..<slash]
    }
    return false
  }
}
