import Foundation
import Support

@testable import Archive

/// An OCI image layout in the making, as a stranger would write it.
struct Layout {
  var files: [String: [UInt8]] = ["oci-layout": Array(#"{"imageLayoutVersion":"1.0.0"}"#.utf8)]

  /// Stores a blob and returns its descriptor.
  mutating func blob(
    _ bytes: [UInt8], type: String = "application/vnd.oci.image.layer.v1.tar",
    annotations: [String: String]? = nil, os: String? = nil
  ) -> [String: Any] {
    let digest = SHA256.digest(of: bytes)
    files["blobs/sha256/\(digest.dropFirst(7))"] = bytes
    var descriptor: [String: Any] = ["mediaType": type, "digest": digest, "size": bytes.count]
    descriptor["annotations"] = annotations
    descriptor["platform"] = os.map { ["os": $0, "architecture": "amd64"] }
    return descriptor
  }

  mutating func document(
    _ value: [String: Any], type: String, tag: String? = nil, os: String? = nil
  )
    throws -> [String: Any]
  {
    try blob(
      Self.json(value), type: "application/vnd.oci.image.\(type).v1+json",
      annotations: tag.map { ["org.opencontainers.image.ref.name": $0] }, os: os)
  }

  /// Stores an image of these layers, the lowest first, and returns its manifest's descriptor.
  mutating func image(_ layers: [[UInt8]], unpacked: [[UInt8]]? = nil, tag: String? = nil) throws
    -> [String: Any]
  {
    let digests = (unpacked ?? layers).map { SHA256.digest(of: $0) }
    let config = try document(
      ["architecture": "amd64", "os": "linux", "rootfs": ["type": "layers", "diff_ids": digests]],
      type: "config")
    let descriptors = layers.map { blob($0) }
    return try document(
      ["schemaVersion": 2, "config": config, "layers": descriptors, "annotations": ["k": "v"]],
      type: "manifest", tag: tag)
  }

  mutating func index(_ manifests: [[String: Any]]) throws {
    files["index.json"] = try Self.json(["schemaVersion": 2, "manifests": manifests])
  }

  static func json(_ value: [String: Any]) throws -> [UInt8] {
    Array(try JSONSerialization.data(withJSONObject: value, options: [.sortedKeys]))
  }

  /// The layout as a tar, in the order of its names; after the folders, as `tar -C DIR .` has it.
  func tar(withFolders: Bool = false) -> [UInt8] {
    var tar = TarBuilder()
    if withFolders { tar.add(TarBuilder.Header("./", type: "5")) }
    for (name, bytes) in files.sorted(by: { $0.key < $1.key }) {
      tar.file(withFolders ? "./\(name)" : name, content: bytes)
    }
    tar.end(blocks: 2)
    return tar.bytes
  }

  func write(to folder: TemporaryFolder) throws {
    for name in ["blobs", "blobs/sha256"] { try folder.makeFolder(name) }
    for (name, bytes) in files { try folder.makeFile(name, bytes) }
  }
}
