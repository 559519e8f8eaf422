extension ImageParser {
  /// Reads as many whole pagemap entries as are plainly encoded; false if there was none.
  ///
  /// Millions of entries are usual, and CRIU writes each the same way: fields in ascending order,
  /// each at most once. Any other entry is left to the strict decoder.
  mutating func scanPagemap(_ rest: inout Slice<UnsafeRawBufferPointer>) -> Bool {
    let bytes = UnsafeRawBufferPointer(rebasing: rest)
    guard var summary = image.pagemap.take() else { return false }
    var position = 0
    while let (run, end) = PagemapRun.read(bytes, at: position, limit: limits.recordBytes) {
      summary.add(run, index: index, offset: offset + UInt64(position))
      index += 1
      position = end
    }
    image.pagemap = summary
    rest = rest.dropFirst(position)
    return position > 0
  }
}

extension PagemapRun {
  /// The entry whose size word is at `start`, and where it ends.
  @inline(__always)
  static func read(
    _ bytes: UnsafeRawBufferPointer, at start: Int, limit: UInt32
  ) -> (PagemapRun, end: Int)? {
    guard bytes.count - start >= 4 else { return nil }
    let size = UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: start, as: UInt32.self))
    guard size <= limit, Int(size) <= bytes.count - start - 4 else { return nil }
    var cursor = PlainCursor(bytes: bytes, position: start + 4, end: start + 4 + Int(size))
    guard
      cursor.skip(tag: 0x08), let vaddr = cursor.varint(),
      cursor.skip(tag: 0x10), let compatPages = cursor.varint()
    else { return nil }
    var inParent = false
    var flags: UInt32?
    var pages: UInt64?
    if cursor.skip(tag: 0x18) {
      // A boolean of more than one byte is protobuf-c's own affair.
      guard let value = cursor.varint(), value < 0x80 else { return nil }
      inParent = value != 0
    }
    if cursor.skip(tag: 0x20) {
      guard let value = cursor.varint() else { return nil }
      flags = UInt32(truncatingIfNeeded: value)
    }
    if cursor.skip(tag: 0x28) {
      guard let value = cursor.varint() else { return nil }
      pages = value
    }
    guard cursor.position == cursor.end else { return nil }
    let run = PagemapRun(
      vaddr: vaddr, compatPages: UInt32(truncatingIfNeeded: compatPages), inParent: inParent,
      flags: flags, pages: pages)
    return (run, cursor.end)
  }
}

/// Reads tags of one byte and varints. `end` is within `bytes`, and nothing is read behind it.
private struct PlainCursor {
  let bytes: UnsafeRawBufferPointer
  var position: Int
  let end: Int

  @inline(__always)
  mutating func skip(tag: UInt8) -> Bool {
    guard position < end, bytes[position] == tag else { return false }
    position += 1
    return true
  }

  @inline(__always)
  mutating func varint() -> UInt64? {
    var value: UInt64 = 0
    var shift: UInt64 = 0
    while position < end, shift < 70 {
      let byte = bytes[position]
      position += 1
      value |= UInt64(byte & 0x7f) << shift
      if byte < 0x80 { return value }
      shift += 7
    }
    return nil
  }
}
