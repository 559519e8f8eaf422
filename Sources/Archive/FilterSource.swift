import CLibArchive

/// Decodes zstd, bzip2 and xz with libarchive's filters; its `raw` format hands the bytes on.
final class FilterSource: ByteSource {
  private let upstream: CallbackSource
  private let handle: OpaquePointer
  private let compression: Compression
  private var state = State.unopened

  private enum State { case unopened, open, ended }

  init(_ upstream: any ByteSource, _ compression: Compression) throws(ArchiveError) {
    self.upstream = CallbackSource(upstream)
    self.compression = compression
    handle = try ReadHandle.allocate()
    switch compression {
    case .zstd: archive_read_support_filter_zstd(handle)
    case .bzip2: archive_read_support_filter_bzip2(handle)
    case .xz: archive_read_support_filter_xz(handle)
    case .none, .gzip: preconditionFailure("not a libarchive filter: \(compression)")
    }
    archive_read_support_format_raw(handle)
  }

  deinit { archive_read_free(handle) }

  var length: Int64? { nil }
  func skip(_ count: Int64) -> Int64 { 0 }

  func read(into buffer: UnsafeMutableRawBufferPointer) throws(ArchiveError) -> Int {
    if state == .unopened { try open() }
    if state == .ended { return 0 }
    let count = archive_read_data(handle, buffer.baseAddress, buffer.count)
    if count < 0 { throw failure() }
    if count == 0 { state = .ended }
    return count
  }

  /// Bytes of the file that the decompressor did not take: bzip2 ends before a stream it does not
  /// know, without a word.
  func trailingBytes() throws(ArchiveError) -> UInt64 {
    let taken = archive_filter_bytes(handle, -1)
    let total = try upstream.drain()
    return UInt64(max(0, total - taken))
  }

  private func open() throws(ArchiveError) {
    state = .open
    guard ReadHandle.open(handle, upstream) == ARCHIVE_OK else { throw failure() }
    var entry: OpaquePointer?
    switch archive_read_next_header(handle, &entry) {
    case ARCHIVE_OK, ARCHIVE_WARN: return
    case ARCHIVE_EOF: state = .ended
    default: throw failure()
    }
  }

  private func failure() -> ArchiveError {
    if let error = upstream.error { return error }
    let words = ReadHandle.message(handle)
    let isShort = words.lowercased().contains("truncated")
    return .damaged(
      Damage(isShort ? .truncated : .corruptStream, detail: "\(compression.rawValue): \(words)"))
  }
}
