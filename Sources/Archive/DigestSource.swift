/// Hands on bytes and compares their digest, and their number, with what an OCI image says of them.
final class DigestSource: ByteSource {
  private let upstream: any ByteSource
  private let name: String
  private let digest: String
  private let size: Int64?
  private var hash: SHA256? = SHA256()
  private var count: Int64 = 0
  private var damage: Damage?

  /// `name` says what the bytes are; `size` is nil where the image does not tell it.
  init(_ upstream: any ByteSource, _ name: String, digest: String, size: Int64? = nil) {
    self.upstream = upstream
    self.name = name
    self.digest = digest
    self.size = size
  }

  var length: Int64? { upstream.length }

  /// Bytes that are not read cannot be added to a digest.
  func skip(_ count: Int64) -> Int64 { 0 }

  func read(into buffer: UnsafeMutableRawBufferPointer) throws(ArchiveError) -> Int {
    let got = try upstream.read(into: buffer)
    hash?.update(UnsafeRawBufferPointer(rebasing: buffer.prefix(got)))
    count += Int64(got)
    return got
  }

  func trailingBytes() throws(ArchiveError) -> UInt64 { try upstream.trailingBytes() }

  /// Reads what is left; throws if the bytes are not those that the image names.
  func check() throws(ArchiveError) {
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while try buffer.read(upTo: buffer.count, from: self) > 0 {}
    if let finished = hash.take() { damage = compared(finished.digest()) }
    if let damage { throw .damaged(damage) }
  }

  private func compared(_ have: String) -> Damage? {
    if let size, size != count {
      return Damage(
        .digestMismatch, have: UInt64(count), need: UInt64(clamping: size),
        detail: "\(name) has another size than the image says")
    }
    if have == digest { return nil }
    return Damage(
      .digestMismatch,
      detail: "\(name) has another digest than the image says; have \(have), need \(digest)")
  }
}
