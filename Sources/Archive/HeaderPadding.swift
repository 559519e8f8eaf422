/// Makes the headers of an entry longer, so that its body lies where it must: by a PAX record `comment`,
/// which readers ignore (POSIX.1-2017, pax, “Extended Header Keyword Definitions”).
enum HeaderPadding {
  private static let block = Int(HeaderBlock.size)

  /// `headers`, which end in that of the entry itself, with `extra` bytes more or 4096 above that;
  /// `extra` is a multiple of 512.
  static func padded(_ headers: [UInt8], by extra: Int) -> [UInt8] {
    if extra == 0 { return headers }
    guard let records = sizeOfRecords(headers) else {
      // A header of its own, and a block for the record at the least.
      let size = extra > block ? extra - block : extra - block + 4096
      var own = Array(headers.suffix(block))
      own[156] = UInt8(ascii: "x")
      put("PaxHeaders/padding", in: 0..<100, of: &own)
      return sealed(own, size: size) + record(size) + headers
    }
    let full = Int(TarBody.padded(Int64(records))) + extra
    return sealed(Array(headers[..<block]), size: full) + headers[block..<(block + records)]
      + record(full - records) + headers[(block + full - extra)...]
  }

  /// The length of the PAX records that `headers` begin with, if they do.
  private static func sizeOfRecords(_ headers: [UInt8]) -> Int? {
    reading(headers) { header in
      header.typeFlag == UInt8(ascii: "x") ? header.octalSize.map { Int(clamping: $0) } : nil
    }
  }

  private static func reading<Value>(_ bytes: [UInt8], _ look: (HeaderBlock) -> Value) -> Value {
    bytes.withUnsafeBytes { look(HeaderBlock(UnsafeRawBufferPointer(rebasing: $0.prefix(block)))) }
  }

  /// A record of so many bytes, at least 512.
  private static func record(_ length: Int) -> [UInt8] {
    let head = Array("\(length) comment=".utf8)
    return head + [UInt8](repeating: UInt8(ascii: "."), count: length - head.count - 1) + [0x0A]
  }

  private static func sealed(_ header: [UInt8], size: Int) -> [UInt8] {
    var header = header
    put(digits(size, 11), in: 124..<136, of: &header)
    put(digits(Int(reading(header, \.checksum)), 6), in: 148..<155, of: &header)
    header[155] = UInt8(ascii: " ")
    return header
  }

  private static func put(_ text: String, in field: Range<Int>, of header: inout [UInt8]) {
    let bytes = Array(text.utf8)
    header.replaceSubrange(
      field, with: bytes + [UInt8](repeating: 0, count: field.count - bytes.count))
  }

  private static func digits(_ value: Int, _ count: Int) -> String {
    let text = String(value, radix: 8)
    return String(repeating: "0", count: count - text.utf8.count) + text
  }
}
