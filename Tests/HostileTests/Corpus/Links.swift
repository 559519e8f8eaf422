import Support

extension HostileCase {
  private static let link = "archive.link-entry"
  private static let through = "archive.write-through-symlink"
  private static let hard = "archive.hardlink-entry"

  static let links: [HostileCase] = [
    // Symbolic links.
    Category.link.with("inside", .findings, link) { $0.link("l", "2", to: "spec.dump") },
    Category.link.with("to nothing", .findings, link) { $0.link("l", "2", to: "nowhere") },
    Category.link.with("to itself", .findings, link) { $0.link("l", "2", to: "l") },
    Category.link.with("in a loop", .findings, link) {
      $0.link("a", "2", to: "b")
      $0.link("b", "2", to: "a")
    },
    Category.link.with("without a target", .findings, link) { $0.link("l", "2", to: "") },
    Category.link.with("outside", .unsafe, link) { $0.link("l", "2", to: "../../etc/passwd") },
    Category.link.with("absolute", .unsafe, link) { $0.link("l", "2", to: "/etc/passwd") },
    Category.link.with("outside after going in", .unsafe, link) {
      $0.link("l", "2", to: "checkpoint/../../x")
    },
    Category.link.with("to the folder above", .unsafe, link) { $0.link("l", "2", to: "..") },
    Category.link.with("long, by PAX", .unsafe, link) {
      $0.pax(["linkpath": String(repeating: "../", count: 60) + "etc/passwd"])
      $0.link("l", "2", to: "spec.dump")
    },
    Category.link.with("long, by GNU", .unsafe, link) {
      $0.gnuLong(Array((String(repeating: "../", count: 60) + "etc").utf8), type: "K")
      $0.link("l", "2", to: "spec.dump")
    },
    Category.link.with("with two targets", .findings, "archive.bad-header") {
      $0.pax(["linkpath": "spec.dump"])
      $0.gnuLong(Array("../../etc".utf8), type: "K")
      $0.link("l", "2", to: "spec.dump")
    },
    Category.link.with("and a file through it", .unsafe, link, through) {
      $0.link("l", "2", to: "/etc")
      $0.file("l/ckptmend-hostile", content: [1])
    },
    Category.link.with("inside, and a file through it", .unsafe, link, through) {
      $0.link("l", "2", to: "checkpoint")
      $0.file("l/x", content: [1])
    },
    Category.link.with("and a file on it", .unsafe, link, through, "archive.duplicate-entry") {
      $0.link("l", "2", to: "/etc/passwd")
      $0.file("l", content: [1])
    },
    Category.link.with("in a chain, and a file through it", .unsafe, link, through) {
      $0.link("a", "2", to: ".")
      $0.link("a/b", "2", to: "../..")
      $0.file("a/b/x", content: [1])
    },
    Category.link.with("under another spelling", .unsafe, link, through) {
      $0.link("./l/", "2", to: "/etc")
      $0.file("l//x", content: [1])
    },
    Category.link.with(
      "in the place of checkpoint/", .unsafe, link, through,
      "archive.duplicate-entry", "criu.inventory-unreadable"
    ) {
      $0.link("checkpoint", "2", to: "/var/lib")
      $0.file("checkpoint/inventory.img", content: [1])
    },
    Category.link.with(
      "in the place of a document", .unsafe, link,
      "archive.duplicate-entry"
    ) { $0.link("spec.dump", "2", to: "/etc/shadow") },
    Category.link.with(
      "checkpoint/parent, without a pre-dump", .findings,
      "archive.parent-link-dangling"
    ) { $0.link("checkpoint/parent", "2", to: "../pre-checkpoint") },
    Category.link.with(
      "checkpoint/parent, outside", .unsafe, link,
      "archive.parent-link-dangling"
    ) { $0.link("checkpoint/parent", "2", to: "../../../etc") },
    Category.link.with("checkpoint/parent, and a file through it", .unsafe, through) {
      $0.file("pre-checkpoint/inventory.img", content: [])
      $0.link("checkpoint/parent", "2", to: "../pre-checkpoint")
      $0.file("checkpoint/parent/x", content: [])
    },

    // Hard links.
    Category.link.with("hard", .findings, hard) { $0.link("h", "1", to: "spec.dump") },
    Category.link.with("hard, to nothing", .findings, hard) { $0.link("h", "1", to: "nowhere") },
    Category.link.with("hard, to itself", .findings, hard) { $0.link("h", "1", to: "h") },
    Category.link.with("hard, to what comes later", .findings, hard) {
      $0.link("h", "1", to: "later")
      $0.file("later", content: [])
    },
    Category.link.with("hard, without a target", .findings, hard) { $0.link("h", "1", to: "") },
    Category.link.with("hard, absolute", .unsafe, hard) { $0.link("h", "1", to: "/etc/passwd") },
    Category.link.with("hard, outside", .unsafe, hard) {
      $0.link("h", "1", to: "../../etc/passwd")
    },
    Category.link.with(
      "hard, and bytes through it", .unsafe, hard, through,
      "archive.duplicate-entry"
    ) {
      $0.link("h", "1", to: "/etc/passwd")
      $0.file("h", content: [1])
    },
    Category.link.with("hard, to a symbolic link", .unsafe, hard, link) {
      $0.link("l", "2", to: "/etc/passwd")
      $0.link("h", "1", to: "l")
    },
    Category.link.with("hard, with bytes of its own", .findings, hard) {
      var header = TarBuilder.Header("h", type: "1", size: 512)
      header.link = Array("spec.dump".utf8)
      $0.add(header, content: TarBuilder.Header("hidden").block)
    },
    Category.link.with("symbolic, with bytes of its own", .findings, link) {
      var header = TarBuilder.Header("l", type: "2", size: 512)
      header.link = Array("spec.dump".utf8)
      $0.add(header, content: TarBuilder.Header("hidden").block)
    },
    Category.link.with(
      "hard, where a document is needed", .findings, hard,
      "archive.duplicate-entry"
    ) { $0.link("spec.dump", "1", to: "config.dump") },
  ]
}
