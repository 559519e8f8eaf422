import Support

extension HostileCase {
  private static let escape = "archive.path-escape"

  static let names: [HostileCase] = [
    // Names that lead out.
    Category.name.file("dot dot in front", "../x", .unsafe, escape),
    Category.name.file("dot dot in the middle", "x/../../y", .unsafe, escape),
    Category.name.file("dot dot that stays inside", "x/../y", .unsafe, escape),
    Category.name.file("dot dot at the end", "x/..", .unsafe, escape),
    Category.name.file("dot dot alone", "..", .unsafe, escape),
    Category.name.with("dot dot as a folder", .unsafe, escape) { $0.folder("../") },
    Category.name.file("dot dot after a part", "checkpoint/../../x", .unsafe, escape),
    Category.name.file("dot dot after doubled slashes", "x//..//..//y", .unsafe, escape),
    Category.name.file("many dot dots", String(repeating: "../", count: 30) + "x", .unsafe, escape),
    Category.name.file("absolute", "/etc/ckptmend-hostile", .unsafe, escape),
    Category.name.file("absolute with two slashes", "//x", .unsafe, escape),
    Category.name.with("the root itself", .unsafe, escape) { $0.folder("/") },
    Category.name.file("absolute with dot dot", "/../x", .unsafe, escape),
    Category.name.file("absolute twin of a part", "/spec.dump", .unsafe, escape),

    // Names that only look as if they did.
    Category.name.file("three dots", ".../x", .restorable),
    Category.name.file("dots in a name", "x/..y/z..", .restorable),
    Category.name.file("backslashes", "..\\..\\x", .restorable),
    Category.name.file("a drive", "C:\\x", .restorable),
    Category.name.file("dot slash", "./x/./y", .restorable),
    Category.name.file("doubled slashes", "x//y", .restorable),
    Category.name.with("the folder itself", .restorable) { $0.folder("./") },
    Category.name.file("percent escapes of dot dot", "%2e%2e/x", .restorable),
    Category.name.file("a home folder", "~/x", .restorable),

    // No names at all. Engines clean them to the folder itself and go on.
    Category.name.file("empty", "", .restorable),
    Category.name.file("dot", ".", .restorable),

    // Names with bytes that are no text.
    Category.name.file("NUL in the field", "x\0/../y", .restorable),
    Category.name.with("NUL in a PAX path", .findings, "archive.bad-header") {
      $0.pax([("path", Array("spec.dump\0x".utf8))])
      $0.file("x", content: [])
    },
    Category.name.file("not UTF-8", [0xFF, 0xFE, 0x2F, 0x41], .restorable),
    Category.name.file(
      "overlong UTF-8 of dot dot", [0xC0, 0xAE, 0xC0, 0xAE, 0x2F, 0x78], .restorable),
    Category.name.file("half of a surrogate", [0xED, 0xA0, 0x80], .restorable),

    // Names of a size that no file system has.
    Category.name.file(
      "the longest component", String(repeating: "n", count: 255), .restorable),
    Category.name.file(
      "one byte more", String(repeating: "n", count: 256), .findings, "archive.name-too-long"),
    Category.name.file(
      "a name of 64 KiB", String(repeating: "n/", count: 16) + String(repeating: "n", count: 65536),
      .findings, "archive.name-too-long"),
    Category.name.file("32 deep", String(repeating: "d/", count: 31) + "x", .restorable),
    Category.name.file(
      "33 deep", String(repeating: "d/", count: 32) + "x", .unsafe, "archive.limit-exceeded"),
    Category.name.file(
      "30 000 deep", String(repeating: "d/", count: 30_000) + "x", .unsafe,
      "archive.limit-exceeded"),

    // Twins.
    Category.name.file("a twin in capitals", "SPEC.DUMP", .restorable),
    Category.name.with("twins to Unicode", .restorable) {
      $0.file("\u{E9}", content: [])
      $0.file("e\u{301}", content: [])
    },
    Category.name.with("the same part twice", .restorable, "archive.duplicate-entry") {
      $0.file("network.status", content: Array("null".utf8))
    },
    Category.name.with(
      "a part, and rubbish of the same name", .findings,
      "archive.duplicate-entry", "archive.bad-spec-dump"
    ) { $0.file("./spec.dump", content: pattern(100)) },
    Category.name.with(
      "a part, and with a slash an empty file", .findings,
      "archive.duplicate-entry", "archive.folder-for-file"
    ) { $0.file("spec.dump/", content: []) },

    // Files where folders are needed.
    Category.name.file("below a document", "spec.dump/x", .findings, "archive.below-file"),
    Category.name.file(
      "far below an image", "checkpoint/pages-1.img/x/y", .findings, "archive.below-file"),
    Category.name.with(
      "checkpoint/ replaced by a file", .findings,
      "archive.below-file"
    ) { $0.file("checkpoint", content: []) },
    Category.name.with(
      "a part replaced by a folder", .findings,
      "archive.duplicate-entry", "archive.folder-for-file"
    ) { $0.folder("config.dump") },
    Category.name.with("a file made a folder in time", .restorable, "archive.duplicate-entry") {
      $0.file("x", content: [])
      $0.folder("x")
      $0.file("x/y", content: [])
    },

    // Names that this program and the engines use themselves.
    Category.name.file(
      "the engine's own file", "config.json", .findings, "archive.shadows-engine-file"),
    Category.name.file("a work folder of ours", ".ckptmend-work", .restorable),
    Category.name.file("our policy", ".ckptmend.yml", .restorable),
    Category.name.file("a part with more behind", "spec.dump.orig", .restorable),

    // Two headers that disagree on the name: one reader sees one, the next the other.
    Category.name.with("a prefix that leads out", .unsafe, escape) {
      var header = TarBuilder.Header("x")
      header.prefix = Array("..".utf8)
      $0.add(header)
    },
    Category.name.with("a prefix in a GNU header", .findings, "archive.bad-header") {
      var header = TarBuilder.Header("x").gnu()
      header.prefix = Array("..".utf8)
      $0.add(header)
    },
    Category.name.with("a prefix without a version", .unsafe, escape) {
      var header = TarBuilder.Header("x")
      header.prefix = Array("..".utf8)
      header.magic = Array("ustar\0".utf8) + Array("77".utf8)
      $0.add(header)
    },
    Category.name.with("a prefix of star", .findings, "archive.bad-header") {
      var header = TarBuilder.Header("x")
      header.prefix = Array(repeating: UInt8(ascii: "p"), count: 150)
      header.patches[508] = Array("tar\0".utf8)
      $0.add(header)
    },
    Category.name.with("a PAX path that leads out", .unsafe, escape) {
      $0.pax(["path": "../x"])
      $0.file("harmless", content: [])
    },
    Category.name.with("an empty PAX path", .restorable) {
      $0.pax(["path": ""])
      $0.file("harmless", content: [])
    },
    Category.name.with("two PAX paths, the last leads out", .unsafe, escape) {
      $0.pax(["path": "harmless", "path": "../x"])
      $0.file("harmless", content: [])
    },
    Category.name.with("a GNU long name that leads out", .unsafe, escape) {
      $0.gnuLong(Array("../x".utf8), type: "L")
      $0.file("harmless", content: [])
    },
    Category.name.with("a GNU long name after a PAX path", .findings, "archive.bad-header") {
      $0.pax(["path": "harmless"])
      $0.gnuLong(Array("../x".utf8), type: "L")
      $0.file("x", content: [])
    },
    Category.name.with("a PAX path after a GNU long name", .unsafe, escape) {
      $0.gnuLong(Array("../x".utf8), type: "L")
      $0.pax(["path": "harmless"])
      $0.file("x", content: [])
    },
    Category.name.with("two GNU long names", .restorable) {
      $0.gnuLong(Array("../x".utf8), type: "L")
      $0.gnuLong(Array("harmless".utf8), type: "L")
      $0.file("x", content: [])
    },
    Category.name.with(
      "a sparse name for an entry that is not sparse", .findings,
      "archive.bad-header"
    ) {
      $0.pax(["GNU.sparse.name": "harmless"])
      $0.file("../x", content: [])
    },
    Category.name.with("a path of libarchive's own", .unsafe, escape) {
      $0.pax(["SCHILY.path": "harmless", "LIBARCHIVE.path": "harmless"])
      $0.file("../x", content: [])
    },
  ]
}
