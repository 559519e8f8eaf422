import Checkpoint
import Documents
import Support
import Testing
import Verify

@testable import Policy

@Suite struct PolicyFileTests {
  static let full = """
    # What CI accepts.
    fail-on: warning
    engine: cri-o
    runtime: crun
    limits: {entries: 1000, depth: 8, holes: 2T}
    severity:
      archive.truncated: off
      archive.end-marker: "note"
    ignore:
      - rule: archive.trailing-bytes
        entry: "checkpoint/*.img"
        path: "broken/**"
        reason: padded by the store & kept
        until: 2030-01-31
      - {rule: archive.end-marker, reason: known}
    expect:
      - path: broken/*.tar
        verdict: not-restorable
        rules: [archive.truncated]
      - path: "*.tar"
        verdict: restorable
    """

  @Test func everyKey() throws {
    let policy = try Policy(yaml: Self.full, file: "p.yml")
    #expect(policy.failOn == .warning)
    #expect(policy.engine == .criO)
    #expect(policy.runtime == .crun)
    #expect(policy.limits == ["entries": 1000, "depth": 8, "holes": 2 << 40])
    #expect(policy.severity == ["archive.truncated": .off, "archive.end-marker": .note])
    #expect(policy.ignore.map(\.line) == [10, 15])
    #expect(policy.ignore[0].until == Day("2030-01-31"))
    #expect(policy.ignore[0].reason == "padded by the store & kept")
    #expect(policy.ignore[1].entry == nil)
    var expected = [
      Policy.Expect(
        path: Glob("broken/*.tar"), verdict: .notRestorable, rules: ["archive.truncated"]),
      Policy.Expect(path: Glob("*.tar"), verdict: .restorable),
    ]
    (expected[0].line, expected[1].line) = (17, 20)
    #expect(policy.expect == expected)
  }

  /// What the README shows is a policy.
  @Test func readMe() throws {
    let page = String(decoding: try bytes(of: Fixtures.project + "/README.md"), as: UTF8.self)
    let start = try #require(page.firstRange(of: "```yaml\n")).upperBound
    let end = try #require(page[start...].firstRange(of: "```")).lowerBound
    let policy = try Policy(yaml: String(page[start..<end]), file: "README.md")
    #expect(policy.severity.count == 1 && policy.ignore.count == 1 && policy.expect.count == 2)
  }

  @Test(arguments: ["", "# nothing\n", "---\n", "{}"])
  func nothing(_ text: String) throws {
    var policy = try Policy(yaml: text, file: "p.yml")
    policy.file = ""
    #expect(policy == Policy())
  }

  @Test(arguments: [
    ("fail_on: error", "1: there is no key fail_on; did you mean fail-on?"),
    ("a:\n", "1: there is no key a; did you mean "),
    ("limits:\n  entry: 3", "2: there is no key entry; did you mean entries?"),
    ("fail-on: errors", "1: fail-on is errors, which is none of note, warning, error"),
    ("fail-on: [error]", "1: fail-on is not text"),
    ("\nengine: docker2", "2: engine is docker2, which is none of podman, cri-o"),
    ("limits: 3", "1: limits is not a mapping"),
    ("limits: {depth: 0}", "1: depth is not a whole number above 0"),
    ("limits: {depth: 2X}", "1: depth is not a whole number above 0"),
    ("limits: {depth: 1.5}", "1: depth is not a whole number above 0"),
    ("severity: [off]", "1: severity is not a mapping"),
    (
      "severity:\n  archive.truncatd: off",
      "2: there is no rule archive.truncatd; did you mean archive.truncated?"
    ),
    (
      "severity: {archive.truncated: false}",
      "1: archive.truncated is false, which is none of error"
    ),
    ("ignore: {}", "1: ignore is not a list"),
    ("ignore:\n  - rule: archive.truncated", "2: an item of ignore lacks the key reason"),
    ("ignore:\n  - rule: archive.truncated\n    reason:", "3: reason is empty"),
    ("ignore: [{rule: archive.truncated, reason: x, until: 2023-02-30}]", "1: until is not a day"),
    ("ignore: [{rule: archive.truncated, reason: x, untill: 1}]", "did you mean until?"),
    ("expect: [{path: x}]", "1: an item of expect lacks the key verdict"),
    ("expect: [{path: x, verdict: broken}]", "1: verdict is broken, which is none of restorable"),
    ("expect: [{path: x, verdict: unsafe, rules: [x]}]", "1: there is no rule x"),
    ("expect: [{path: x, verdict: unsafe, rules: archive.truncated}]", "1: rules is not a list"),
    ("fail-on: error\nfail-on: note", ": not YAML: the key fail-on is there twice"),
    ("fail-on: 'error", ": not YAML: "), ("a: b: c", "1: not YAML: "), ("- 1", "is not a mapping"),
    ("{}\n---\n{}", "3: a policy is one document"),
    ("- *a", "1: anchors (&)"),
    ("fail-on: &a error", "1: anchors (&) and aliases (*) are not read"),
    ("\u{1B}[2J: 1", "not YAML: "), ("\"\\e[2J\": 1", "1: there is no key \\x1b[2J"),
  ])
  func faults(_ text: String, _ words: String) throws {
    let error = try #require(throws: PolicyError.self) { try Policy(yaml: text, file: "p.yml") }
    #expect("\(error)".hasPrefix("p.yml:"))
    #expect("\(error)".contains(words), "\(error)")
  }

