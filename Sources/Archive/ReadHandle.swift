import CLibArchive
import Glibc
import SystemPackage

/// A byte source behind libarchive's callbacks, with the buffer that libarchive reads from.
final class CallbackSource {
  private let source: any ByteSource
  private let buffer: UnsafeMutableRawBufferPointer
  /// What the source failed with; libarchive only learns that it failed.
  private(set) var error: ArchiveError?
  /// Bytes handed on or skipped so far.
  private(set) var position: Int64 = 0
  /// Offset just past the last byte that was not zero, among those handed on.
  private(set) var nonzeroEnd: Int64 = 0
  private(set) var ended = false

  init(_ source: any ByteSource) {
    self.source = source
    buffer = .allocate(byteCount: 1 << 17, alignment: 4096)
  }

  deinit { buffer.deallocate() }

  var length: Int64? { source.length }

  /// The next block, empty at the end, nil on failure.
  func nextBlock() -> UnsafeRawBufferPointer? {
    do throws(ArchiveError) {
      let count = try source.read(into: buffer)
      if count == 0 { ended = true }
      let block = UnsafeRawBufferPointer(rebasing: buffer.prefix(count))
      if let last = block.lastIndex(where: { $0 != 0 }) { nonzeroEnd = position + Int64(last) + 1 }
      position += Int64(count)
      return block
    } catch {
      self.error = error
      return nil
    }
  }

  func skip(_ count: Int64) -> Int64 {
    let step = source.skip(count)
    position += step
    return step
  }

  /// Reads to the end and returns the total number of bytes.
  func drain() throws(ArchiveError) -> Int64 {
    while !ended {
      guard nextBlock() != nil else { break }
    }
    if let error { throw error }
    return position
  }
}

/// The few things that both of our libarchive readers do alike.
enum ReadHandle {
  /// PAX names are UTF-8; libarchive converts them to the process's character set, which is the
  /// identity only in a UTF-8 locale.
  private static let locale: Void = { _ = setlocale(LC_CTYPE, "C.UTF-8") }()

  static func allocate() throws(ArchiveError) -> OpaquePointer {
    _ = locale
    guard let handle = archive_read_new() else {
      throw .cannotRead(path: "libarchive", .noMemory)
    }
    return handle
  }

  static func open(_ handle: OpaquePointer, _ source: CallbackSource) -> Int32 {
    archive_read_set_callback_data(handle, Unmanaged.passUnretained(source).toOpaque())
    archive_read_set_read_callback(handle) { _, context, pointer in
      guard let context, let pointer else { return -1 }
      let source = Unmanaged<CallbackSource>.fromOpaque(context).takeUnretainedValue()
      guard let block = source.nextBlock() else { return -1 }
      pointer.pointee = block.baseAddress
      return block.count
    }
    archive_read_set_skip_callback(handle) { _, context, count in
      guard let context else { return 0 }
      return Unmanaged<CallbackSource>.fromOpaque(context).takeUnretainedValue().skip(count)
    }
    return archive_read_open1(handle)
  }

  static func message(_ handle: OpaquePointer) -> String {
    archive_error_string(handle).map { String(cString: $0) } ?? "no reason given"
  }
}
