import Support

extension HostileCase {
  /// 512 stored bytes at `offset` of `size`, by PAX records.
  private static func mapped(
    _ tar: inout TarBuilder, _ map: String, size: String, blocks: Int = 1, name: String = "sparse"
  ) {
    tar.pax(texts: [
      ("GNU.sparse.size", size), ("GNU.sparse.numblocks", "\(blocks)"), ("GNU.sparse.map", map),
    ])
    tar.file(name, content: pattern(512))
  }

  /// A map in the content itself, as GNU tar writes by default.
  private static func storing(_ map: String, size: String, in tar: inout TarBuilder) {
    tar.pax(texts: [
      ("GNU.sparse.major", "1"), ("GNU.sparse.minor", "0"), ("GNU.sparse.name", "sparse"),
      ("GNU.sparse.realsize", size),
    ])
    var text = Array(map.utf8)
    text += [UInt8](repeating: 0, count: (512 - text.count % 512) % 512)
    tar.file("GNUSparseFile.0/sparse", content: text + pattern(512))
  }

  private static func gnu(_ map: [(Int64, Int64)], size: Int64) -> TarBuilder.Header {
    func field(_ value: Int64) -> [UInt8] { octal(value, 11) + [0] }
    var header = TarBuilder.Header("sparse", type: "S", size: 512).gnu()
    header.patches[386] = map.flatMap { field($0.0) + field($0.1) }
    header.patches[483] = field(size)
    return header
  }

  static let sparse: [HostileCase] = [
    Category.sparse.with("honest, by PAX", .restorable) { mapped(&$0, "512,512", size: "4096") },
    Category.sparse.with("honest, with its map stored", .restorable) {
      storing("1\n512\n512\n", size: "4096", in: &$0)
    },
    Category.sparse.with("honest, of old GNU", .findings, "archive.gnu-sparse") {
      $0.add(gnu([(512, 512)], size: 4096), content: pattern(512))
    },
    Category.sparse.with("claims 8 EiB", .unsafe, "archive.limit-exceeded") {
      mapped(&$0, "0,512", size: "9223372036854775807")
    },
    Category.sparse.with("claims more than 64 bits", .unsafe, "archive.limit-exceeded") {
      mapped(&$0, "0,512", size: "99999999999999999999")
    },
    Category.sparse.with("claims 8 GiB, of old GNU", .findings, "archive.gnu-sparse") {
      $0.add(gnu([(0, 512)], size: 1 << 33 - 1), content: pattern(512))
    },
    Category.sparse.with("claims 2 TiB in four", .unsafe, "archive.limit-exceeded") {
      for index in 0..<4 { mapped(&$0, "0,512", size: "549755813888", name: "sparse\(index)") }
    },
    Category.sparse.with(
      "pages of 8 EiB", .unsafe,
      "archive.limit-exceeded"
    ) { mapped(&$0, "0,512", size: "9223372036854775807", name: "checkpoint/pages-1.img") },
    Category.sparse.with("blocks overlap", .findings, "archive.bad-size") {
      mapped(&$0, "0,300,200,212", size: "4096", blocks: 2)
    },
    Category.sparse.with("blocks go backwards", .findings, "archive.bad-size") {
      mapped(&$0, "1024,300,0,212", size: "4096", blocks: 2)
    },
    Category.sparse.with("block beyond the size", .findings, "archive.bad-size") {
      mapped(&$0, "8192,512", size: "4096")
    },
    Category.sparse.with("map with one number too few", .findings, "archive.bad-size") {
      mapped(&$0, "0", size: "4096")
    },
    Category.sparse.with("map with letters", .findings, "archive.bad-size") {
      mapped(&$0, "0,x", size: "4096")
    },
    Category.sparse.with("stored map that never ends", .findings, "archive.bad-header") {
      storing(String(repeating: "1", count: 500), size: "4096", in: &$0)
    },
    Category.sparse.with(
      "stored map of more blocks than there are", .findings, "archive.bad-header"
    ) {
      storing("1000000000\n0\n512\n", size: "4096", in: &$0)
    },
    Category.sparse.with("map of a million blocks", .findings, "archive.bad-header") {
      let map = (0..<1_000_000).map { "\($0),1" }.joined(separator: ",")
      mapped(&$0, map, size: "1000000", blocks: 1_000_000)
    },
    Category.sparse.with("map of 100 000 blocks of nothing", .restorable) {
      let map = "0,512," + (0..<100_000).map { "\(1000 + $0),0" }.joined(separator: ",")
      mapped(&$0, map, size: "1000000", blocks: 100_001)
    },
    Category.sparse.with(
      "GNU.sparse of a version that nobody knows", .restorable, "archive.header-warning"
    ) {
      $0.pax(["GNU.sparse.major": "7", "GNU.sparse.minor": "7"])
      $0.file("x", content: [])
    },
    Category.sparse.with("holes of Solaris", .findings, "archive.bad-size") {
      $0.pax(["SUN.holesdata": " 0 100 300 512"])
      $0.file("x", content: pattern(512))
    },
  ]
}
