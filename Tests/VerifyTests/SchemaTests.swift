import Archive
import Checkpoint
import Documents
import Host
import Support
import Testing
import Verify

/// Reports against `docs/report.schema.json`.
@Suite struct SchemaTests {
  static let sketches: [String: Sketch] = [
    "restorable": .minimal, "nothing": Sketch(),
    "damaged": Sketch.minimal.with { $0.damage = .init(.truncated, have: 1, need: 2, detail: "") },
    "missing": Sketch.minimal.removing("spec.dump", "checkpoint/pstree.img"),
    "document": Sketch.minimal.setting("spec.dump", "/process/args", to: "17"),
    "hostile": Sketch.minimal.adding("../x"),
  ]

  @Test(arguments: sketches.keys.sorted())
  func reportFollowsSchema(_ name: String) throws {
    let schema = try JSONDocument.parse(bytes(of: Fixtures.project + "/docs/report.schema.json"))
    let sketch = try #require(Self.sketches[name])
    let report = try JSONDocument.parse(Array(Verifier.verify(sketch.checkpoint).json().utf8))
    #expect(Schema(root: schema.root).violations(of: report.root) == [])
  }

  @Test func schemaRefusesOtherDocuments() throws {
    let schema = try JSONDocument.parse(bytes(of: Fixtures.project + "/docs/report.schema.json"))
    let other = try JSONDocument.parse(Array(#"{"verdict":"maybe","schemaVersion":2}"#.utf8))
    #expect(Schema(root: schema.root).violations(of: other.root).count > 5)
  }
}

/// The lines of a run against both schemas: one of each outcome, and the sum.
@Suite struct LinesSchemaTests {
  static func root(_ name: String) throws -> JSONDocument {
    try JSONDocument.parse(bytes(of: Fixtures.project + "/docs/\(name).schema.json"))
  }

  @Test func everyLine() throws {
    var summary = RunSummary(notices: [.init(path: "p.yml", line: 3, message: "ended")])
    let report = Verifier.verify(Sketch.minimal.removing("spec.dump").checkpoint)
    var outcomes = [
      Outcome(path: "a", .success(Verifier.verify(Sketch.minimal.checkpoint))),
      Outcome(path: "b", .success(report)),
      Outcome(path: "c", .failure(.notAnArchive(path: "c", reason: "it is empty"))),
    ]
    outcomes[1].ignored = report.findings.map { .init(finding: $0, reason: "known") }
    outcomes[1].expectation = .init(verdict: .notRestorable, rules: ["x"], of: report)
    let writer = LinesWriter()
    let schema = try Self.root("report")
    for outcome in outcomes {
      summary.add(outcome)
      let line = try JSONDocument.parse(Array(writer.add(outcome).utf8))
      #expect(Schema(root: schema.root).violations(of: line.root) == [])
    }
    let last = try JSONDocument.parse(Array(writer.finish(summary).utf8))
    #expect(Schema(root: try Self.root("summary").root).violations(of: last.root) == [])
    #expect(Schema(root: schema.root).violations(of: last.root) != [])
  }
}

/// Matrices against `docs/matrix.schema.json`.
@Suite struct MatrixSchemaTests {
  static func schema() throws -> JSONDocument {
    try JSONDocument.parse(bytes(of: Fixtures.project + "/docs/matrix.schema.json"))
  }

  @Test func realCheckpointsOnRecordedHosts() throws {
    var cells: [Matrix.Cell] = []
    for name in Fixtures.names.sorted().prefix(8) {
      let checkpoint = try Checkpoint.load(path: Fixtures.path(name))
      for host in HostTableTests.hosts {
        let facts = try HostFacts(json: bytes(of: "\(HostTableTests.folder)/\(host).json"))
        let report = Verifier.verify(checkpoint, target: Target(host: facts, options: []))
        cells.append(Matrix.Cell(host: facts.name, report: report))
      }
    }
    let matrix = try JSONDocument.parse(Array(Matrix(cells).json().utf8))
    #expect(Schema(root: try Self.schema().root).violations(of: matrix.root) == [])
    let rows = Array(try #require(matrix.root["checkpoints"]).elements)
    #expect(rows.count == 8)
    #expect(
      rows.allSatisfy { row in
        row["hosts"].map { Array($0.elements).count } == HostTableTests.hosts.count
      })
  }

  @Test(arguments: SchemaTests.sketches.keys.sorted())
  func everyVerdict(_ name: String) throws {
    let sketch = try #require(SchemaTests.sketches[name])
    let cell = Matrix.Cell(host: "a", report: Verifier.verify(sketch.checkpoint))
    let matrix = try JSONDocument.parse(Array(Matrix([cell]).json().utf8))
    #expect(Schema(root: try Self.schema().root).violations(of: matrix.root) == [])
  }

  @Test func nothing() throws {
    let matrix = try JSONDocument.parse(Array(Matrix([]).json().utf8))
    #expect(Schema(root: try Self.schema().root).violations(of: matrix.root) == [])
  }

  @Test(arguments: [
    "{}", #"{"schemaVersion":2,"checkpoints":[]}"#, #"{"schemaVersion":1,"checkpoints":{}}"#,
    #"{"schemaVersion":1,"checkpoints":[],"more":1}"#,
    #"{"schemaVersion":1,"checkpoints":[{"path":"a"}]}"#,
    #"{"schemaVersion":1,"checkpoints":[{"path":"a","hosts":[{"host":"b","verdict":"maybe","rules":[]}]}]}"#,
  ])
  func schemaRefusesOtherDocuments(_ text: String) throws {
    let other = try JSONDocument.parse(Array(text.utf8))
    #expect(Schema(root: try Self.schema().root).violations(of: other.root).isEmpty == false)
  }
}

/// The keywords that our schemas use, and no others.
struct Schema {
  let root: JSONValue

  func violations(of value: JSONValue) -> [String] { check(value, root, at: "") }

  private func check(_ value: JSONValue, _ schema: JSONValue, at place: String) -> [String] {
    if let reference = schema["$ref"]?.string {
      let name = String(reference.dropFirst("#/$defs/".count))
      return root["$defs"]?[name].map { check(value, $0, at: place) } ?? ["no \(reference)"]
    }
    var found: [String] = []
    if let type = schema["type"]?.string, !matches(value, type) {
      found.append("\(place): not \(type)")
    }
    if let const = schema["const"], !isSame(const, value) {
      found.append("\(place): not the constant")
    }
    if let choices = schema["enum"], !choices.elements.contains(where: { isSame($0, value) }) {
      found.append("\(place): not in the enumeration")
    }
    for name in schema["required"]?.elements.compactMap(\.string) ?? []
    where value[name] == nil { found.append("\(place): \(name) is missing") }
    let properties = schema["properties"]
    for member in value.kind == .object ? Array(value.members) : [] {
      if let property = properties?[member.key] {
        found += check(member.value, property, at: "\(place)/\(member.key)")
      } else if schema["additionalProperties"]?.bool == false {
        found.append("\(place): \(member.key) is unknown")
      }
    }
    if let items = schema["items"], value.kind == .array {
      for element in value.elements { found += check(element, items, at: "\(place)[]") }
    }
    return found
  }

  private func matches(_ value: JSONValue, _ type: String) -> Bool {
    switch type {
    case "integer": value.int64 != nil || value.uint64 != nil
    case "boolean": value.kind == .bool
    default: value.kind.rawValue == type
    }
  }

  private func isSame(_ left: JSONValue, _ right: JSONValue) -> Bool {
    left.kind == right.kind
      && (left.kind == .string ? left.string == right.string : left.bytes == right.bytes)
  }
}
