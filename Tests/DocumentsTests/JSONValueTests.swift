import Testing

@testable import Documents

@Suite struct JSONValueTests {
  /// strconv.ParseInt and ParseUint on the literal text.
  @Test(
    arguments: [
      ("0", 0, 0), ("-0", 0, nil), ("-1", -1, nil),
      ("9007199254740993", 9_007_199_254_740_993, 9_007_199_254_740_993),
      ("9223372036854775807", .max, 9_223_372_036_854_775_807),
      ("9223372036854775808", nil, 9_223_372_036_854_775_808), ("-9223372036854775808", .min, nil),
      ("-9223372036854775809", nil, nil), ("18446744073709551615", nil, .max),
      ("18446744073709551616", nil, nil), ("1.0", nil, nil), ("1e3", nil, nil),
      ("184467440737095516160", nil, nil),
    ] as [(String, Int64?, UInt64?)])
  func convertsIntegers(text: String, signed: Int64?, unsigned: UInt64?) throws {
    let value = try parse(text).root
    #expect(value.int64 == signed)
    #expect(value.uint64 == unsigned)
    #expect(value.numberText == text)
  }

  @Test func convertsFloats() throws {
    #expect(try parse("-1.5e3").root.double == -1500)
    #expect(try parse("1e999").root.double == nil)
    #expect(try parse("1e-999").root.double == 0)
    #expect(try parse("\"1\"").root.double == nil)
  }

  /// Map keys count byte by byte, struct fields fold as in Go; the last wins.
  @Test(
    arguments: [
      (#"{"id":1,"id":2}"#, "id", 2, 2), (#"{"id":1,"ID":2}"#, "id", 1, 2),
      (#"{"ID":1,"id":2}"#, "ID", 1, 2), (#"{"\u0069d":3}"#, "id", 3, 3),
      (#"{"\u212aind":4}"#, "kind", nil, 4), (#"{"\u212aind":4}"#, "Kind", nil, 4),
      (#"{"Mount\u017f":5}"#, "mounts", nil, 5), (#"{"idx":1}"#, "id", nil, nil),
      (#"{"\u00e9":1}"#, "e\u{301}", nil, nil), (#"[1]"#, "0", nil, nil),
    ] as [(String, String, Int64?, Int64?)])
  func findsMembers(text: String, name: String, exact: Int64?, field: Int64?) throws {
    let value = try parse(text).root
    #expect(value[name]?.int64 == exact)
    #expect(value.field(name)?.int64 == field)
  }

  @Test func knowsItsPlace() throws {
    let document = try parse(#"{"a/b": [10, {"m~n": true}], "": null, "x": []}"#)
    for (pointer, bytes) in [
      ("/a~1b", #"[10, {"m~n": true}]"#), ("/a~1b/0", "10"), ("/a~1b/1/m~0n", "true"),
      ("/", "null"),
    ] {
      let value = try #require(document.value(at: pointer))
      #expect(value.pointer == pointer)
      #expect(String(decoding: value.bytes, as: UTF8.self) == bytes)
    }
    #expect(document.root.pointer == "")
    #expect(document.root.count == 3)
    for absent in ["a", "/b", "/x/0", "/a~1b/00", "/a~1b/-1", "/a~1b/2", "/a~1b/0/0"] {
      #expect(document.value(at: absent) == nil)
    }
  }

  @Test func listsMembersWithDuplicates() throws {
    let document = try parse(#"{"a":1,"b":[2],"a":3}"#)
    #expect(document.root.members.map(\.key) == ["a", "b", "a"])
    #expect(document.root.members.map(\.keyRange) == [1..<4, 7..<10, 15..<18])
    #expect(document.root.members.map(\.range) == [1..<6, 7..<14, 15..<20])
  }
}
