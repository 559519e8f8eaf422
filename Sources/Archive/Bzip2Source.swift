import CLibArchive
import Glibc
import SystemPackage

/// Decodes bzip2 with libarchive's filter; its `raw` format hands the bytes on.
final class Bzip2Source: ByteSource {
  private let upstream: CallbackSource
  private let handle: OpaquePointer
  private var state = State.unopened
  /// What libarchive has decoded and is still to be handed on.
  private var block = UnsafeRawBufferPointer(start: nil, count: 0)

  private enum State { case unopened, open, ended }

  init(_ upstream: any ByteSource) throws(ArchiveError) {
    self.upstream = CallbackSource(upstream)
    handle = try ReadHandle.allocate()
    // A warning means that libarchive would run a program from PATH instead.
    guard archive_read_support_filter_bzip2(handle) == ARCHIVE_OK,
      archive_read_support_format_raw(handle) == ARCHIVE_OK
    else {
      throw ReadHandle.outOfMemory(handle)
        ?? .cannotRead(path: "libarchive without bzip2", .notSupported)
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
      errno = 0
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
        Damage(.notTar, detail: "the content is compressed with bzip2 twice"))
    }
    // libarchive does not check that it has memory for an entry of its own.
    guard let entry = archive_entry_new2(handle) else {
      throw .cannotRead(path: "libarchive", .noMemory)
    }
    defer { archive_entry_free(entry) }
    switch archive_read_next_header2(handle, entry) {
    case ARCHIVE_OK, ARCHIVE_WARN: return
    case ARCHIVE_EOF: state = .ended
    default: throw failure()
    }
  }

  private func failure() -> ArchiveError {
    // Of bzip2 libarchive does not say why it failed.
    let lacksMemory = errno == ENOMEM
    if let error = upstream.error ?? ReadHandle.outOfMemory(handle) { return error }
    if lacksMemory { return .cannotRead(path: "libarchive", .noMemory) }
    let words = ReadHandle.message(handle)
    let isShort =
      words.lowercased().contains("truncated")
      || upstream.ended && words.lowercased().contains("no progress is possible")
    return .damaged(
      Damage(isShort ? .truncated : .corruptStream, detail: "bzip2: \(words)"))
  }
}
