extension ImageParser {
  /// Reads as many whole pagemap entries as are plainly encoded; false if there was none.
  ///
  /// Millions of entries are usual, and CRIU writes each the same way: fields in ascending order,
  /// each at most once. Any other entry is left to the strict decoder.
  mutating func scanPagemap(_ rest: inout Slice<UnsafeRawBufferPointer>) -> Bool {
    let bytes = UnsafeRawBufferPointer(rebasing: rest)
    var position = 0
    var next = PagemapRun.read(bytes, at: position, limit: limits.recordBytes)
    // Taken out while it grows, so that its arrays are not copied.
    guard next != nil, var summary = image.pagemap.take() else { return false }
    while let (run, end) = next {
      summary.add(run, index: index, offset: offset + UInt64(position))
      index += 1
      position = end
      next = PagemapRun.read(bytes, at: position, limit: limits.recordBytes)
    }
    image.pagemap = summary
    rest = rest.dropFirst(position)
    return true
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

  /// Addresses take six or seven bytes, hence eight at once; everything else mostly one.
  @inline(__always)
  mutating func varint() -> UInt64? {
    guard position < end else { return nil }
    let first = bytes[position]
    if first < 0x80 {
      position += 1
      return UInt64(first)
    }
    guard bytes.count - position >= 8 else { return bytewiseVarint() }
    let word = UInt64(
      littleEndian: bytes.loadUnaligned(fromByteOffset: position, as: UInt64.self))
    let stops = ~word & 0x8080_8080_8080_8080
    guard stops != 0 else { return bytewiseVarint() }
    let bits = stops.trailingZeroBitCount + 1
    position += bits >> 3
    guard position <= end else { return nil }
    // Close the gaps between the groups of seven bits: in pairs, then fours, then eights.
    var value = word & (.max >> UInt64(64 - bits)) & 0x7f7f_7f7f_7f7f_7f7f
    value = (value & 0x007f_007f_007f_007f) | (value & 0x7f00_7f00_7f00_7f00) >> 1
    value = (value & 0x0000_3fff_0000_3fff) | (value & 0x3fff_0000_3fff_0000) >> 2
    return (value & 0x0fff_ffff) | (value & 0x0fff_ffff_0000_0000) >> 4
  }

  private mutating func bytewiseVarint() -> UInt64? {
    var value: UInt64 = 0
    for shift in stride(from: UInt64(0), to: 70, by: 7) {
      guard position < end else { return nil }
      let byte = bytes[position]
      position += 1
      value |= UInt64(byte & 0x7f) << shift
      if byte < 0x80 { return value }
    }
    return nil
  }
}
