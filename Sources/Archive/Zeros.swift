import Glibc

/// Zeros to hand out for the holes of sparse entries.
enum Zeros {
  /// Of memory and of most file systems.
  static let pageSize = 4096

  nonisolated(unsafe) private static let page: UnsafeRawBufferPointer = {
    let page = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 4096)
    page.initializeMemory(as: UInt8.self, repeating: 0)
    return UnsafeRawBufferPointer(page)
  }()

  /// Whether all bytes are zero.
  static func fill(_ bytes: UnsafeRawBufferPointer) -> Bool {
    guard let start = bytes.baseAddress, bytes[0] == 0 else { return bytes.isEmpty }
    // Each byte is the one before it.
    return memcmp(start, start + 1, bytes.count - 1) == 0
  }

  /// Hands out the bytes in runs that are or are not zeros, cut where pages of a file end: the first
  /// byte goes to `place` in it.
  static func visitRuns(
    of bytes: UnsafeRawBufferPointer, at place: Int64,
    _ visit: (_ run: UnsafeRawBufferPointer, _ isZero: Bool) throws(ArchiveError) -> Void
  ) throws(ArchiveError) {
    var (start, end) = (0, 0)
    var isZero = false
    while end < bytes.count {
      let rest = pageSize - Int((place + Int64(end)) % Int64(pageSize))
      let next = min(bytes.count, end + rest)
      let isNextZero = fill(UnsafeRawBufferPointer(rebasing: bytes[end..<next]))
      if isNextZero != isZero, end > start {
        try visit(UnsafeRawBufferPointer(rebasing: bytes[start..<end]), isZero)
        start = end
      }
      isZero = isNextZero
      end = next
    }
    if end > start { try visit(UnsafeRawBufferPointer(rebasing: bytes[start..<end]), isZero) }
  }

  /// At most `count` zeros.
  static func atMost(_ count: Int64) -> UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(rebasing: page.prefix(Int(min(count, Int64(page.count)))))
  }
}
