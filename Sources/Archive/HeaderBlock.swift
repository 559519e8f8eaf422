/// One 512-byte header of a tar, for the little that libarchive does not tell: the type as stored,
/// and what is in a field that it refuses. Valid until the source's next block.
struct HeaderBlock {
  static let size: Int64 = 512

  let bytes: UnsafeRawBufferPointer

  /// `bytes` must be 512.
  init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

  var typeFlag: UInt8 { bytes[156] }

  /// For a header that names no entry (PAX global): the length of its body.
  var bodyOfSpecial: Int64? {
    guard storedChecksum == checksum, typeFlag == UInt8(ascii: "g") else { return nil }
    return octalSize.map { Int64(clamping: $0) }
  }

  /// GNU's label of a volume, which libarchive passes over, and Go hands out as an entry.
  var isVolumeLabel: Bool { typeFlag == UInt8(ascii: "V") && storedChecksum == checksum }

  private static let checksumField = 148..<156

  /// The sum that the header claims, nil if that is no octal number.
  var storedChecksum: UInt64? { Self.octal(bytes[Self.checksumField]) }

  /// The sum of the bytes, with the field itself counted as blanks (POSIX.1-2017, pax, "ustar").
  var checksum: UInt64 {
    let blanks = UInt64(Self.checksumField.count) * UInt64(UInt8(ascii: " "))
    return blanks + sum(0..<bytes.count) - sum(Self.checksumField)
  }

  private func sum(_ range: Range<Int>) -> UInt64 {
    var sum: UInt64 = 0
    for index in range { sum &+= UInt64(bytes[index]) }
    return sum
  }

  private var sizeField: Slice<UnsafeRawBufferPointer> { bytes[124..<136] }

  /// The size of the body, as far as it is octal; GNU's binary form is for larger ones.
  var octalSize: UInt64? { Self.octal(sizeField) }

  /// The size field as stored: octal text, or in hexadecimal if it is GNU's binary form.
  var sizeText: String {
    if let first = sizeField.first, first & 0x80 != 0 {
      let digits = sizeField.map { byte in
        let text = String(byte, radix: 16)
        return text.utf8.count == 1 ? "0" + text : text
      }
      return "0x" + digits.joined()
    }
    return Escape.text(sizeField.prefix { $0 != 0 })
  }

  private static func octal(_ field: Slice<UnsafeRawBufferPointer>) -> UInt64? {
    var value: UInt64 = 0
    for byte in field.drop(while: { $0 == UInt8(ascii: " ") }) {
      if byte == 0 || byte == UInt8(ascii: " ") { break }
      guard (UInt8(ascii: "0")...UInt8(ascii: "7")).contains(byte) else { return nil }
      value = value << 3 | UInt64(byte - UInt8(ascii: "0"))
    }
    return value
  }
}
