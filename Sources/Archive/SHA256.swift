import CNettle

/// A SHA-256 that grows with the bytes it is given, for the digests of OCI images.
package struct SHA256 {
  static let prefix = "sha256:"

  private var context = sha256_ctx()

  init() { nettle_sha256_init(&context) }

  mutating func update(_ bytes: UnsafeRawBufferPointer) {
    guard let start = bytes.bindMemory(to: UInt8.self).baseAddress else { return }
    nettle_sha256_update(&context, bytes.count, start)
  }

  /// The digest of all bytes so far, as OCI writes it: `sha256:` and 64 hexadecimal digits.
  consuming func digest() -> String {
    var bytes = [UInt8](repeating: 0, count: Int(SHA256_DIGEST_SIZE))
    nettle_sha256_digest(&context, bytes.count, &bytes)
    return Self.prefix
      + bytes.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
  }

  package static func digest(of bytes: [UInt8]) -> String {
    var hash = SHA256()
    bytes.withUnsafeBytes { hash.update($0) }
    return hash.digest()
  }
}
