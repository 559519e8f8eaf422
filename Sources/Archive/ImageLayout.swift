/// Finds the manifest of a checkpoint image in an OCI image layout, with every document held
/// against its digest.
struct ImageLayout {
  static let marker = "oci-layout"
  static let index = "index.json"

  /// Enough for the headers of the folders that may come before the first file.
  static let peekSize = 2048

  /// Whether a plain tar that starts so is worth a look for a layout: its first file is one of a
  /// layout's.
  static func mayStart(with bytes: ArraySlice<UInt8>) -> Bool {
    var rest = bytes
    while rest.count >= HeaderBlock.size {
      let name = EntryName(rest.prefix(100).prefix { $0 != 0 })
      if name.path == marker || name.path == index || name.path.hasPrefix("blobs/sha256/") {
        return true
      }
      let isFolder = rest[rest.startIndex + 156] == UInt8(ascii: "5")
      guard isFolder, name.path.isEmpty || "blobs/sha256".hasPrefix(name.path) else {
        return false
      }
      rest = rest.dropFirst(Int(HeaderBlock.size))
    }
    return false
  }

  let blobs: any ImageFiles
  let image: StoredImage
  let layers: [ImageManifest.Descriptor]
  /// The digests of the layers when decompressed, as the configuration has them.
  let unpackedDigests: [String]

  /// More layers than any engine takes.
  private static let layerLimit = 128

  /// `tag` is needed only where the layout holds several images.
  init(_ blobs: any ImageFiles, path: String, tag: String?) throws(ArchiveError) {
    guard let bytes = try blobs.bytes(of: Self.index) else {
      throw .notAnArchive(path: path, reason: "the image layout has no index.json")
    }
    let index = try ImageManifest.decode(ImageManifest.Index.self, bytes, name: Self.index)
    var descriptor = try Self.choose(index.manifests, tag: tag, path: path)
    let tag = descriptor.tag
    var indexAnnotations: [String: String]?
    if descriptor.isIndex {
      let inner: ImageManifest.Index = try Self.read(descriptor, "the index", blobs)
      indexAnnotations = inner.annotations ?? [:]
      descriptor = try Self.choose(inner.manifests, tag: nil, path: path)
    }
    let manifest: ImageManifest.Manifest = try Self.read(descriptor, "the manifest", blobs)
    let config: ImageManifest.Config = try Self.read(
      manifest.config, "the configuration", blobs)
    guard manifest.layers.count <= Self.layerLimit else {
      throw .damaged(
        Damage(
          .limitExceeded, have: UInt64(manifest.layers.count), need: UInt64(Self.layerLimit),
          unit: "layers at most", detail: "the image has too many layers"))
    }
    let digests = config.rootfs?.diff_ids ?? []
    guard digests.count == manifest.layers.count else {
      throw .damaged(
        Damage(
          .badImage, have: UInt64(digests.count), need: UInt64(manifest.layers.count),
          unit: "layers", detail: "the configuration and the manifest disagree"))
    }
    self.blobs = blobs
    layers = manifest.layers
    unpackedDigests = digests
    image = StoredImage(
      annotations: manifest.annotations ?? [:], indexAnnotations: indexAnnotations, tag: tag,
      architecture: config.architecture, layers: layers.count)
  }

  private static func choose(
    _ descriptors: [ImageManifest.Descriptor], tag: String?, path: String
  ) throws(ArchiveError) -> ImageManifest.Descriptor {
    let images = descriptors.filter { !$0.isAttestation }
    let chosen = images.filter { tag == nil || $0.tag == tag }
    if chosen.count == 1 { return chosen[0] }
    let tags = images.compactMap(\.tag).sorted().map { Escape.text($0) }.joined(separator: ", ")
    let known = tags.isEmpty ? "" : "; tags: \(tags)"
    let reason =
      if let tag {
        "\(chosen.isEmpty ? "no image" : "\(chosen.count) images") in it with the tag \(Escape.text(tag))\(known)"
      } else if images.isEmpty {
        "the image layout holds no image"
      } else {
        "the image layout holds \(images.count) images; name one as oci:DIR:TAG\(known)"
      }
    throw .notAnArchive(path: path, reason: reason)
  }

  private static func read<Value: Decodable>(
    _ descriptor: ImageManifest.Descriptor, _ name: String, _ blobs: any ImageFiles
  ) throws(ArchiveError) -> Value {
    let bytes = try blobs.bytes(of: try blob(descriptor, name)) ?? []
    let digest = SHA256.digest(of: bytes)
    guard digest == descriptor.digest else {
      throw .damaged(
        Damage(
          .digestMismatch,
          detail: bytes.isEmpty
            ? "\(name), \(descriptor.digest), is not in the image"
            : "\(name) has another digest than the image says; have \(digest), need \(descriptor.digest)"
        ))
    }
    return try ImageManifest.decode(Value.self, bytes, name: name)
  }

  private static func blob(_ descriptor: ImageManifest.Descriptor, _ name: String)
    throws(ArchiveError) -> String
  {
    guard let blob = descriptor.blob else {
      throw .damaged(
        Damage(
          .badImage,
          detail: "\(name) is named by \(descriptor.digest), which is no digest of SHA-256"))
    }
    return blob
  }

  /// The bytes of a layer as stored, held against its digest.
  func source(ofLayer number: Int) throws(ArchiveError) -> DigestSource {
    let layer = layers[number]
    let name = "layer \(number + 1) of \(layers.count)"
    guard let source = try blobs.source(of: try Self.blob(layer, name)) else {
      throw .damaged(
        Damage(.digestMismatch, detail: "\(name), \(layer.digest), is not in the image"))
    }
    return DigestSource(source, name, digest: layer.digest, size: layer.size)
  }
}
