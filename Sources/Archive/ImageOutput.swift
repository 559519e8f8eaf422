import SystemPackage

/// An OCI image of one layer: a layout in a folder, or the same as a tar (image-layout.md of
/// opencontainers/image-spec).
///
/// The layer's digest, which is its name, is known when all of it is written. So it grows under a
/// hidden name in the layout, or in a file of its own beside the tar.
final class ImageOutput: OutputBackend {
  let sink: any EntrySink
  private let path: String
  private let tag: String?
  private let layer: Compression
  private let workplace: Workplace
  private let store: any BlobStore
  /// Of the layer as it is unpacked, and as it is stored.
  private let unpacked: DigestSink
  private let stored: DigestSink
  private var isDescribed = false

  init(
    path: String, _ form: ImageReference.Form, tag: String?, _ layer: Compression, level: Int?,
    threads: Int, allowingUnnamed: Bool
  ) throws(ArchiveError) {
    guard ImageDocuments.layerTypes[layer] != nil else {
      throw .cannotWrite(path: path, reason: "no image has a layer with \(layer.rawValue)")
    }
    if let tag, !ImageReference.isTag(tag) {
      throw .cannotWrite(path: path, reason: "no image has the tag \(Escape.text(tag))")
    }
    self.path = path
    self.tag = tag
    self.layer = layer
    workplace = try Workplace(
      path: path, isFolder: form == .layout, allowingUnnamed: allowingUnnamed)
    switch form {
    case .layout: store = try LayoutStore(workplace.descriptor, path: path)
    case .archive:
      store = ImageTarStore(
        workplace.descriptor, path: path,
        spool: try Workplace(path: path, isFolder: false, allowingUnnamed: allowingUnnamed))
    }
    stored = DigestSink(FileSink(store.layer, path: path))
    let stage = try layer.stage(to: stored, path: path, level: level, threads: threads)
    unpacked = layer == .none ? stored : DigestSink(stage)
    sink = try TarSink(unpacked, path: path)
  }

  func end() throws(ArchiveError) { try sink.end() }

  func reader(limits: Limits) throws(ArchiveError) -> ArchiveReader {
    let descriptor = try isDescribed ? workplace.duplicate() : store.layerCopy()
    return try ArchiveReader(descriptor, path: path, owned: true, limits: limits)
  }

  func describe(_ description: ImageDescription) throws(ArchiveError) {
    if isDescribed { throw .cannotWrite(path: path, reason: "it is described already") }
    let documents = try ImageDocuments(
      description, tag: tag,
      layer: ImageDocuments.Layer(
        compression: layer, unpackedDigest: unpacked.digest, digest: stored.digest,
        size: stored.count),
      path: path)
    try store.finish(documents)
    isDescribed = true
  }

  func publish() throws(ArchiveError) {
    guard isDescribed else {
      throw .cannotWrite(path: path, reason: "nothing says what the image is")
    }
    try workplace.publish()
  }
}

extension ImageReference {
  /// Whether `text` can name an image in a layout: what skopeo and the annotation
  /// `org.opencontainers.image.ref.name` both take.
  public static func isTag(_ text: String) -> Bool {
    func isLetter(_ byte: UInt8) -> Bool {
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"):
        true
      default: false
      }
    }
    guard let first = text.utf8.first else { return false }
    return isLetter(first) && text.utf8.allSatisfy { isLetter($0) || "._/:-".utf8.contains($0) }
  }
}
