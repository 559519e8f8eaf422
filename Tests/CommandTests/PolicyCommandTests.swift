import Checkpoint
import Foundation
import Support
import Testing

@testable import Verify

/// `.ckptmend.yml`, as a CI job has it.
@Suite struct PolicyCommandTests {
  private let scratch: ScratchFolder
  private static let good = Sketch.tar(Sketch.minimal.files)
  private static let broken = Sketch.tar(
    Sketch.minimal.removing("checkpoint/pstree.img").files)
  private static let expectation = """
    expect:
      - path: broken/*.tar
        verdict: not-restorable
        rules: [criu.pstree-missing]
      - path: "**"
        verdict: restorable
    """

  init() throws {
    scratch = try ScratchFolder()
    for folder in ["broken", "good"] {
      try FileManager.default.createDirectory(
        atPath: scratch.file(folder), withIntermediateDirectories: false)
    }
    try write(Self.broken, to: scratch.file("broken/a.tar"))
    try write(Self.good, to: scratch.file("good/a.tar"))
  }

  private func policy(_ text: String, _ name: String = ".ckptmend.yml") throws {
    try write(Array(text.utf8), to: scratch.file(name))
  }

  private func verify(_ arguments: String...) throws -> Program.Outcome {
    try Program.run(["verify", "-r", "."] + arguments, in: scratch.path)
  }

  @Test func expectedFixturesPass() throws {
    try policy(Self.expectation)
    let outcome = try verify()
    #expect(outcome.status == 0, "\(outcome.output)\(outcome.errors)")
    #expect(outcome.output.contains("broken/a.tar: not-restorable"))
    #expect(outcome.output.contains("as expected: not-restorable with criu.pstree-missing"))
    #expect(outcome.output.contains("2 as expected, 0 not"))
    #expect(try verify("--no-policy").status == 1)
  }

  private static let words: [(format: String, words: String)] = [
    ("text", "not as expected: it is"), ("json", #""isMet" : false"#),
    ("ndjson", #""notAsExpected":1"#), ("sarif", #""ruleId":"policy.expectation""#),
    ("junit", #"<failure type="expectation""#), ("github", "title=not as expected::"),
    ("markdown", "not as expected**"),
  ]

  @Test(arguments: words)
  func fixtureThatStopsFailing(_ format: String, _ words: String) throws {
    try policy(Self.expectation)
    try write(Self.good, to: scratch.file("broken/a.tar"))
    let outcome = try verify("--format", format)
    #expect(outcome.status == 1)
    #expect(outcome.output.contains(words), "\(outcome.output)")
    #expect(outcome.output.contains("criu.pstree-missing"))
  }

  @Test(arguments: words)
  func fixtureThatStartsFailing(_ format: String, _ words: String) throws {
    try policy(Self.expectation)
    try write(Self.broken, to: scratch.file("good/a.tar"))
    let outcome = try verify("--format", format)
    #expect(outcome.status == 1)
    #expect(outcome.output.contains(words), "\(outcome.output)")
  }

  /// The verdict is right and the cause is another.
  @Test func fixtureThatFailsForAnotherReason() throws {
    try policy(Self.expectation)
    try write(
      Sketch.tar(Sketch.minimal.removing("config.dump").files), to: scratch.file("broken/a.tar"))
    let outcome = try verify()
    #expect(outcome.status == 1)
    #expect(
      outcome.output.contains(
        "it is not-restorable, without criu.pstree-missing, not not-restorable with"),
      "\(outcome.output)")
  }

  /// A fixture that is gone is not tested any more; nobody would notice.
  @Test(arguments: [
    (["."], true), (["broken/../broken"], false), (["broken"], true), (["good"], false),
  ])
  func fixtureThatIsGone(_ folders: [String], _ warns: Bool) throws {
    try policy(
      Self.expectation.replacingOccurrences(of: "broken/*.tar", with: "broken/cut/*.tar"))
    let outcome = try Program.run(["verify", "-r"] + folders, in: scratch.path)
    let warning = """
      .ckptmend.yml:2: warning: nothing is there for broken/cut/*.tar, expected to be not-restorable

      """
    #expect(outcome.errors == (warns ? warning : ""))
  }

  @Test func oneInputIsNotAllFixtures() throws {
    try policy(
      Self.expectation.replacingOccurrences(of: "broken/*.tar", with: "broken/cut/*.tar"))
    let outcome = try Program.run(["verify", "good/a.tar"], in: scratch.path)
    #expect(outcome.status == 0 && outcome.errors == "")
  }

  @Test func hostileInputsFailUnlessExpected() throws {
    try write(Sketch.tar([Sketch.file("../x")]), to: scratch.file("good/a.tar"))
    let rule = try #require(Rule.all.first { $0.id == "archive.path-escape" }).id
    try policy("ignore: [{rule: \(rule), reason: known}]\nseverity: {criu.pstree-missing: off}")
    #expect(try verify().status == 3)
    try policy("expect: [{path: good/*, verdict: unsafe}]\nseverity: {criu.pstree-missing: off}")
    #expect(try verify().status == 0)
  }

  /// A policy silences findings and never betters a verdict.
  @Test(arguments: [
    "severity: {criu.pstree-missing: note}", "severity: {criu.pstree-missing: off}",
  ])
  func verdictStays(_ text: String) throws {
    try policy(text)
    let outcome = try verify()
    #expect(outcome.status == 0)
    #expect(outcome.output.contains("broken/a.tar: not-restorable"))
  }

  @Test func exceptionsEnd() throws {
    let exception = """
      ignore:
        - rule: criu.pstree-missing
          entry: checkpoint/*.img
          path: broken/**
          reason: kept for a test
          until:
      """
    try policy(exception + " 9999-12-31", "long.yml")
    let outcome = try verify("--policy", "long.yml", "-v")
    #expect(outcome.status == 0, "\(outcome.output)")
    #expect(outcome.output.contains("because: kept for a test (until 9999-12-31)"))
    try policy(exception + " 2020-02-29", "short.yml")
    let ended = try verify("--policy", "short.yml")
    #expect(ended.status == 1)
    #expect(
      ended.errors
        == "short.yml:2: warning: the exception for criu.pstree-missing ended on 2020-02-29 and no longer applies\n"
    )
  }

  @Test func settings() throws {
    try policy("limits: {entries: 3}")
    #expect(try verify().status == 3)
    #expect(try verify("--limit", "entries=1K").status == 1)
    try policy("engine: docker", "engine.yml")
    let outcome = try verify("--policy", "engine.yml")
    #expect(outcome.output.contains("(docker, "), "\(outcome.output)")
    try policy("fail-on: nothing", "bad.yml")
    let refused = try verify("--policy", "bad.yml")
    #expect(refused.status == 64)
    #expect(refused.errors.hasPrefix("ckptmend: bad.yml:1: fail-on is nothing, which is none of"))
    #expect(try verify("--policy", "missing.yml").status == 64)
    #expect(try verify("--policy", "engine.yml", "--no-policy").status == 64)
  }
}
