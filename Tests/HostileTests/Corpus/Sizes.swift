import Support

extension HostileCase {
  private static func sized(_ field: [UInt8]) -> TarBuilder.Header {
    var header = TarBuilder.Header("x")
    header.sizeField = field
    return header
  }

  private static func binary(_ value: UInt64, first: UInt8 = 0x80) -> [UInt8] {
    [first, 0, 0, 0] + (0..<8).map { UInt8(truncatingIfNeeded: value >> (56 - 8 * $0)) }
  }

  static let sizes: [HostileCase] = [
    Category.size.with("negative", .findings, "archive.bad-size") {
      $0.add(sized([UInt8](repeating: 0xFF, count: 12)))
    },
    Category.size.with("beyond 64 bits", .findings, "archive.bad-size") {
      $0.add(sized([0x80] + [UInt8](repeating: 0xFF, count: 11)))
    },
    Category.size.with("8 EiB less a byte", .findings, "archive.bad-size") {
      $0.add(sized(binary(1 << 63 - 1)))
    },
    Category.size.with("4 EiB", .findings, "archive.truncated") { $0.add(sized(binary(1 << 62))) },
    Category.size.with("8 GiB less a byte", .findings, "archive.truncated") {
      $0.add(sized(Array("77777777777\0".utf8)))
    },
    Category.size.with("one byte more than there is", .findings, "archive.truncated") {
      // The end marker takes the place of the missing bytes.
      $0.add(sized(octal(1025, 11) + [0]))
    },
    Category.size.with("of a document: 2 GiB of zeros", .findings, "archive.truncated") {
      $0.add(TarBuilder.Header("status.dump", size: 1 << 31))
    },
    Category.size.with("in letters", .findings, "archive.bad-header") {
      $0.add(sized(Array("deadbeef\0\0\0\0".utf8)))
    },
    Category.size.with("with a letter behind", .findings, "archive.bad-header") {
      $0.add(sized(Array("00000000000x".utf8)))
    },
    Category.size.with("with a digit that is none", .findings, "archive.bad-header") {
      $0.add(sized(Array("00000000008\0".utf8)))
    },
    Category.size.with("of blanks", .restorable) {
      $0.add(sized(Array(repeating: UInt8(ascii: " "), count: 12)))
    },
    Category.size.with("in binary, of nothing", .restorable) { $0.add(sized(binary(0))) },
    Category.size.with("of a folder", .unsafe, "archive.path-escape") {
      $0.add(.init("d", type: "5", size: 512), content: TarBuilder.Header("../x").block)
    },
    Category.size.with("by PAX, smaller than the header's", .findings, "archive.bad-size") {
      $0.pax(["size": "0"])
      $0.add(.init("x", size: 512), content: TarBuilder.Header("../x").block)
    },
    Category.size.with("by PAX, larger than the header's", .findings, "archive.bad-size") {
      $0.pax(["size": "512"])
      $0.add(.init("x"))
      $0.add(.init("../x"))
    },
    Category.size.with("by PAX, negative", .findings, "archive.bad-size") {
      $0.pax(["size": "-1"])
      $0.file("x", content: [])
    },
    Category.size.with("by PAX, beyond 64 bits", .findings, "archive.bad-size") {
      $0.pax(["size": "99999999999999999999"])
      $0.file("x", content: [])
    },
    Category.size.with("by PAX, in hexadecimal", .findings, "archive.bad-header") {
      $0.pax(["size": "0x0"])
      $0.file("x", content: [])
    },
    Category.size.with("owner beyond 64 bits", .findings, "archive.bad-header") {
      var header = TarBuilder.Header("x")
      header.patches[108] = [0x80, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF]
      header.patches[116] = Array("zzzzzzz\0".utf8)
      $0.add(header)
    },
    Category.size.with("time in letters", .findings, "archive.bad-header") {
      var header = TarBuilder.Header("x")
      header.patches[136] = Array("yesterday\0\0\0".utf8)
      $0.add(header)
    },
    Category.size.with("time before the beginning", .restorable) {
      var header = TarBuilder.Header("x")
      header.patches[136] = [UInt8](repeating: 0xFF, count: 12)
      $0.add(header)
    },
    Category.size.with("device number in letters", .findings, "archive.bad-header") {
      var header = TarBuilder.Header("x")
      header.patches[329] = Array("device!\0".utf8)
      $0.add(header)
    },
    Category.size.with("checksum with a letter behind", .findings, "archive.bad-header") {
      var block = TarBuilder.Header("x").block
      block[155] = UInt8(ascii: "x")
      $0.raw(block)
    },
    Category.size.with("checksum that is wrong", .findings, "archive.bad-header") {
      var header = TarBuilder.Header("x")
      header.isChecksumWrong = true
      $0.add(header)
    },
  ]
}
