import CLibArchive
import Glibc
import SystemPackage

/// A byte source behind libarchive's callbacks, with the buffers that libarchive reads from.
final class CallbackSource {
  private let source: any ByteSource
  private var block: Block
  /// The block before, so that a header that straddles two can still be looked at.
  private var previous: Block
  private let straddling = UnsafeMutableRawBufferPointer.allocate(
    byteCount: Int(HeaderBlock.size), alignment: 16)
  /// What lies behind `keptStart` in earlier blocks, while the headers of an entry are read.
  private var kept: [UInt8]?
  private var keptStart: Int64 = 0
  private var sourceEnded = false
  private var pendingError: ArchiveError?
  /// What the source failed with; libarchive only learns that it failed.
  private(set) var error: ArchiveError?
  /// Bytes handed on or skipped so far.
  private(set) var position: Int64 = 0
  /// Offset just past the last byte that was not zero, among those handed on.
  private(set) var nonzeroEnd: Int64 = 0
  /// Whether libarchive was told that nothing follows.
  private(set) var ended = false

  private struct Block {
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 17, alignment: 4096)
    var start: Int64 = 0
    var count = 0

    func bytes(from first: Int64, to last: Int64) -> UnsafeRawBufferPointer? {
      guard first >= start, last >= first, last <= start + Int64(count) else { return nil }
      return UnsafeRawBufferPointer(rebasing: buffer[Int(first - start)..<Int(last - start)])
    }
  }

  init(_ source: any ByteSource) {
    self.source = source
    block = Block()
    previous = Block()
  }

  deinit {
    block.buffer.deallocate()
    previous.buffer.deallocate()
    straddling.deallocate()
  }

  var length: Int64? { source.length }

  func stored(at offset: Int64, count: Int64) -> StoredBytes? {
    source.stored(at: offset, count: count)
  }

  /// The next block, empty at the end, nil on failure. What was read before a failure is handed
  /// on first.
  func nextBlock() -> UnsafeRawBufferPointer? {
    if let pendingError {
      error = pendingError
      return nil
    }
    keep(block)
    swap(&block, &previous)
    block.start = position
    block.count = 0
    fill()
    let bytes = UnsafeRawBufferPointer(rebasing: block.buffer.prefix(block.count))
    if bytes.isEmpty {
      error = pendingError
      ended = pendingError == nil
      return ended ? bytes : nil
    }
    if let last = bytes.lastNonzero { nonzeroEnd = position + Int64(last) + 1 }
    position += Int64(bytes.count)
    return bytes
  }

  /// Pipes deliver little at a time; half a buffer is enough.
  private func fill() {
    do throws(ArchiveError) {
      while !sourceEnded, block.count < block.buffer.count / 2 {
        let free = UnsafeMutableRawBufferPointer(rebasing: block.buffer.dropFirst(block.count))
        let count = try source.read(into: free)
        block.count += count
        sourceEnded = count == 0
      }
    } catch {
      pendingError = error
    }
  }

  func skip(_ count: Int64) -> Int64 {
    if sourceEnded || pendingError != nil { return 0 }
    let step = source.skip(count)
    position += step
    return step
  }

  /// Reads to the end and returns the total number of bytes.
  func drain() throws(ArchiveError) -> Int64 {
    while !ended, nextBlock() != nil {}
    if let error { throw error }
    return position
  }

  /// From now on keeps all that is handed on from `start`, where the headers of an entry begin.
  func keepHeaders(from start: Int64) {
    keptStart = start
    kept = []
    keep(previous)
  }

  private func keep(_ block: Block) {
    guard let count = kept?.count, count <= Self.headersAtMost,
      let bytes = block.bytes(
        from: keptStart + Int64(count), to: block.start + Int64(block.count))
    else { return }
    kept?.append(contentsOf: bytes)
  }

  /// More than libarchive takes: 1 MiB in one header, and few in a row.
  private static let headersAtMost = 8 << 20

  /// What `look` makes of the headers up to `end`; nothing more is kept. Nil if they were not handed
  /// on, or too long.
  func takeHeaders<Value>(to end: Int64, _ look: (UnsafeRawBufferPointer) -> Value) -> Value? {
    guard var headers = kept else { return nil }
    kept = nil
    // Most lie in one block, and are looked at there.
    if headers.isEmpty { return block.bytes(from: keptStart, to: end).map(look) }
    let first = keptStart + Int64(headers.count)
    if first < end {
      guard let rest = block.bytes(from: first, to: end) else { return nil }
      headers.append(contentsOf: rest)
    }
    return headers.withUnsafeBytes {
      look(UnsafeRawBufferPointer(rebasing: $0.prefix(Int(end - keptStart))))
    }
  }

  /// The header that ends at `end`, if it was handed on not long ago.
  func header(endingAt end: Int64) -> HeaderBlock? {
    let start = end - HeaderBlock.size
    if let bytes = block.bytes(from: start, to: end) ?? previous.bytes(from: start, to: end) {
      return HeaderBlock(bytes)
    }
    guard let head = previous.bytes(from: start, to: block.start),
      let rest = block.bytes(from: block.start, to: end)
    else { return nil }
    straddling.copyBytes(from: head)
    UnsafeMutableRawBufferPointer(rebasing: straddling.dropFirst(head.count)).copyBytes(from: rest)
    return HeaderBlock(UnsafeRawBufferPointer(straddling))
  }
}

/// The few things that both of our libarchive readers do alike.
enum ReadHandle {
  static func allocate() throws(ArchiveError) -> OpaquePointer {
    guard let handle = archive_read_new() else {
      throw .cannotRead(path: "libarchive", .noMemory)
    }
    return handle
  }

  static func open(_ handle: OpaquePointer, _ source: CallbackSource) -> Int32 {
    errno = 0
    let context = Unmanaged.passUnretained(source).toOpaque()
    guard archive_read_set_callback_data(handle, context) == ARCHIVE_OK else {
      return ARCHIVE_FATAL
    }
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

  /// What a failure for lack of memory is: it says nothing about the archive. nil for any other.
  /// libarchive does not always say that it is one; errno was 0 before the call.
  static func outOfMemory(_ handle: OpaquePointer) -> ArchiveError? {
    let isSilent = archive_error_string(handle) == nil
    let cause = isSilent ? errno : archive_errno(handle)
    return cause == ENOMEM ? .cannotRead(path: "libarchive", .noMemory) : nil
  }

  static func message(_ handle: OpaquePointer) -> String {
    archive_error_string(handle).map { String(cString: $0) } ?? "no reason given"
  }
}

extension UnsafeRawBufferPointer {
  /// The index of the last byte that is not zero.
  fileprivate var lastNonzero: Int? {
    guard let baseAddress, let first, let last else { return nil }
    if last != 0 { return count - 1 }
    // All bytes are equal to the one before them, and the first is zero.
    if first == 0, memcmp(baseAddress, baseAddress + 1, count - 1) == 0 { return nil }
    return lastIndex { $0 != 0 }
  }
}
