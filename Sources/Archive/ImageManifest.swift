#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// The documents of an OCI image, as far as they are needed (OCI image specification 1.1).
enum ImageManifest {
  /// `index.json`, and any index that it names.
  struct Index: Decodable {
    var manifests: [Descriptor]
    var annotations: [String: String]?
  }

  struct Manifest: Decodable {
    var config: Descriptor
    var layers: [Descriptor]
    var annotations: [String: String]?
  }

  struct Config: Decodable {
    struct RootFS: Decodable {
      var diff_ids: [String]?
    }

    var architecture: String?
    var rootfs: RootFS?
  }

  struct Platform: Decodable {
    var os: String?
  }

  /// What names a blob: its digest, its size and what it is.
  struct Descriptor: Decodable {
    var mediaType: String?
    var digest: String
    var size: Int64
    var annotations: [String: String]?
    var platform: Platform?

    var tag: String? { annotations?["org.opencontainers.image.ref.name"] }

    /// Both OCI's name and Docker's.
    var isIndex: Bool {
      mediaType == "application/vnd.oci.image.index.v1+json"
        || mediaType == "application/vnd.docker.distribution.manifest.list.v2+json"
    }

    /// BuildKit stores its attestations as manifests of a platform that nobody has.
    var isAttestation: Bool { platform?.os == "unknown" }

    /// The place in a layout; nil if the digest is none of SHA-256.
    var blob: String? {
      guard digest.hasPrefix(SHA256.prefix) else { return nil }
      let digits = digest.dropFirst(SHA256.prefix.count)
      guard digits.utf8.count == 64, digits.utf8.allSatisfy(Self.isHexadecimal) else { return nil }
      return "blobs/sha256/\(digits)"
    }

    private static func isHexadecimal(_ byte: UInt8) -> Bool {
      (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
        || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte)
    }
  }

  /// Documents are a few kilobytes; containerd reads no manifest above 8 MiB.
  static let sizeLimit = 8 << 20

  static func decode<Value: Decodable>(_: Value.Type, _ bytes: [UInt8], name: String)
    throws(ArchiveError) -> Value
  {
    do {
      return try JSONDecoder().decode(Value.self, from: Data(bytes))
    } catch {
      throw .damaged(Damage(.badImage, detail: "\(name) is not the JSON of an OCI image"))
    }
  }
}
