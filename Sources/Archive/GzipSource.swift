import CZlib
import Glibc
import SystemPackage

/// Decodes gzip and checks every member's CRC-32 and length, which libarchive never does.
final class GzipSource: ByteSource {
  private let upstream: any ByteSource
  private var stream = z_stream()
  /// Compressed bytes. Before the place where fresh ones arrive, room for those that must stay in
  /// sight: unread ones, and a trailer that straddles two reads.
  private let input: UnsafeMutableRawBufferPointer
  private var state = State.inMember
  private var failure: ArchiveError?
  private var trailing: UInt64 = 0

  private enum State { case inMember, betweenMembers, ended }
  private static let headroom = 16
  private static let outOfMemory = ArchiveError.cannotRead(path: "zlib", .noMemory)

  init(_ upstream: any ByteSource) throws(ArchiveError) {
    self.upstream = upstream
    input = .allocate(byteCount: Self.headroom + 1 << 16, alignment: 16)
    input.initializeMemory(as: UInt8.self, repeating: 0)
    stream.next_in = (start + Self.headroom).assumingMemoryBound(to: Bytef.self)
    // 15 bits of window, 16: gzip framing only. Fails only for lack of memory.
    let status = inflateInit2_(
      &stream, 15 + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
    guard status == Z_OK else { throw Self.outOfMemory }
  }

  deinit {
    inflateEnd(&stream)
    input.deallocate()
  }

  var length: Int64? { nil }
  func skip(_ count: Int64) -> Int64 { 0 }
  func trailingBytes() -> UInt64 { trailing }

  /// What was decoded before a failure is handed on first.
  func read(into buffer: UnsafeMutableRawBufferPointer) throws(ArchiveError) -> Int {
    if let failure { throw failure }
    stream.next_out = buffer.baseAddress?.assumingMemoryBound(to: Bytef.self)
    stream.avail_out = uInt(clamping: buffer.count)
    let room = stream.avail_out
    do throws(ArchiveError) {
      try fill()
    } catch {
      failure = error
      if stream.avail_out == room { throw error }
    }
    return Int(room - stream.avail_out)
  }

  private func fill() throws(ArchiveError) {
    while stream.avail_out > 0, state != .ended {
      if state == .betweenMembers, try !startNextMember() { return }
      if stream.avail_in == 0, try !refill() {
        throw .damaged(
          Damage(.truncated, detail: "the gzip stream ends before its trailer is complete"))
      }
      try inflateOnce()
    }
  }

  private func inflateOnce() throws(ArchiveError) {
    switch inflate(&stream, Z_NO_FLUSH) {
    case Z_OK, Z_BUF_ERROR: return
    case Z_STREAM_END: state = .betweenMembers
    // The window is allocated when it is first needed.
    case Z_MEM_ERROR: throw Self.outOfMemory
    case let status:
      let words = stream.msg.map { String(cString: $0) } ?? "zlib error \(status)"
      switch words {
      case "incorrect data check":
        throw .damaged(
          Damage(
            .checksumMismatch, have: UInt64(stream.adler), need: storedField, unit: "as CRC-32",
            detail: "gzip: the CRC-32 of the data differs from the trailer's"))
      case "incorrect length check":
        throw .damaged(
          Damage(
            .checksumMismatch, have: UInt64(stream.total_out & 0xFFFF_FFFF), need: storedField,
            unit: "bytes (modulo 2^32)",
            detail: "gzip: the length of the data differs from the trailer's"))
      default: throw .damaged(Damage(.corruptStream, detail: "gzip: \(words)"))
      }
    }
  }

  /// The field of the trailer that zlib has just consumed.
  private var storedField: UInt64 {
    let end = start.distance(to: next)
    let field = UnsafeRawBufferPointer(input).loadUnaligned(
      fromByteOffset: end - 4, as: UInt32.self)
    return UInt64(UInt32(littleEndian: field))
  }

  private var start: UnsafeMutableRawPointer { input.baseAddress.unsafelyUnwrapped }
  private var next: UnsafeMutableRawPointer {
    UnsafeMutableRawPointer(stream.next_in.unsafelyUnwrapped)
  }

  /// Another member may follow (RFC 1952, 2.2); anything else is not part of the stream, and
  /// every engine ignores it.
  private func startNextMember() throws(ArchiveError) -> Bool {
    let magic = Compression.gzip.magic
    while stream.avail_in < magic.count, try refill() {}
    let bytes = UnsafeRawBufferPointer(start: next, count: Int(stream.avail_in))
    if !bytes.isEmpty, bytes.starts(with: magic.prefix(bytes.count)) {
      inflateReset(&stream)
      state = .inMember
      return true
    }
    repeat {
      trailing += UInt64(stream.avail_in)
      stream.next_in += Int(stream.avail_in)
      stream.avail_in = 0
    } while try refill()
    state = .ended
    return false
  }

  /// Reads more behind what is unread, which is a few bytes at most, and the last ones consumed.
  private func refill() throws(ArchiveError) -> Bool {
    let unread = Int(stream.avail_in)
    let kept = Self.headroom + unread
    memmove(start, next - Self.headroom, kept)
    stream.next_in = (start + Self.headroom).assumingMemoryBound(to: Bytef.self)
    let count = try upstream.read(
      into: UnsafeMutableRawBufferPointer(rebasing: input.dropFirst(kept)))
    stream.avail_in = uInt(unread + count)
    return count > 0
  }
}
