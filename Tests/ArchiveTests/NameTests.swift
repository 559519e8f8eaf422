import Testing

@testable import Archive

@Suite("A name")
struct NameTests {
  @Test(
    "is cleaned as the engines do",
    arguments: [
      ("a/b", "a/b"), ("./a", "a"), ("a/", "a"), ("a//b", "a/b"), ("a/./b/.", "a/b"), ("./", ""),
      ("", ""), ("/a//b/", "/a/b"), (".hidden", ".hidden"), ("a/..b", "a/..b"), ("..", ".."),
    ])
  func cleaning(stored: String, path: String) {
    let name = EntryName(stored)
    #expect(name.path == path)
    #expect(name.bytes == Array(stored.utf8))
    #expect(name.components.count == name.depth)
  }

  @Test(
    "tells whether it leads elsewhere",
    arguments: [
      ("a/b", nil), ("a/..b/c..", nil), ("/a", "is absolute"), ("../a", "holds a .. component"),
      ("a/../b", "holds a .. component"), ("a/..", "holds a .. component"),
      ("a\0b", "holds a NUL byte"),
    ] as [(String, String?)])
  func escapes(stored: String, reason: String?) { #expect(EntryName(stored).escape == reason) }

  @Test("has a path of its own, also to Swift's idea of equal text")
  func distinct() {
    let names: [[UInt8]] =
      [
        "\u{E9}", "e\u{301}", "K", "\u{212A}", ";", "\u{37E}", "\u{AC00}", "\u{1100}\u{1161}", "a",
        "a\u{200B}", "\u{202E}a", "a\\", "a\\\\", "\\xff", "a\u{FE0F}", "\u{80}", "\\u{80}",
      ].map { Array($0.utf8) } + [[0xFF], [0x80], [0xC3], [0xED, 0xA0, 0x80]]
    #expect(Set(names.map { EntryName($0).path }).count == names.count)
    #expect(Set(names.map { EntryName($0) }).count == names.count)
  }
}

@Suite("Escaped text")
struct EscapeTests {
  @Test(
    "cannot command a terminal or hide",
    arguments: [
      ("plain text", "plain text"), ("\u{1B}[31m", "\\x1b[31m"),
      ("a\nb\r\t\0", "a\\x0ab\\x0d\\x09\\x00"),
      ("\u{7F}\u{9B}", "\\x7f\\u{9b}"), ("\u{202E}\u{2066}", "\\u{202e}\\u{2066}"),
      ("\u{200B}\u{FEFF}", "\\u{200b}\\u{feff}"), ("\u{2028}", "\\u{2028}"), ("\\", "\\\\"),
      ("日本", "日本"), ("\u{E9}", "\u{E9}"), ("e\u{301}", "e\\u{0301}"), ("😀", "😀"),
      ("\u{3164}\u{A0}", "\\u{3164}\\u{00a0}"), ("\u{E000}", "\\u{e000}"),
    ])
  func escaping(text: String, escaped: String) { #expect(Escape.text(text) == escaped) }

  @Test("shows bytes that are no text")
  func binary() {
    #expect(Escape.text([0x61, 0xFF, 0xC3, 0x28, 0xE2, 0x82]) == "a\\xff\\xc3(\\xe2\\x82")
  }
}
