import CLzma
import SystemPackage

/// Decodes xz, stream after stream, with every check that the streams hold.
///
/// libarchive's filter takes as much memory as a stream asks for, up to 1 GiB.
final class XzSource: ByteSource {
  private let upstream: any ByteSource
  private var stream = lzma_stream()
  private let input = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 16)
  private var isAtEnd = false
  private var hasEnded = false
  private var failure: ArchiveError?
  private let memoryLimit: UInt64

  /// LZMA_CONCATENATED, a macro that Swift does not see: streams may follow one another.
  private static let concatenated: UInt32 = 0x08
  /// What liblzma takes besides the dictionary.
  private static let overhead = 1 << 20

  /// `window` is the size of the largest dictionary, in bytes.
  init(_ upstream: any ByteSource, window: Int) throws(ArchiveError) {
    self.upstream = upstream
    memoryLimit = UInt64(clamping: window) + UInt64(Self.overhead)
    let status = lzma_stream_decoder(&stream, memoryLimit, Self.concatenated)
    guard status == LZMA_OK else { throw .cannotRead(path: "liblzma", .noMemory) }
  }

  deinit {
    lzma_end(&stream)
    input.deallocate()
  }

  var length: Int64? { nil }
  func skip(_ count: Int64) -> Int64 { 0 }

  /// What was decoded before a failure is handed on first.
  func read(into buffer: UnsafeMutableRawBufferPointer) throws(ArchiveError) -> Int {
    if let failure { throw failure }
    stream.next_out = buffer.baseAddress?.assumingMemoryBound(to: UInt8.self)
    stream.avail_out = buffer.count
    do throws(ArchiveError) {
      while stream.avail_out > 0, !hasEnded { try decode() }
    } catch {
      failure = error
      if stream.avail_out == buffer.count { throw error }
    }
    return buffer.count - stream.avail_out
  }

  private func decode() throws(ArchiveError) {
    if stream.avail_in == 0, !isAtEnd {
      let count = try upstream.read(into: input)
      isAtEnd = count == 0
      stream.next_in = UnsafePointer(input.baseAddress?.assumingMemoryBound(to: UInt8.self))
      stream.avail_in = count
    }
    // Only an end that it is told of is an end: another stream may follow.
    switch lzma_code(&stream, isAtEnd ? LZMA_FINISH : LZMA_RUN) {
    case LZMA_OK: return
    case LZMA_STREAM_END: hasEnded = true
    case LZMA_BUF_ERROR:
      throw .damaged(Damage(.truncated, detail: "xz: the stream ends inside a block"))
    case LZMA_MEMLIMIT_ERROR:
      throw .damaged(
        Damage(
          .limitExceeded, have: lzma_memusage(&stream), need: memoryLimit,
          unit: "bytes of memory at most", detail: "xz: the dictionary is too large"))
    case LZMA_MEM_ERROR: throw .cannotRead(path: "liblzma", .noMemory)
    case LZMA_FORMAT_ERROR:
      throw .damaged(Damage(.corruptStream, detail: "xz: what follows the stream is no other one"))
    case LZMA_OPTIONS_ERROR:
      throw .damaged(Damage(.corruptStream, detail: "xz: the stream needs an unknown filter"))
    default: throw .damaged(Damage(.corruptStream, detail: "xz: the data is corrupt"))
    }
  }
}
