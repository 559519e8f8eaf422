import Archive
import Checkpoint
import Testing
@testable import Verify

@testable import Policy

/// What a policy makes of an outcome, as values.
@Suite struct PolicyTests {
  private static let today = Day("2026-05-01") ?? .today

  private func finding(_ rule: String, _ severity: Severity, _ entry: String?) -> Finding {
    Finding(
      rule: rule, severity: severity, consequence: .refused,
      location: entry.map(Location.entry) ?? .archive, message: "", evidence: [:], remedies: [])
  }

  private func outcome(_ policy: Policy, path: String = "broken/a.tar") -> Outcome {
    var report = Verifier.verify(Checkpoint(source: source, entries: [], damage: nil, tail: nil))
    report.verdict = .notRestorable
    report.findings = [
      finding("archive.truncated", .error, "checkpoint/a.img"),
      finding("archive.bad-size", .error, "checkpoint/b.img"),
      finding("archive.bad-size", .error, nil), finding("archive.end-marker", .warning, nil),
    ]
    var outcome = Outcome(path: path, .success(report), failOn: policy.failOn ?? .error)
    policy.apply(to: &outcome, in: "/home", on: Self.today)
    return outcome
  }

  private var source: Checkpoint.Source {
    Checkpoint.Source(path: "a.tar", form: .tar, compression: .none, storedSize: nil)
  }

  private func shown(_ outcome: Outcome) -> [String] {
    outcome.report?.findings.map { "\($0.rule) \($0.severity.rawValue)" } ?? []
  }

  @Test func nothingChangesNothing() {
    let outcome = outcome(Policy())
    #expect(shown(outcome).count == 4)
    #expect(outcome.exitCode == 1)
    #expect(outcome.ignored.isEmpty && outcome.turnedOff.isEmpty)
  }

  @Test func severities() {
    var policy = Policy()
    policy.severity = [
      "archive.truncated": .note, "archive.bad-size": .off, "archive.end-marker": .error,
    ]
    let outcome = outcome(policy)
    #expect(shown(outcome) == ["archive.end-marker error", "archive.truncated note"])
    #expect(outcome.turnedOff == ["archive.bad-size"])
    #expect(outcome.verdict == .notRestorable)
    #expect(outcome.exitCode == 1)
    policy.severity["archive.end-marker"] = .warning
    #expect(self.outcome(policy).exitCode == 0)
    policy.failOn = .note
    #expect(self.outcome(policy).exitCode == 1)
  }

  @Test(
    arguments: [
      (nil, nil, nil, 2), ("checkpoint/*", nil, nil, 1), ("*", nil, nil, 0), ("**", nil, nil, 1),
      (nil, "broken/*", nil, 2), (nil, "*", nil, 0), (nil, nil, "2026-05-01", 2),
      (nil, nil, "2026-04-30", 0), ("checkpoint/b.img", "**/a.tar", "2027-01-01", 1),
    ] as [(String?, String?, String?, Int)])
  func ignores(_ entry: String?, _ path: String?, _ until: String?, _ count: Int) {
    var policy = Policy()
    policy.ignore = [
      Policy.Ignore(
        rule: "archive.bad-size", entry: entry.map(Glob.init), path: path.map(Glob.init),
        reason: "known", until: until.flatMap(Day.init))
    ]
    let outcome = outcome(policy)
    #expect(outcome.ignored.count == count)
    #expect(outcome.ignored.allSatisfy { $0.reason == "known" && $0.until == until })
    #expect(shown(outcome).count == 4 - count)
    #expect(outcome.verdict == .notRestorable)
    #expect(policy.notices(on: Self.today).count == (until == "2026-04-30" ? 1 : 0))
  }

  @Test(
    arguments: [
      (Verdict.notRestorable, [], true), (.notRestorable, ["archive.truncated"], true),
      (.notRestorable, ["archive.truncated", "archive.bad-header"], false),
      (.restorable, [], false),
      (.unsafe, ["archive.truncated"], false),
    ] as [(Verdict, [String], Bool)])
  func expectations(_ verdict: Verdict, _ rules: [String], _ isMet: Bool) {
    var policy = Policy()
    // What is turned off or ignored is expected all the same.
    policy.severity = ["archive.truncated": .off]
    policy.expect = [Policy.Expect(path: Glob("broken/*.tar"), verdict: verdict, rules: rules)]
    for path in ["broken/a.tar", "./broken//a.tar", "/home/broken/a.tar"] {
      let outcome = outcome(policy, path: path)
      #expect(outcome.expectation?.isMet == isMet)
      #expect(outcome.exitCode == (isMet ? 0 : 1))
    }
    #expect(outcome(policy, path: "x/broken/a.tar").expectation == nil)
  }

  @Test func theFirstExpectationCounts() {
    var policy = Policy()
    policy.expect = [
      Policy.Expect(path: Glob("broken/*"), verdict: .notRestorable),
      Policy.Expect(path: Glob("**"), verdict: .restorable),
    ]
    #expect(outcome(policy).exitCode == 0)
    #expect(outcome(policy, path: "good/a.tar").exitCode == 1)
  }

  /// A file that is missing is not the damage that was expected.
  @Test func errorsAreNeverExpected() {
    var policy = Policy()
    policy.expect = [Policy.Expect(path: Glob("**"), verdict: .unreadable)]
    let error = ArchiveError.notAnArchive(path: "a", reason: "")
    var outcome = Outcome(path: "a.tar", .failure(error))
    policy.apply(to: &outcome, in: "", on: Self.today)
    #expect(outcome.expectation?.isMet == false)
    #expect(outcome.exitCode == 2)
  }
}
