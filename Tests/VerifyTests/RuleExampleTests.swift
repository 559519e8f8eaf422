import Checkpoint
import Testing
import Verify

/// Every rule, held against its own examples.
@Suite struct RuleExampleTests {
  struct Case: Sendable, CustomTestStringConvertible {
    let rule: Rule
    let example: Example

    var testDescription: String {
      "\(rule.id): \(example.fires ? "fires" : "silent"), \(example.name)"
    }
  }

  static let cases = Rule.all.flatMap { rule in rule.examples.map { Case(rule: rule, example: $0) }
  }

  @Test(arguments: cases)
  func example(_ item: Case) {
    let report = Verifier.verify(item.example.sketch.checkpoint, target: item.example.target)
    let found = report.findings.filter { $0.rule == item.rule.id }
    #expect(
      found.isEmpty != item.example.fires,
      "\(found.map(\.message)); not checked: \(report.notChecked)")
    for finding in found {
      #expect(!finding.message.isEmpty)
      #expect(finding.message.allSatisfy { !$0.isNewline })
    }
  }

  @Test func idsAreUniqueAndWellFormed() {
    let ids = Rule.all.map(\.id)
    #expect(Set(ids).count == ids.count)
    for id in ids {
      #expect(id.wholeMatch(of: /[a-z]+(\.[a-z0-9]+(-[a-z0-9]+)*)+/) != nil, "\(id)")
    }
  }

  @Test func everyRuleHasExamplesBothWays() {
    for rule in Rule.all {
      #expect(rule.examples.contains { $0.fires }, "\(rule.id)")
      #expect(rule.examples.contains { !$0.fires }, "\(rule.id)")
    }
  }

  static let minimal: [String: Sketch] = [
    "Podman": .minimal, "CRI-O": .minimalCRIO, "containerd": .minimalContainerd,
    "images": .minimalImages, "Docker": .minimalDocker,
  ]

  @Test(arguments: minimal.keys.sorted())
  func minimalIsRestorable(_ name: String) throws {
    let sketch = try #require(Self.minimal[name])
    let report = Verifier.verify(sketch.checkpoint)
    #expect(report.verdict == .restorable)
    #expect(report.findings.filter { $0.severity >= .warning }.map(\.message) == [])
  }
}
