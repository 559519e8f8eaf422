import Testing

@testable import Documents

@Suite struct JSONEditTests {
  /// Applies edits of the values at the given pointers.
  private func apply(
    _ text: String, _ edits: (JSONDocument, (String) throws -> JSONValue) throws -> [JSONEdit]
  ) throws -> String {
    let document = try parse(text)
    let list = try edits(document) { try #require(document.value(at: $0)) }
    let result = try document.applying(list)
    #expect(throws: Never.self) { try JSONDocument.parse(result) }
    return String(decoding: result, as: UTF8.self)
  }

  @Test(arguments: [
    ("[1, 2, 3]", ["/0"], "[2, 3]"), ("[1, 2, 3]", ["/1"], "[1, 3]"),
    ("[1, 2, 3]", ["/2"], "[1, 2]"), ("[1, 2, 3]", ["/0", "/1"], "[3]"),
    ("[1, 2, 3]", ["/1", "/2"], "[1]"), ("[1, 2, 3]", ["/0", "/2"], "[2]"),
    ("[1, 2, 3]", ["/2", "/0", "/1"], "[]"), ("[ 1 ]", ["/0"], "[]"),
    ("[\n  1,\n  2\n]", ["/0"], "[\n  2\n]"), ("[\n  1,\n  2\n]", ["/1"], "[\n  1\n]"),
    (#"{"a": 1, "b": {"c": [ ]}, "d": 2}"#, ["/b"], #"{"a": 1, "d": 2}"#),
    (#"{"a": 1, "b": 2}"#, ["/b"], #"{"a": 1}"#), (#"{"a":1 , "b" : 2 }"#, ["/a"], #"{"b" : 2 }"#),
    (#"{"a":[1,2],"b":[3,4]}"#, ["/a/0", "/b/1"], #"{"a":[2],"b":[3]}"#),
  ])
  func removesWithTheRightComma(text: String, pointers: [String], expected: String) throws {
    let result = try apply(text) { _, at in try pointers.map { .remove(try at($0)) } }
    #expect(result == expected)
  }

  @Test(arguments: [
    ("[]", "[9]"), ("[ ]", "[9]"), ("[1]", "[1,9]"), ("[ 1 ]", "[ 1, 9 ]"),
    ("[1, 2]", "[1, 2, 9]"), ("[\n  1,\n  2\n]", "[\n  1,\n  2,\n  9\n]"),
    ("[\n  1\n]", "[\n  1,\n  9\n]"),
  ])
  func appendsInTheSameStyle(text: String, expected: String) throws {
    #expect(
      try apply(text) { document, _ in [.append(.integer(9), to: document.root)] } == expected)
  }

  @Test(arguments: [
    (#"{}"#, #"{"k":"v"}"#), (#"{"k": 1}"#, #"{"k": "v"}"#),
    (#"{"k":1,"k":2}"#, #"{"k":1,"k":"v"}"#),
    (#"{"K":1}"#, #"{"K":1,"k":"v"}"#), (#"{"a": 1, "b": 2}"#, #"{"a": 1, "b": 2, "k":"v"}"#),
  ])
  func setsMembers(text: String, expected: String) throws {
    let result = try apply(text) { document, _ in [.set("k", to: .string("v"), in: document.root)] }
    #expect(result == expected)
  }

  @Test func combinesEdits() throws {
    let text = #"{"linux": {"maskedPaths": ["/a", "/b", "/c"], "x": 9007199254740993}, "y":[1]}"#
    let result = try apply(text) { document, at in
      [
        .append(.string("/d\"\n"), to: try at("/linux/maskedPaths")),
        .remove(try at("/linux/maskedPaths/2")), .remove(try at("/linux/maskedPaths/0")),
        .append(.array([.null, .bool(true)]), to: try at("/linux/maskedPaths")),
        .replace(try at("/linux/maskedPaths/1"), with: .copy(of: try at("/y"))),
        .remove(try at("/y/0")), .append(.object(["k": .integer(-1)]), to: try at("/y")),
      ]
    }
    #expect(
      result
        == #"{"linux": {"maskedPaths": [[1], "/d\"\u000a", [null,true]], "x": 9007199254740993},"#
        + #" "y":[{"k":-1}]}"#)
  }

  @Test func isIdempotent() throws {
    let text = #"{ "root" : {"path":"/old"} , "mounts":[ ] }"#
    let edits: (JSONDocument, (String) throws -> JSONValue) throws -> [JSONEdit] = { document, at in
      [
        .replace(try at("/root/path"), with: .string("/new")),
        .set("hostname", to: .string("h"), in: document.root),
      ]
    }
    let once = try apply(text, edits)
    #expect(once == #"{ "root" : {"path":"/new"} , "mounts":[ ] , "hostname":"h" }"#)
    #expect(try apply(once, edits) == once)
    #expect(try apply(text) { _, _ in [] } == text)
  }

  @Test func refusesWhatCannotBe() throws {
    let document = try parse(#"{"a": [1, {"b": 2}]}"#)
    let array = try #require(document.value(at: "/a"))
    let object = try #require(document.value(at: "/a/1"))
    let member = try #require(document.value(at: "/a/1/b"))
    let other = try parse("[1]").root
    for (edits, error) in [
      ([.remove(document.root)], .notApplicable(pointer: "")),
      ([.append(.null, to: object)], .notApplicable(pointer: "/a/1")),
      ([.set("k", to: .null, in: array)], .notApplicable(pointer: "/a")),
      ([.remove(member), .remove(member)], .overlap(offset: 16)),
      ([.remove(object), .replace(member, with: .null)], .overlap(offset: 16)),
      ([.replace(array, with: .null), .append(.null, to: array)], .overlap(offset: 18)),
      ([.set("k", to: .null, in: object), .set("k", to: .null, in: object)], .overlap(offset: 17)),
      ([.replace(other, with: .null)], .otherDocument),
    ] as [([JSONEdit], JSONEditError)] {
      #expect(throws: error) { try document.applying(edits) }
    }
  }

  /// Any set of removals leaves exactly the elements that were not named, byte for byte.
  @Test func keepsTheRest() throws {
    var random = SplitMix(state: 7)
    let items = ["1", "\"a,]\"", "[ 1,2 ]", "{\"x\" : [ ]}", "null", "-1.50"]
    for _ in 0..<300 {
      let chosen = (0..<Int(random.next() % 7)).map { _ in
        items.randomElement(using: &random) ?? "0"
      }
      let text = "[ " + chosen.joined(separator: " , ") + " ]"
      let kept = chosen.map { ($0, random.next() % 2 == 0) }
      let result = try apply(text) { document, _ in
        zip(document.root.elements, kept).filter { !$1.1 }.map { .remove($0.0) }
      }
      let elements = try parse(result).root.elements.map {
        String(decoding: $0.bytes, as: UTF8.self)
      }
      #expect(elements == kept.filter(\.1).map(\.0))
    }
  }
}
