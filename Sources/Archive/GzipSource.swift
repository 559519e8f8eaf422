import CZlib

/// Decodes gzip and checks every member's CRC-32 and length, which libarchive never does.
final class GzipSource: ByteSource {
  private let upstream: any ByteSource
  private var stream = z_stream()
  private let input: UnsafeMutableRawBufferPointer
  private var state = State.inMember
  private(set) var trailingBytes: UInt64 = 0

  private enum State { case inMember, betweenMembers, ended }

  init(_ upstream: any ByteSource) {
    self.upstream = upstream
    input = .allocate(byteCount: 1 << 16, alignment: 16)
    // 15 bits of window, 16: gzip framing only. Fails only for lack of memory, as allocation does.
    let status = inflateInit2_(
      &stream, 15 + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
    precondition(status == Z_OK, "zlib: \(status)")
  }

  deinit {
    inflateEnd(&stream)
    input.deallocate()
  }

  var length: Int64? { nil }
  func skip(_ count: Int64) -> Int64 { 0 }

  func read(into buffer: UnsafeMutableRawBufferPointer) throws(ArchiveError) -> Int {
    stream.next_out = buffer.baseAddress?.assumingMemoryBound(to: Bytef.self)
    stream.avail_out = uInt(clamping: buffer.count)
    while stream.avail_out > 0, state != .ended {
      if stream.avail_in == 0, try !refill() {
        if state == .betweenMembers {
          state = .ended
          break
        }
        throw .damaged(Damage(.truncated, detail: "the gzip stream ends before its trailer"))
      }
      if state == .betweenMembers, try !startNextMember() { break }
      try inflateOnce()
    }
    return buffer.count - Int(stream.avail_out)
  }

  private func inflateOnce() throws(ArchiveError) {
    switch inflate(&stream, Z_NO_FLUSH) {
    case Z_OK, Z_BUF_ERROR: return
    case Z_STREAM_END: state = .betweenMembers
    case let status:
      let words = stream.msg.map { String(cString: $0) } ?? "zlib error \(status)"
      if words == "incorrect data check" || words == "incorrect length check" {
        throw .damaged(checksumDamage(words))
      }
      throw .damaged(Damage(.corruptStream, detail: "gzip: \(words)"))
    }
  }

  /// zlib has just consumed the four bytes that disagree; they are still in the input buffer
  /// unless it was refilled inside them.
  private func checksumDamage(_ words: String) -> Damage {
    let consumed = input.count - Int(stream.avail_in)
    let end =
      stream.next_in.map { UnsafeRawPointer($0) - UnsafeRawPointer(baseAddress) } ?? consumed
    var stored: UInt64?
    if end >= 4 {
      stored = UInt64(
        UnsafeRawBufferPointer(input).loadUnaligned(fromByteOffset: end - 4, as: UInt32.self)
          .littleEndian)
    }
    let isLength = words == "incorrect length check"
    let have = isLength ? UInt64(stream.total_out & 0xFFFF_FFFF) : UInt64(stream.adler)
    return Damage(
      .checksumMismatch, have: have, need: stored,
      unit: isLength ? "bytes (modulo 2^32)" : "as CRC-32",
      detail: "gzip: \(isLength ? "length" : "CRC-32") of the data differs from the trailer")
  }

  private var baseAddress: UnsafeMutableRawPointer { input.baseAddress.unsafelyUnwrapped }

  /// Another member may follow (RFC 1952, 2.2); anything else is not part of the stream, and
  /// every engine ignores it.
  private func startNextMember() throws(ArchiveError) -> Bool {
    let next = UnsafeRawBufferPointer(start: stream.next_in, count: Int(stream.avail_in))
    if next.starts(with: Compression.gzip.magic.prefix(next.count)) {
      inflateReset(&stream)
      state = .inMember
      return true
    }
    repeat {
      trailingBytes += UInt64(stream.avail_in)
      stream.avail_in = 0
    } while try refill()
    state = .ended
    return false
  }

  private func refill() throws(ArchiveError) -> Bool {
    let count = try upstream.read(into: input)
    stream.next_in = baseAddress.assumingMemoryBound(to: Bytef.self)
    stream.avail_in = uInt(count)
    return count > 0
  }
}
