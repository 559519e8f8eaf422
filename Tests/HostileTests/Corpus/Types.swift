import Support

extension HostileCase {
  private static let special = "archive.special-entry"

  static let types: [HostileCase] = [
    Category.type.with("FIFO", .findings, special) { $0.add(.init("p", type: "6")) },
    Category.type.with(
      "FIFO in the place of a document", .findings, special,
      "archive.duplicate-entry"
    ) { $0.add(.init("spec.dump", type: "6")) },
    Category.type.with(
      "FIFO in the place of an image", .findings, special,
      "archive.duplicate-entry"
    ) { $0.add(.init("checkpoint/pages-1.img", type: "6")) },
    Category.type.with("character device", .findings, special) { $0.add(.init("c", type: "3")) },
    Category.type.with("block device", .findings, special) { $0.add(.init("b", type: "4")) },
    Category.type.with("device with a body", .findings, special) {
      $0.add(.init("b", type: "4", size: 512), content: TarBuilder.Header("hidden").block)
    },
    Category.type.with("socket, as star writes it", .findings, special) {
      $0.add(.init("s", type: "8"))
    },
    Category.type.with("contiguous", .findings, special) {
      $0.add(.init("c", type: "7", size: 3), content: [1, 2, 3])
    },
    Category.type.with("of a letter that nobody knows", .findings, special) {
      $0.add(.init("q", type: "Q", size: 3), content: [1, 2, 3])
    },
    Category.type.with("part of a multi-volume set", .findings, special) {
      $0.add(TarBuilder.Header("M", type: "M", size: 3).gnu(), content: [1, 2, 3])
    },
    Category.type.with("folder with names, as old GNU dumps", .findings, special) {
      $0.add(TarBuilder.Header("D", type: "D").gnu())
    },
    Category.type.with("inode only, as star writes it", .findings, special) {
      $0.add(.init("I", type: "I"))
    },
    Category.type.with("volume header", .findings, "archive.bad-header") {
      $0.add(TarBuilder.Header("V", type: "V").gnu())
    },
    Category.type.with("volume header that hides an entry", .findings, "archive.bad-header") {
      $0.add(
        TarBuilder.Header("V", type: "V", size: 512).gnu(), content: TarBuilder.Header("../x").block
      )
    },
    Category.type.with("extended header of Solaris", .findings, "archive.bad-header") {
      let record = TarBuilder.record("path", Array("../x".utf8))
      $0.add(.init("X", type: "X", size: Int64(record.count)), content: record)
      $0.file("harmless", content: [])
    },
    Category.type.with("access list of Solaris", .findings, "archive.bad-header") {
      $0.add(.init("A", type: "A", size: 5), content: Array("\0\0\0\0\0".utf8))
      $0.file("harmless", content: [])
    },
    Category.type.with("file of the oldest tars", .restorable) {
      var header = TarBuilder.Header("old")
      header.type = 0
      $0.add(header)
    },
    Category.type.with("folder of the oldest tars", .restorable) {
      var header = TarBuilder.Header("old/")
      header.type = 0
      $0.add(header)
    },
    Category.type.with("set-id and sticky", .restorable) {
      var header = TarBuilder.Header("x")
      header.patches[100] = Array("0007777".utf8)
      $0.add(header)
    },
  ]
}
