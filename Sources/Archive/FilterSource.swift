import CLibArchive
import SystemPackage

/// Decodes bzip2 and xz with libarchive's filters; its `raw` format hands the bytes on.
final class FilterSource: ByteSource {
  private let upstream: CallbackSource
  private let handle: OpaquePointer
  private let compression: Compression
  private var state = State.unopened
  /// What libarchive has decoded and is still to be handed on.
  private var block = UnsafeRawBufferPointer(start: nil, count: 0)

  private enum State { case unopened, open, ended }

  init(_ upstream: any ByteSource, _ compression: Compression) throws(ArchiveError) {
    self.upstream = CallbackSource(upstream)
    self.compression = compression
    handle = try ReadHandle.allocate()
    let status =
      switch compression {
      case .bzip2: archive_read_support_filter_bzip2(handle)
      case .xz: archive_read_support_filter_xz(handle)
      case .none, .gzip, .zstd: preconditionFailure("not a libarchive filter: \(compression)")
      }
    // A warning means that libarchive would run a program from PATH instead.
    guard status == ARCHIVE_OK, archive_read_support_format_raw(handle) == ARCHIVE_OK else {
      throw .cannotRead(path: "libarchive without \(compression.rawValue)", .notSupported)
    }
  }

  deinit { archive_read_free(handle) }

  var length: Int64? { nil }
  func skip(_ count: Int64) -> Int64 { 0 }

  func read(into buffer: UnsafeMutableRawBufferPointer) throws(ArchiveError) -> Int {
    if state == .unopened { try open() }
    while block.isEmpty {
      if state == .ended { return 0 }
      var base: UnsafeRawPointer?
      var count = 0
      var offset: Int64 = 0
      switch archive_read_data_block(handle, &base, &count, &offset) {
      case ARCHIVE_OK: block = UnsafeRawBufferPointer(start: base, count: count)
      case ARCHIVE_EOF: state = .ended
      default: throw failure()
      }
    }
    let count = min(buffer.count, block.count)
    buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: block.prefix(count)))
    block = UnsafeRawBufferPointer(rebasing: block.dropFirst(count))
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
    // libarchive looks for filters until none fits; the engines undo one compression.
    guard archive_filter_count(handle) <= 2 else {
      throw .damaged(
        Damage(.notTar, detail: "the content is compressed with \(compression.rawValue) twice"))
    }
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
    let isShort =
      words.lowercased().contains("truncated")
      || upstream.ended && words.lowercased().contains("no progress is possible")
    return .damaged(
      Damage(isShort ? .truncated : .corruptStream, detail: "\(compression.rawValue): \(words)"))
  }
}
