import CDeflate
import CZlib
import Glibc
import SystemPackage

/// Decodes gzip and checks every member's CRC-32 and length, which libarchive never does.
///
/// libdeflate takes the CRC-32 of what zlib decodes: zlib's own takes a fourteenth of the time.
final class GzipSource: ByteSource {
  private let upstream: any ByteSource
  private var stream = z_stream()
  /// Compressed bytes. Before the place where fresh ones arrive, room for those that must stay in
  /// sight: unread ones, and a trailer that straddles two reads.
  private let input: UnsafeMutableRawBufferPointer
  private var state = State.inHeader
  /// Of what was decoded of the member.
  private var checksum: UInt32 = 0
  private var count: UInt64 = 0
  private var failure: ArchiveError?
  private var trailing: UInt64 = 0

  private enum State { case inHeader, inMember, betweenMembers, ended }
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
    let output = UnsafeRawPointer(stream.next_out)
    let room = stream.avail_out
    let status = inflate(&stream, state == .inHeader ? Z_BLOCK : Z_NO_FLUSH)
    let made = Int(room - stream.avail_out)
    checksum = libdeflate_crc32(checksum, output, made)
    count += UInt64(made)
    switch status {
    case Z_OK, Z_BUF_ERROR:
      // Bit 7 tells that the header is complete, whose own checksum zlib has checked.
      if state == .inHeader, stream.data_type & 0x80 != 0 {
        inflateValidate(&stream, 0)
        state = .inMember
      }
    case Z_STREAM_END:
      state = .betweenMembers
      try checkTrailer()
    // The window is allocated when it is first needed.
    case Z_MEM_ERROR: throw Self.outOfMemory
    default:
      let words = stream.msg.map { String(cString: $0) } ?? "zlib error \(status)"
      throw .damaged(Damage(.corruptStream, detail: "gzip: \(words)"))
    }
  }

  /// Holds the member against the trailer that zlib has just consumed: CRC-32 and length, each of four
  /// bytes (RFC 1952, 2.3.1).
  private func checkTrailer() throws(ArchiveError) {
    let end = start.distance(to: next)
    let trailer = UnsafeRawBufferPointer(input)
    func field(_ place: Int) -> UInt64 {
      let value = trailer.loadUnaligned(fromByteOffset: end - place, as: UInt32.self)
      return UInt64(UInt32(littleEndian: value))
    }
    if field(8) != checksum {
      throw .damaged(
        Damage(
          .checksumMismatch, have: UInt64(checksum), need: field(8), unit: "as CRC-32",
          detail: "gzip: the CRC-32 of the data differs from the trailer's"))
    }
    if field(4) != count & 0xFFFF_FFFF {
      throw .damaged(
        Damage(
          .checksumMismatch, have: count & 0xFFFF_FFFF, need: field(4),
          unit: "bytes (modulo 2^32)",
          detail: "gzip: the length of the data differs from the trailer's"))
    }
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
      inflateValidate(&stream, 1)
      (checksum, count) = (0, 0)
      state = .inHeader
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
