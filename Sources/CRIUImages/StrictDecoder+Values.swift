internal import SwiftProtobuf

/// How the delimited bytes of a field become values. Conversions are protobuf-c's: integers are cut
/// to their width, and a varint of any accepted length will do.
extension StrictDecoder {
  func expect(_ need: WireType) throws {
    guard field.wireType == need else {
      throw fault(.wrongWireType(have: field.wireType, need: need))
    }
  }

  mutating func varint() throws -> UInt64 {
    field.isKnown = true
    try expect(.varint)
    return varint(at: field.valueStart, end: field.end)
  }

  /// protobuf-c takes a boolean in any wire type: true if any byte has one of its low seven bits
  /// set, a length prefix included.
  mutating func boolean() -> Bool {
    field.isKnown = true
    return base[field.valueStart..<field.end].contains { $0 & 0x7f != 0 }
  }

  mutating func fixed<T: FixedWidthInteger>(_ type: T.Type, _ wireType: WireType) throws -> T {
    field.isKnown = true
    try expect(wireType)
    return fixed(type, at: field.contentStart)
  }

  /// The content of a length-delimited field.
  mutating func content() throws -> Slice<UnsafeRawBufferPointer> {
    field.isKnown = true
    try expect(.lengthDelimited)
    try charge(64 + field.end - field.contentStart)
    return base[field.contentStart..<field.end]
  }

  /// One value, or any number of packed ones: protobuf-c takes either, whatever the schema says.
  mutating func varints(_ append: (UInt64) -> Void) throws {
    field.isKnown = true
    guard field.wireType == .lengthDelimited else {
      try charge(8)
      return append(try varint())
    }
    var position = field.contentStart
    while position < field.end {
      let limit = min(field.end, position + 10)
      var end = position
      while end < limit, base[end] >= 0x80 { end += 1 }
      guard end < limit else { throw fault(.unterminatedVarint) }
      try charge(8)
      append(varint(at: position, end: end + 1))
      position = end + 1
    }
  }

  /// One value, or any number of packed ones.
  mutating func fixeds<T: FixedWidthInteger>(
    _ type: T.Type, _ wireType: WireType, _ append: (T) -> Void
  ) throws {
    field.isKnown = true
    guard field.wireType == .lengthDelimited else {
      try charge(8)
      return append(try fixed(type, wireType))
    }
    let size = MemoryLayout<T>.size
    let length = field.end - field.contentStart
    guard length % size == 0 else {
      throw fault(.packedLength(have: UInt64(length), unit: UInt64(size)))
    }
    try charge(length)
    for position in stride(from: field.contentStart, to: field.end, by: size) {
      append(fixed(type, at: position))
    }
  }

  /// Ten bytes hold 70 bits; those beyond 64 are lost, as they are in C.
  private func varint(at start: Int, end: Int) -> UInt64 {
    var value: UInt64 = 0
    var shift: UInt64 = 0
    for position in start..<end {
      value |= UInt64(base[position] & 0x7f) << shift
      shift += 7
    }
    return value
  }

  private func fixed<T: FixedWidthInteger>(_ type: T.Type, at position: Int) -> T {
    T(littleEndian: base.loadUnaligned(fromByteOffset: position, as: type))
  }

  static func zigzag32(_ value: UInt64) -> Int32 {
    let low = UInt32(truncatingIfNeeded: value)
    return Int32(bitPattern: (low >> 1) ^ (0 &- (low & 1)))
  }

  static func zigzag64(_ value: UInt64) -> Int64 {
    Int64(bitPattern: (value >> 1) ^ (0 &- (value & 1)))
  }
}
