import CZstd
import SystemPackage

/// Decodes zstd, frame after frame, and checks the checksum of each that has one (RFC 8878).
///
/// libarchive's filter gives up with a damaged frame all that it had decoded for the same block,
/// up to 128 KiB, and takes bytes after the last frame for damage, which Podman up to 5 ignores.
final class ZstdSource: ByteSource {
  private let upstream: any ByteSource
  private let context: OpaquePointer
  private let window: Int
  private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 17, alignment: 16)
  /// What of `buffer` is not decoded yet.
  private var unread = 0..<0
  private var state = State.betweenFrames
  private var failure: ArchiveError?
  private var trailing: UInt64 = 0

  private enum State { case betweenFrames, inFrame, ended }

  private static let magicSize = 4

  /// `window` is the size of the largest window that is decoded, in bytes; zstd knows powers of two
  /// from 1 KiB to 2 GiB.
  init(_ upstream: any ByteSource, window: Int) throws(ArchiveError) {
    guard let context = ZSTD_createDCtx() else {
      throw .cannotRead(path: "zstd", .noMemory)
    }
    self.upstream = upstream
    self.context = context
    self.window = window
    let log = min(31, max(10, Int.bitWidth - 1 - window.leadingZeroBitCount))
    ZSTD_DCtx_setParameter(context, ZSTD_d_windowLogMax, Int32(log))
  }

  deinit {
    ZSTD_freeDCtx(context)
    buffer.deallocate()
  }

  var length: Int64? { nil }
  func skip(_ count: Int64) -> Int64 { 0 }
  func trailingBytes() -> UInt64 { trailing }

  /// What was decoded before a failure is handed on first.
  func read(into target: UnsafeMutableRawBufferPointer) throws(ArchiveError) -> Int {
    if let failure { throw failure }
    var output = ZSTD_outBuffer(dst: target.baseAddress, size: target.count, pos: 0)
    do throws(ArchiveError) {
      while output.pos < output.size, state != .ended {
        if state == .betweenFrames, try !startFrame() { break }
        try decode(into: &output)
      }
    } catch {
      failure = error
      if output.pos == 0 { throw error }
    }
    return output.pos
  }

  private func decode(into output: inout ZSTD_outBuffer) throws(ArchiveError) {
    var input = ZSTD_inBuffer(
      src: buffer.baseAddress, size: unread.upperBound, pos: unread.lowerBound)
    let before = output.pos
    let status = ZSTD_decompressStream(context, &output, &input)
    let isStuck = input.pos == unread.lowerBound && output.pos == before
    unread = input.pos..<unread.upperBound
    switch ZSTD_getErrorCode(status) {
    case ZSTD_error_frameParameter_windowTooLarge:
      throw .damaged(
        Damage(
          .limitExceeded, need: UInt64(clamping: window), unit: "bytes of window at most",
          detail: "zstd: the window is too large"))
    case ZSTD_error_memory_allocation: throw .cannotRead(path: "zstd", .noMemory)
    default: break
    }
    if ZSTD_isError(status) != 0 {
      let words = String(cString: ZSTD_getErrorName(status))
      throw .damaged(Damage(.corruptStream, detail: "zstd: \(words)"))
    }
    if status == 0 {
      state = .betweenFrames
    } else if unread.isEmpty || isStuck, output.pos < output.size, try !refill() {
      throw .damaged(Damage(.truncated, detail: "zstd: the stream ends inside a frame"))
    }
  }

  /// Another frame may follow, or one to be skipped; anything else is not part of the stream.
  private func startFrame() throws(ArchiveError) -> Bool {
    while unread.count < Self.magicSize, try refill() {}
    if Self.startsFrame(buffer[unread]) {
      state = .inFrame
      return true
    }
    repeat {
      trailing += UInt64(unread.count)
      unread = 0..<0
    } while try refill()
    state = .ended
    return false
  }

  /// The magic of a frame, or one of those of a skippable frame (RFC 8878, 3.1).
  private static func startsFrame(_ bytes: Slice<UnsafeMutableRawBufferPointer>) -> Bool {
    if bytes.count < magicSize { return false }
    let isSkippable = bytes[bytes.startIndex] & 0xF0 == 0x50
    return bytes.starts(with: Compression.zstd.magic)
      || isSkippable && bytes.dropFirst().starts(with: [0x2A, 0x4D, 0x18])
  }

  /// Reads more behind what is unread.
  private func refill() throws(ArchiveError) -> Bool {
    let rest = unread.count
    if unread.lowerBound > 0 {
      UnsafeMutableRawBufferPointer(rebasing: buffer.prefix(rest)).copyMemory(
        from: UnsafeRawBufferPointer(rebasing: buffer[unread]))
    }
    unread = 0..<rest
    let count = try upstream.read(
      into: UnsafeMutableRawBufferPointer(rebasing: buffer.dropFirst(rest)))
    unread = 0..<rest + count
    return count > 0
  }
}
