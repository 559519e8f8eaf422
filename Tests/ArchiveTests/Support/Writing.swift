@testable import Archive

extension Output {
  mutating func write(_ bytes: ArraySlice<UInt8>) throws {
    // The closure of withUnsafeBytes may not capture the output.
    let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 1)
    defer { copy.deallocate() }
    copy.copyBytes(from: bytes)
    try write(UnsafeRawBufferPointer(copy))
  }

  /// An entry with its content.
  mutating func add(_ name: String, _ kind: Entry.Kind = .file, _ bytes: [UInt8] = []) throws {
    try begin(Entry(name: EntryName(name), kind: kind, size: Int64(bytes.count)))
    try write(bytes[...])
  }
}
