import Support

/// PAX and GNU headers that lie about themselves.
extension HostileCase {
  private static let header = "archive.bad-header"

  /// A PAX header with these bytes, and the file that it is for.
  private static func pax(
    _ name: String, _ answer: Answer, _ rules: String..., text: String, type: Character = "x"
  ) -> HostileCase {
    var made = Category.extended.with(name, answer) {
      $0.add(.init("pax", type: type, size: Int64(text.utf8.count)), content: Array(text.utf8))
      $0.file("x", content: [])
    }
    made.rules = Set(rules)
    return made
  }

  private static func repeatHeader(_ times: Int, _ type: Character, in tar: inout TarBuilder) {
    var one = TarBuilder()
    one.pax(["comment": "x"], type: type)
    for _ in 0..<times { tar.raw(one.bytes) }
  }

  static let extended: [HostileCase] = [
    // Records.
    pax("record without a length", .findings, header, text: "path=x\n"),
    pax("record of length 0", .findings, header, text: "0 path=x\n"),
    pax("record of a negative length", .findings, header, text: "-9 path=x\n"),
    pax("record longer than its header", .findings, header, text: "900 path=x\n"),
    pax("record of exabytes", .findings, header, text: "9223372036854775807 path=x\n"),
    pax("record beyond 64 bits", .findings, header, text: "99999999999999999999 path=x\n"),
    pax("record of digits only", .findings, header, text: String(repeating: "9", count: 4000)),
    pax("record without an equals sign", .findings, header, text: "9 pathxx\n"),
    pax("record without a key", .findings, header, text: "5 =x\n"),
    pax("record without a newline", .findings, header, text: "10 path=xx"),
    pax("record that ends inside", .findings, header, text: "8 path=x\n"),
    pax("record with NUL in its key", .findings, header, text: "10 pa\0th=x\n"),
    pax("nothing in it", .restorable, text: ""),
    pax("owner in letters", .findings, header, text: "12 uid=root\n"),
    pax("owner beyond 64 bits", .findings, header, text: "28 uid=99999999999999999999\n"),
    pax("time in letters", .findings, header, text: "15 mtime=never\n"),
    pax("time with two points", .findings, header, text: "15 mtime=1.2.3\n"),
    pax("time in nanoseconds and more", .restorable, text: "29 mtime=1.00000000000000001\n"),
    pax("character set that nobody knows", .restorable, text: "22 hdrcharset=KLINGON\n"),
    pax("global path that leads out", .restorable, text: "13 path=../x\n", type: "g"),
    pax("global record that is none", .findings, header, text: "zzz", type: "g"),
    pax("attribute with an empty name", .restorable, text: "19 SCHILY.xattr.=x\n"),
    pax("vendor's record", .restorable, text: "14 VENDOR.x=y\n"),
    Category.extended.with("attribute that gives rights", .restorable) {
      $0.pax([("SCHILY.xattr.security.capability", [1, 0, 0, 2, 0, 32, 0, 0])])
      $0.file("x", content: [])
    },
    Category.extended.with("attribute of 900 KiB", .restorable) {
      $0.pax([("SCHILY.xattr.user.x", pattern(900 << 10))])
      $0.file("x", content: [])
    },
    Category.extended.with("access list that is none", .restorable) {
      $0.pax(["SCHILY.acl.access": "rubbish"])
      $0.file("x", content: [])
    },

    // Headers.
    Category.extended.with("PAX header of 2 MiB", .findings, header) {
      $0.pax([("comment", pattern(2 << 20).map { $0 == 0x0A ? 1 : $0 })])
      $0.file("x", content: [])
    },
    Category.extended.with("PAX header of 8 EiB", .findings, header) {
      var block = TarBuilder.Header("pax", type: "x")
      block.sizeField = [0x80, 0, 0, 0, 0x7F] + [UInt8](repeating: 0xFF, count: 7)
      $0.add(block)
      $0.file("x", content: [])
    },
    Category.extended.with("PAX header, and nothing after it", .findings, header) {
      $0.pax(["path": "x"])
    },
    Category.extended.with("two PAX headers that differ", .restorable, "archive.header-warning") {
      $0.pax(["path": "../x"])
      $0.pax(["path": "harmless"])
      $0.file("y", content: [])
    },
    Category.extended.with("100 000 PAX headers before one entry", .findings, header) {
      repeatHeader(100_000, "x", in: &$0)
      $0.file("x", content: [])
    },
    Category.extended.with("100 000 global headers before one entry", .findings, header) {
      repeatHeader(100_000, "g", in: &$0)
      $0.file("x", content: [])
    },
    Category.extended.with("GNU long name, and nothing after it", .findings, header) {
      $0.gnuLong(Array("x".utf8), type: "L")
    },
    Category.extended.with("GNU long name of nothing", .findings, header) {
      $0.add(TarBuilder.Header("././@LongLink", type: "L").gnu())
      $0.file("x", content: [])
    },
    Category.extended.with("GNU long name without its NUL", .restorable) {
      $0.add(TarBuilder.Header("././@LongLink", type: "L", size: 1).gnu(), content: [0x79])
      $0.file("x", content: [])
    },
    Category.extended.with("GNU long name with a NUL inside", .restorable) {
      $0.gnuLong(Array("y\0/../../x".utf8), type: "L")
      $0.file("x", content: [])
    },
    Category.extended.with("GNU long name of 2 MiB", .findings, header) {
      $0.gnuLong(pattern(2 << 20), type: "L")
      $0.file("x", content: [])
    },
    Category.extended.with("1000 GNU long names", .findings, "archive.bad-size") {
      for _ in 0..<1000 { $0.gnuLong(Array("y".utf8), type: "L") }
      $0.file("x", content: [])
    },
    Category.extended.with("PAX header before the end marker", .findings, header) {
      $0.pax(["path": "../x"])
    },
    Category.extended.with("magic of nobody", .restorable) {
      var block = TarBuilder.Header("x")
      block.magic = Array("gnutar\0\0".utf8)
      block.prefix = Array("../..".utf8)
      $0.add(block)
    },
  ]
}