  /// A few lines that stand for 10^20 values, as values and as keys.
  @Test(.timeLimit(.minutes(1)), arguments: ["- [%]", "- {? [%] : 1}"])
  func bombs(_ line: String) throws {
    var lines = ["- &a0 [x]"]
    for level in 1...20 {
      let aliases = Array(repeating: "*a\(level - 1)", count: 10).joined(separator: ", ")
      lines.append(
        line.replacing("%", with: aliases).replacing("- ", with: "- &a\(level) "))
    }
    #expect(throws: PolicyError.self) {
      try Policy(yaml: lines.joined(separator: "\n"), file: "p.yml")
    }
  }

  @Test func deepNestingAndLongFiles() throws {
    #expect(throws: PolicyError.self) {
      try Policy(yaml: String(repeating: "[", count: 100_000), file: "p.yml")
    }
    #expect(throws: PolicyError.self) {
      try Policy(yaml: "a: " + String(repeating: "{a: ", count: 100_000), file: "p.yml")
    }
    let scratch = try ScratchFolder()
    try write(Array(repeating: 0x0A, count: 1 << 19), to: scratch.file("p.yml"))
    #expect(throws: (any Error).self) { try Policy.read(scratch.file("p.yml")) }
    try write([0xFF], to: scratch.file("q.yml"))
    #expect(throws: PolicyError.self) { try Policy.read(scratch.file("q.yml")) }
  }
}

/// `docs/policy.schema.json` against the tables that the reader goes by.
@Suite struct PolicySchemaTests {
  private let root: JSONValue

  init() throws {
    root = try JSONDocument.parse(bytes(of: Fixtures.project + "/docs/policy.schema.json")).root
  }

  @Test func saysWhatTheReaderDoes() { check(root, PolicyKey.all, "policy") }

  private func check(_ schema: JSONValue, _ keys: [PolicyKey], _ place: String) {
    #expect(schema["type"]?.string == "object", "\(place)")
    #expect(schema["additionalProperties"]?.bool == false, "\(place)")
    let properties = schema["properties"]
    #expect(properties?.members.map(\.key) == keys.map(\.name), "\(place)")
    let required = schema["required"]?.elements.compactMap(\.string) ?? []
    #expect(required == keys.filter(\.isRequired).map(\.name), "\(place)")
    for key in keys {
      guard let property = properties?[key.name] else { continue }
      check(property, key)
    }
  }

  private func check(_ schema: JSONValue, _ key: PolicyKey) {
    let type = schema["type"]?.string
    func choices(_ schema: JSONValue?) -> [String]? {
      schema?["enum"]?.elements.compactMap(\.string)
    }
    switch key.kind {
    case .text: #expect(type == "string" && schema["minLength"]?.int64 == 1, "\(key.name)")
    case .choice(let names): #expect(choices(schema) == names, "\(key.name)")
    case .amount: #expect(schema["$ref"]?.string == "#/$defs/amount", "\(key.name)")
    case .day: #expect(type == "string" && schema["pattern"] != nil, "\(key.name)")
    case .rule: #expect(type == "string", "\(key.name)")
    case .rules:
      #expect(type == "array" && schema["items"]?["type"]?.string == "string", "\(key.name)")
    case .ruleChoices(let names):
      #expect(choices(schema["additionalProperties"]) == names, "\(key.name)")
    case .mapping(let keys): check(schema, keys, key.name)
    case .list(let keys):
      #expect(type == "array", "\(key.name)")
      if let items = schema["items"] { check(items, keys, key.name) }
    }
  }
}
