#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// The JSON files of an image with one layer (opencontainers/image-spec: manifest.md, config.md,
/// image-index.md, image-layout.md). The same description always gives the same bytes; nothing
/// knows the time.
struct ImageDocuments {
  struct Layer {
    var compression: Compression
    var unpackedDigest: String
    var digest: String
    var size: Int64
  }

  /// The digest of the layer.
  let layer: String
  let layerSize: Int64
  /// The others, in the order of their digests.
  private(set) var blobs: [(digest: String, bytes: [UInt8])] = []
  /// At the root of the layout.
  private(set) var files: [(name: String, bytes: [UInt8])] = []

  /// By what the layer is compressed with.
  static let layerTypes: [Compression: String] = [
    .none: "application/vnd.oci.image.layer.v1.tar",
    .gzip: "application/vnd.oci.image.layer.v1.tar+gzip",
    .zstd: "application/vnd.oci.image.layer.v1.tar+zstd",
  ]

  static func fileName(_ digest: String) -> String { String(digest.dropFirst(SHA256.prefix.count)) }

  static func blobPath(_ digest: String) -> String { "blobs/sha256/\(fileName(digest))" }

  init(_ description: ImageDescription, tag: String?, layer: Layer, path: String)
    throws(ArchiveError)
  {
    self.layer = layer.digest
    layerSize = layer.size
    let platform = Platform(architecture: description.architecture)
    do {
      let config = try add(
        Config(
          architecture: description.architecture,
          rootfs: Config.Layers(digests: [layer.unpackedDigest])),
        type: "application/vnd.oci.image.config.v1+json")
      let stored = Descriptor(
        mediaType: Self.layerTypes[layer.compression] ?? "", digest: layer.digest,
        size: layer.size)
      var top = try add(
        Manifest(annotations: description.annotations, config: config, layers: [stored]),
        type: Manifest.type)
      if let annotations = description.indexAnnotations {
        top.platform = platform
        top = try add(Index(annotations: annotations, manifests: [top]), type: Index.type)
      } else {
        top.platform = platform
      }
      if let tag { top.annotations = ["org.opencontainers.image.ref.name": tag] }
      files = [
        ("oci-layout", try Self.encode(["imageLayoutVersion": "1.0.0"])),
        ("index.json", try Self.encode(Index(manifests: [top]))),
      ]
    } catch {
      // Nothing in these types can fail to encode.
      throw .cannotWrite(path: path, reason: "\(error)")
    }
    blobs.sort { $0.digest < $1.digest }
  }

  private mutating func add(_ document: some Encodable, type: String) throws -> Descriptor {
    let bytes = try Self.encode(document)
    let digest = SHA256.digest(of: bytes)
    blobs.append((digest, bytes))
    return Descriptor(mediaType: type, digest: digest, size: Int64(bytes.count))
  }

  private static func encode(_ document: some Encodable) throws -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return Array(try encoder.encode(document))
  }
}

private struct Platform: Encodable {
  var architecture: String
  var os = "linux"
}

private struct Descriptor: Encodable {
  var mediaType: String
  var digest: String
  var size: Int64
  var platform: Platform?
  var annotations: [String: String]?
}

private struct Config: Encodable {
  struct Layers: Encodable {
    var type = "layers"
    var digests: [String]

    enum CodingKeys: String, CodingKey {
      case type
      case digests = "diff_ids"
    }
  }

  struct Step: Encodable {
    var created = "1970-01-01T00:00:00Z"
    var author = "ckptmend"

    enum CodingKeys: String, CodingKey {
      case created
      case author = "created_by"
    }
  }

  struct Nothing: Encodable {}

  var architecture: String
  var os = "linux"
  var created = "1970-01-01T00:00:00Z"
  /// A checkpoint image runs nothing by itself, but some readers want the member.
  var config = Nothing()
  var rootfs: Layers
  var history = [Step()]
}

private struct Manifest: Encodable {
  static let type = "application/vnd.oci.image.manifest.v1+json"

  var schemaVersion = 2
  var mediaType = Self.type
  var annotations: [String: String]
  var config: Descriptor
  var layers: [Descriptor]
}

private struct Index: Encodable {
  static let type = "application/vnd.oci.image.index.v1+json"

  var schemaVersion = 2
  var mediaType = Self.type
  var annotations: [String: String]?
  var manifests: [Descriptor]
}
