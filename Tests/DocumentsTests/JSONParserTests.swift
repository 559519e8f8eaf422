import Testing

@testable import Documents

/// The kind of the document, or the fault, so that a table can hold either.
func outcome(_ text: String, limits: JSONLimits = JSONLimits()) -> String {
  do throws(JSONFault) {
    return "ok \(try JSONDocument.parse(Array(text.utf8), limits: limits).root.kind)"
  } catch {
    return "\(error)"
  }
}

func parse(_ text: String) throws -> JSONDocument { try JSONDocument.parse(Array(text.utf8)) }

@Suite struct JSONParserTests {
  /// What Go 1.19 to 1.26 say of the same bytes; offsets count from 0.
  @Test(arguments: [
    ("null", "ok null"), (" true\r\n", "ok bool"), ("-0.5e+10", "ok number"), ("\"\"", "ok string"),
    ("[]", "ok array"), ("{\"a\":{\"b\":[1,\t2]}}\n", "ok object"), ("1e999", "ok number"),
    ("\"\\ud800\"", "ok string"), ("\"\u{7f}\"", "ok string"),
    ("", "unexpected end of JSON input (byte 0)"),
    ("  ", "unexpected end of JSON input (byte 2)"),
    ("[1,", "unexpected end of JSON input (byte 3)"),
    ("{\"a\"", "unexpected end of JSON input (byte 4)"),
    ("\"abc", "unexpected end of JSON input (byte 4)"),
    ("tru", "invalid character ' ' in literal true (expecting 'e') (byte 3)"),
    ("-", "invalid character ' ' in numeric literal (byte 1)"),
    ("\"\\", "invalid character ' ' in string escape code (byte 2)"),
    ("not json", "invalid character 'o' in literal null (expecting 'u') (byte 1)"),
    ("falsy", "invalid character 'y' in literal false (expecting 'e') (byte 4)"),
    ("yes", "invalid character 'y' looking for beginning of value (byte 0)"),
    ("'a'", #"invalid character '\'' looking for beginning of value (byte 0)"#),
    ("\u{feff}{}", "invalid character 'ï' looking for beginning of value (byte 0)"),
    ("{} t", "invalid character 't' after top-level value (byte 3)"),
    ("{}\0", #"invalid character '\x00' after top-level value (byte 2)"#),
    ("01", "invalid character '1' after top-level value (byte 1)"),
    ("+1", "invalid character '+' looking for beginning of value (byte 0)"),
    (".5", "invalid character '.' looking for beginning of value (byte 0)"),
    ("1.", "invalid character ' ' after decimal point in numeric literal (byte 2)"),
    ("1.e1", "invalid character 'e' after decimal point in numeric literal (byte 2)"),
    ("1e+x", "invalid character 'x' in exponent of numeric literal (byte 3)"),
    ("-x", "invalid character 'x' in numeric literal (byte 1)"),
    ("[1,]", "invalid character ']' looking for beginning of value (byte 3)"),
    ("[1 2]", "invalid character '2' after array element (byte 3)"),
    ("[1}", "invalid character '}' after array element (byte 2)"),
    ("{a}", "invalid character 'a' looking for beginning of object key string (byte 1)"),
    ("{\"a\":1,}", "invalid character '}' looking for beginning of object key string (byte 7)"),
    ("{\"a\" 1}", "invalid character '1' after object key (byte 5)"),
    ("{\"a\":1 \"b\"}", #"invalid character '"' after object key:value pair (byte 7)"#),
    ("{\"a\":1]", "invalid character ']' after object key:value pair (byte 6)"),
    ("\"a\nb\"", #"invalid character '\n' in string literal (byte 2)"#),
    ("\"\\x\"", "invalid character 'x' in string escape code (byte 2)"),
    ("\"\\u12g4\"", #"invalid character 'g' in \u hexadecimal character escape (byte 5)"#),
  ])
  func saysWhatGoSays(text: String, expected: String) {
    #expect(outcome(text) == expected)
  }

  @Test(arguments: [
    (64, 64, "ok array"), (64, 65, "nested more than 64 levels deep (byte 64)"),
    (20_000, 10_000, "ok array"), (20_000, 10_001, "exceeded max depth (byte 10000)"),
  ])
  func limitsDepth(limit: Int, depth: Int, expected: String) {
    let text = String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
    #expect(outcome(text, limits: JSONLimits(maxDepth: limit)) == expected)
  }

  @Test func stopsAtHostileDepthAtOnce() {
    let hostile = String(repeating: "[", count: 100_000)
    #expect(outcome(hostile) == "nested more than 64 levels deep (byte 64)")
  }

  @Test func limitsSizeAndValues() {
    #expect(outcome("[1]", limits: JSONLimits(maxSize: 3)) == "ok array")
    #expect(outcome("[1]", limits: JSONLimits(maxSize: 2)) == "document exceeds 2 bytes (byte 2)")
    #expect(outcome("{\"a\":1}", limits: JSONLimits(maxValues: 3)) == "ok object")
    #expect(outcome("[1,2,3]", limits: JSONLimits(maxValues: 3)) == "more than 3 values (byte 5)")
  }

  /// Go's `unquote`: every stray byte and every half pair becomes one U+FFFD.
  @Test(arguments: [
    (#""a\"\\\/\b\f\n\r\t\u00e9""#, "a\"\\/\u{8}\u{c}\n\r\t\u{e9}"),
    (#""\ud83d\ude00""#, "😀"), (#""\ud800""#, "\u{fffd}"), (#""\ude00\ud83d""#, "\u{fffd}\u{fffd}"),
    (#""\ud800\ud83d\ude00""#, "\u{fffd}😀"), (#""\ud800\u0041""#, "\u{fffd}A"),
    (#""\ud800\n""#, "\u{fffd}\n"), (#""é€😀""#, "é€😀"),
  ])
  func decodesStrings(text: String, expected: String) throws {
    #expect(try parse(text).root.string == expected)
  }

  @Test(arguments: [
    ([0xFF, 0xFE], 2), ([0xE2, 0x82], 2), ([0xC0, 0x80], 2), ([0xED, 0xA0, 0x80], 3),
    ([0xF4, 0x90, 0x80, 0x80], 4), ([0xF0, 0x9F, 0x98], 3),
  ])
  func replacesEachStrayByte(bytes: [UInt8], count: Int) throws {
    let document = try JSONDocument.parse([0x22] + bytes + [0x22])
    #expect(document.root.string == String(repeating: "\u{fffd}", count: count))
  }

  /// Stray bytes in a name only make it another name, which Go then ignores.
  @Test func acceptsStrayBytesInNames() throws {
    let bytes = Array("{\"".utf8) + [0xFF, 0xFE] + Array("id\":5}".utf8)
    let document = try JSONDocument.parse(bytes)
    #expect(document.mismatches(against: .podmanConfig).isEmpty)
    #expect(document.root.members.map(\.key) == ["\u{fffd}\u{fffd}id"])
  }

  static let spec = #"""
    { "ociVersion": "1.0.2-dev", "process": {"terminal": true, "args": ["sh", "-c", "\u00e9é"],
      "oomScoreAdj": -1e0, "rlimits": [{"hard": 18446744073709551615, "soft": 0.5E-3}]},
      "root": {"path": "/", "readonly": false}, "mounts": [], "linux": {}, "hooks": null }
    """#

  @Test func refusesEveryPrefix() throws {
    let bytes = Array(Self.spec.utf8)
    #expect(throws: Never.self) { try JSONDocument.parse(bytes) }
    for length in bytes.indices {
      #expect(throws: JSONFault.self) { try JSONDocument.parse(Array(bytes[..<length])) }
    }
  }

  /// Whatever the bytes, all that can be asked of a document is answered.
  @Test func survivesRandomBytes() {
    var random = SplitMix(state: 20_260_701)
    for _ in 0..<1000 {
      var bytes = Array(Self.spec.utf8)
      for _ in 0..<(1 + Int(random.next() % 4)) {
        bytes[Int(random.next() % UInt64(bytes.count))] = UInt8(truncatingIfNeeded: random.next())
      }
      guard let document = try? JSONDocument.parse(bytes) else { continue }
      _ = document.mismatches(against: .runtimeSpec)
      _ = RuntimeSpec(document.root)
      for index in document.nodes.indices {
        let value = JSONValue(document: document, index: index)
        _ = (value.string, value.int64, value.uint64, value.double, value.count, value.pointer)
      }
    }
  }
}

/// A small generator with a seed, so that a failure can be repeated.
struct SplitMix: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}
