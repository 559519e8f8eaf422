import Archive
import Checkpoint
import Support

@testable import Verify

extension HostileCase {
  private static func spec(
    _ name: String, _ answer: Answer, _ rules: String..., text: @escaping @Sendable () -> [UInt8]
  ) -> HostileCase {
    var made = Category.document.sketch(name, answer) { $0.replacing("spec.dump", text()) }
    made.rules = Set(rules)
    return made
  }

  /// The specification of the checkpoint with something before and after it.
  private static func whole(_ before: [UInt8] = [], _ after: [UInt8] = []) -> [UInt8] {
    let spec = Sketch.minimal.files.first { $0.entry.name.path == "spec.dump" }?.bytes ?? []
    return before + spec + after
  }

  private static let bad = "archive.bad-spec-dump"
  private static let limit = "archive.document-limit"

  static let documents: [HostileCase] = [
    spec("of nothing", .findings, bad) { [] },
    spec("of blanks", .findings, bad) { Array(repeating: UInt8(ascii: " "), count: 1000) },
    spec("nested a million times", .unsafe, limit) {
      Array(repeating: UInt8(ascii: "["), count: 1_000_000)
    },
    spec("nested a million times as objects", .unsafe, limit) {
      Array(String(repeating: #"{"a":"#, count: 1_000_000).utf8)
    },
    spec("of two million values", .unsafe, limit) {
      Array(("[" + String(repeating: "0,", count: 2_000_000) + "0]").utf8)
    },
    spec("with a mark of byte order", .findings, bad) { whole([0xEF, 0xBB, 0xBF]) },
    spec("in UTF-16", .findings, bad) { whole().flatMap { [$0, 0] } },
    spec("and rubbish after it", .findings, bad) { whole([], Array("x".utf8)) },
    spec("and a second one after it", .findings, bad) { whole([], Array("{}".utf8)) },
    spec("and NUL after it", .findings, bad) { whole([], [0]) },
    spec("and newlines around it", .restorable) { whole([0x0A, 0x0D], [0x0A]) },
    spec("as a list", .findings, bad) { Array("[]".utf8) },
    spec(
      "with a number of a megabyte", .findings, bad, "spec.missing-process",
      "mnt.ext-key-unmapped"
    ) {
      Array((#"{"ociVersion":"# + String(repeating: "9", count: 1 << 20) + "}").utf8)
    },
    spec("with a text that does not end", .findings, bad) {
      Array(#"{"ociVersion":"1.0"#.utf8) + pattern(100)
    },
    spec("with an escape that is none", .findings, bad) { Array(#"{"ociVersion":"\q"}"#.utf8) },
    Category.document.sketch("of descriptors, not three", .restorable, "criu.descriptors") {
      $0.replacing("checkpoint/descriptors.json", text: #"["/dev/null"]"#)
    },
    Category.document.sketch("of deletions, that lead out", .unsafe, "rootfs.deleted-escapes-root")
    {
      $0.adding("deleted.files", text: #"["/a/../../etc/passwd"]"#)
    },
    Category.document.sketch("of deletions, of everything", .unsafe, "rootfs.deleted-escapes-root")
    {
      $0.adding("deleted.files", text: #"["/"]"#)
    },
    Category.document.with("that claims 1 GiB and is cut", .findings, "archive.truncated") {
      $0.add(TarBuilder.Header("status.dump", size: 1 << 30))
    },
  ]

  /// Text that would take over a terminal, a log, a workflow or a page.
  private static let injections: [(String, String)] = [
    ("colour", "\u{1B}[31mred"), ("title", "\u{1B}]0;title\u{7}"), ("8-bit control", "\u{9B}31m"),
    ("newline", "a\nb: restorable"), ("carriage return", "a\rrestorable"),
    ("workflow command", "\n::error file=x::pwned"), ("script", "<script>alert(1)</script>"),
    ("CDATA", "]]></failure>"), ("other direction", "\u{202E}gnp"),
    ("line of Unicode", "a\u{2028}b"),
    ("backspace", "a\u{8}b"), ("Markdown", "![x](http://x/)|`a`"),
  ]

  /// In a name, and in values that messages quote.
  static let texts: [HostileCase] = injections.flatMap { name, text in
    [
      Category.text.file("\(name) in a name", "x" + text, .restorable),
      Category.text.with("\(name) in the target of a link", .unsafe, "archive.link-entry") {
        $0.link("l", "2", to: "/" + text)
      },
    ]
  }
}
