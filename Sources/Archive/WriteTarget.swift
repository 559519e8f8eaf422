import CLibArchive

/// Where libarchive's bytes go, in blocks of one size but for the last, and where a copy begins.
final class WriteTarget {
  private let next: any ByteSink
  private let block = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 17, alignment: 4096)
  private var filled = 0
  /// All bytes so far.
  private var position: Int64 = 0
  /// Headers that are held back.
  private var held: [UInt8]?
  /// Refuses everything from now on.
  var isClosed = false
  /// Whether what libarchive writes has gone its way already, and is not even there.
  var isPassedBy = false
  private(set) var error: ArchiveError?

  init(_ next: any ByteSink) { self.next = next }

  deinit { block.deallocate() }

  /// Some address, for bytes that nobody looks at.
  var anywhere: UnsafeMutableRawPointer? { block.baseAddress }

  func open(_ handle: OpaquePointer) -> Int32 {
    archive_write_open(
      handle, Unmanaged.passUnretained(self).toOpaque(), nil,
      { _, context, bytes, count in
        guard let context else { return -1 }
        let target = Unmanaged<WriteTarget>.fromOpaque(context).takeUnretainedValue()
        return target.take(UnsafeRawBufferPointer(start: bytes, count: count))
      }, nil)
  }

  private func take(_ bytes: UnsafeRawBufferPointer) -> Int {
    if isClosed || error != nil { return -1 }
    if isPassedBy { return bytes.count }
    do throws(ArchiveError) {
      try write(bytes)
      return bytes.count
    } catch {
      self.error = error
      return -1
    }
  }

  private func write(_ bytes: UnsafeRawBufferPointer) throws(ArchiveError) {
    if held != nil {
      held?.append(contentsOf: bytes)
      return
    }
    position += Int64(bytes.count)
    var rest = bytes
    while !rest.isEmpty {
      if filled == 0, rest.count >= block.count {
        try next.write(UnsafeRawBufferPointer(rebasing: rest.prefix(block.count)))
        rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(block.count))
        continue
      }
      let part = UnsafeRawBufferPointer(rebasing: rest.prefix(block.count - filled))
      UnsafeMutableRawBufferPointer(rebasing: block.dropFirst(filled)).copyMemory(from: part)
      filled += part.count
      rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(part.count))
      if filled == block.count { try flush() }
    }
  }

  private func flush() throws(ArchiveError) {
    let bytes = UnsafeRawBufferPointer(rebasing: block.prefix(filled))
    filled = 0
    if !bytes.isEmpty { try next.write(bytes) }
  }

  func mayShare(_ bytes: StoredBytes) -> Bool { next.mayShare(bytes) }

  /// Holds back what comes, which are the headers of an entry.
  func hold() { held = [] }

  /// Lets the headers go, as long as it takes for `body` to lie as it does in its file.
  func release(before body: StoredBytes) throws(ArchiveError) {
    guard let headers = held.take(), headers.count >= 512 else { return }
    let place = position + Int64(headers.count)
    let extra = Int(
      ((body.offset - place) % StoredBytes.block + StoredBytes.block) % StoredBytes.block)
    // A tar may lie in its file at any place, and readers refuse headers of more than 1 MiB.
    let isFit = extra % 512 == 0 && headers.count < 1 << 19
    let padded = isFit ? HeaderPadding.padded(headers, by: extra) : headers
    try padded.span.bytes.withUnsafeBytes { (bytes) throws(ArchiveError) in try write(bytes) }
  }

  /// Takes bytes by themselves, past libarchive; false where the next stage cannot.
  func copy(_ bytes: StoredBytes) throws(ArchiveError) -> Bool {
    if let error { throw error }
    guard next.takesCopies else { return false }
    try flush()
    guard try next.copy(bytes) else { return false }
    position += bytes.count
    return true
  }

  func finish() throws(ArchiveError) {
    try flush()
    try next.finish()
  }
}
