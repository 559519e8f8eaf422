/// Zeros to hand out for the holes of sparse entries.
enum Zeros {
  nonisolated(unsafe) private static let page: UnsafeRawBufferPointer = {
    let page = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 4096)
    page.initializeMemory(as: UInt8.self, repeating: 0)
    return UnsafeRawBufferPointer(page)
  }()

  /// At most `count` zeros.
  static func atMost(_ count: Int64) -> UnsafeRawBufferPointer {
    UnsafeRawBufferPointer(rebasing: page.prefix(Int(min(count, Int64(page.count)))))
  }
}
