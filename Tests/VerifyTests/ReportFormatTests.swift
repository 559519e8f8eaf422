import Archive
import Checkpoint
import Foundation
import FoundationXML
import Support
import Testing

@testable import Verify

/// Every form of a report, read by what reads it elsewhere; all names are hostile.
@Suite struct ReportFormatTests {
  private let outcomes = HostileOutcomes.all
  private let findings = HostileOutcomes.all.compactMap { $0.report?.findings.count }.reduce(0, +)

  private func object(_ text: some StringProtocol) throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
  }

  /// Nothing that a terminal or a log would run, in whatever form.
  @Test func noFormHoldsControls() throws {
    let style = HostileOutcomes.style
    let writers: [any ReportWriter] = [
      TextWriter(style), JSONWriter(style), LinesWriter(), SARIFWriter(style), JUnitWriter(style),
      GitHubWriter(style), MarkdownWriter(style),
    ]
    for writer in writers {
      let text = try HostileOutcomes.written(writer)
      let controls = text.unicodeScalars.filter {
        $0 != "\n" && $0.properties.generalCategory == .control
          || $0.properties.generalCategory == .format
      }
      #expect(controls.isEmpty, "\(type(of: writer)): \(controls)")
    }
  }

  @Test func text() throws {
    let text = try HostileOutcomes.written(TextWriter(HostileOutcomes.style))
    for line in text.split(separator: "\n") {
      #expect(!line.drop { $0 == " " }.hasPrefix("::") && !line.contains("##"), "\(line)")
    }
    #expect(text.contains(#"line\x0abreak"#))
    #expect(text.hasSuffix("1 as expected, 1 not\n"))
    #expect(Defence.log("  ::error::x ##[y]") == #"  \x3a:error::x #\x23[y]"#)
  }

  @Test func json() throws {
    let text = try HostileOutcomes.written(JSONWriter(HostileOutcomes.style))
    let list = try #require(
      try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [[String: Any]])
    #expect(list.count == outcomes.count)
    for (item, outcome) in zip(list, outcomes) {
      #expect(item["verdict"] as? String == outcome.verdict.rawValue)
      #expect((item["error"] as? String) == outcome.error)
    }
    // The same layout as the encoder's own, so that one report is a part of many.
    let alone = try encodedJSON(outcomes)
    #expect(alone == text)
    var single = HostileOutcomes.style
    single.isList = false
    #expect(
      try HostileOutcomes.written(JSONWriter(single), [outcomes[1]])
        == outcomes[1].report.map { try $0.json() })
    #expect(try HostileOutcomes.written(JSONWriter(HostileOutcomes.style), []) == "[]\n")
  }

  @Test func lines() throws {
    let text = try HostileOutcomes.written(LinesWriter())
    let lines = try text.split(separator: "\n").map(object)
    #expect(lines.count == outcomes.count + 1)
    let summary = try #require(lines.last?["summary"] as? [String: Any])
    #expect(summary["inputs"] as? Int == outcomes.count)
    #expect(summary["exitCode"] as? Int == 3)
    #expect(summary["notAsExpected"] as? Int == 1)
    let verdicts = try #require(summary["verdicts"] as? [String: Int])
    #expect(verdicts.values.reduce(0, +) == outcomes.count)
    #expect(verdicts["unreadable"] == HostileOutcomes.names.count)
  }

  @Test func sarif() throws {
    let text = try HostileOutcomes.written(SARIFWriter(HostileOutcomes.style))
    let log = try object(text)
    #expect(SARIFCheck.violations(of: log) == [])
    let run = try #require((log["runs"] as? [[String: Any]])?.first)
    let results = try #require(run["results"] as? [[String: Any]])
    let driver = (run["tool"] as? [String: Any])?["driver"] as? [String: Any]
    let rules = try #require(driver?["rules"] as? [[String: Any]])
    let ids = rules.compactMap { $0["id"] as? String }
    #expect(Set(ids).count == ids.count)
    // Those that count, those ignored, and the one that was not as expected.
    let ignored = outcomes.reduce(0) { $0 + $1.ignored.count }
    #expect(results.count == findings + ignored + 1)
    for result in results {
      let index = try #require(result["ruleIndex"] as? Int)
      #expect(ids[index] == result["ruleId"] as? String)
    }
    let suppressed = results.filter { $0["suppressions"] != nil }
    #expect(suppressed.count == ignored + HostileOutcomes.report.findings.count)
    let prints = results.compactMap {
      ($0["partialFingerprints"] as? [String: String])?["ckptmend/v1"]
    }
    #expect(Set(prints).count == results.count)
    let invocation = try #require((run["invocations"] as? [[String: Any]])?.first)
    #expect(invocation["executionSuccessful"] as? Bool == false)
    #expect(invocation["exitCode"] as? Int == 3)
    let errors = invocation["toolExecutionNotifications"] as? [Any]
    #expect(errors?.count == HostileOutcomes.names.count)
    #expect((invocation["toolConfigurationNotifications"] as? [Any])?.count == 1)
  }

  @Test func sarifOfNothing() throws {
    let log = try object(try HostileOutcomes.written(SARIFWriter(ReportStyle()), []))
    #expect(SARIFCheck.violations(of: log) == [])
  }

  /// The check itself.
  @Test(arguments: [
    "{}", #"{"version":"2.0.0","runs":[]}"#, #"{"version":"2.1.0","runs":[{}]}"#,
    #"{"version":"2.1.0","runs":[{"tool":{"driver":{"name":"x"}},"more":1}]}"#,
    #"{"version":"2.1.0","runs":[{"tool":{"driver":{"name":"x"}},"results":[{}]}]}"#,
    #"{"version":"2.1.0","runs":[{"tool":{"driver":{"name":1}}}]}"#,
    #"{"version":"2.1.0","$schema":"a b","runs":[]}"#,
    #"{"version":"2.1.0","$schema":"a:b:c","runs":[]}"#,
  ])
  func sarifCheckRefuses(_ text: String) throws {
    #expect(!SARIFCheck.violations(of: try object(text)).isEmpty)
  }

  @Test func junit() throws {
    let text = try HostileOutcomes.written(JUnitWriter(HostileOutcomes.style))
    let reader = SuiteReader()
    let parser = XMLParser(data: Data(text.utf8))
    parser.delegate = reader
    #expect(parser.parse(), "\(String(describing: parser.parserError))")
    #expect(reader.suites.count == outcomes.count)
    for (suite, outcome) in zip(reader.suites, outcomes) {
      #expect(suite.name == Escape.text(ArtifactPath(outcome.path, in: "").path))
      for kind in ["tests", "failures", "errors", "skipped"] {
        #expect(suite.stated[kind] == suite.counted[kind, default: 0], "\(suite)")
      }
      let bad = suite.counted["failures", default: 0] + suite.counted["errors", default: 0]
      #expect((bad == 0) == (outcome.exitCode == 0), "\(suite)")
    }
    // Every message came through as it was.
    let messages = Set(HostileOutcomes.report.findings.filter { $0.severity == .error }.map(\.rule))
    #expect(messages.isSubset(of: reader.names))
    #expect(reader.text.contains("]]>"))
    #expect(reader.text.contains("<&\"'>"))
  }

  @Test func xmlCharacters() {
    #expect(XML.text("a\u{0}\u{1B}\u{FFFE}<>&\"") == "a\u{FFFD}\u{FFFD}\u{FFFD}&lt;&gt;&amp;&quot;")
    #expect(XML.quoted("a\nb\tc\rd") == "\"a&#10;b&#9;c&#13;d\"")
  }

  @Test func github() throws {
    let text = try HostileOutcomes.written(GitHubWriter(HostileOutcomes.style))
    let commands = text.split(separator: "\n").compactMap { GitHubCommand("\($0)") }
    // All but the summary, which is no command.
    #expect(commands.count == text.split(separator: "\n").count - 1)
    let met = HostileOutcomes.report.findings.count
    #expect(commands.count == findings - met + 1 + HostileOutcomes.names.count + 2)
    for command in commands {
      #expect(["error", "warning", "notice"].contains(command.name))
      #expect(Set(command.properties.keys).isSubset(of: ["file", "title", "line"]))
    }
    let files = Set(commands.compactMap { $0.properties["file"] })
    #expect(
      files.isSuperset(
        of: outcomes.filter { $0.exitCode != 0 }.map {
          Escape.text(ArtifactPath($0.path, in: "").path)
        }))
    let first = try #require(HostileOutcomes.report.findings.first)
    let shown = "\(first.location): \(first.message)\nthen: "
    #expect(commands.contains { $0.message.hasPrefix(shown) })
  }

  @Test(.enabled(if: Tool.markdown.exists, "cmark-gfm is not installed"))
  func markdown() throws {
    let scratch = try ScratchFolder()
    let text = try HostileOutcomes.written(MarkdownWriter(HostileOutcomes.style))
    try write(Array(text.utf8), to: scratch.file("report.md"))
    let read = try Tool.markdown.run(
      "-e", "table", "-e", "autolink", "-e", "strikethrough", "--unsafe", "-t", "xml",
      scratch.file("report.md"))
    #expect(read.status == 0)
    let reader = MarkdownReader()
    let parser = XMLParser(data: Data(read.output))
    parser.delegate = reader
    #expect(parser.parse())
    // A row for each, of five cells.
    #expect(reader.counts["table_header"] == 1)
    #expect(reader.counts["table_row"] == outcomes.count)
    #expect(reader.counts["table_cell"] == (outcomes.count + 1) * 5)
    // Nothing of what the names tried.
    for kind in ["link", "image", "html_inline", "html_block", "strikethrough", "list"] {
      #expect(reader.counts[kind] == nil, "\(kind)")
    }
    for outcome in outcomes { #expect(reader.codes.contains(Escape.text(outcome.path))) }
  }
}

/// Fingerprints and the paths in reports.
@Suite struct ArtifactPathTests {
  @Test(arguments: [
    ("a b/c.tar", "a%20b/c.tar"), ("./a//b.tar", "a/b.tar"), ("/base/a.tar", "a.tar"),
    ("/based/a.tar", "file:///based/a.tar"), ("oci:images:web", "oci%3Aimages%3Aweb"),
    ("é\n%.tar", "%C3%A9%0A%25.tar"), ("../a.tar", "../a.tar"), ("-", "-"),
  ])
  func references(_ path: String, _ uri: String) {
    #expect(ArtifactPath(path, in: "/base").uri == uri)
  }

  private func prints(_ path: String, in folder: String, _ findings: [Finding]) -> [String] {
    var prints = Fingerprints(of: ArtifactPath(path, in: folder))
    return findings.map { prints.next(for: $0) }
  }

  /// The same on another machine and with other findings around; another for another place.
  @Test func fingerprintsAreStable() {
    func finding(_ location: Location, _ message: String = "") -> Finding {
      Finding(
        rule: "archive.truncated", severity: .error, consequence: .refused, location: location,
        message: message, evidence: [:], remedies: [])
    }
    let findings = [
      finding(.entry("a")), finding(.record("a", 3, offset: 70)), finding(.value("a", "/b")),
      finding(.archive), finding(.entry("b")),
    ]
    let first = prints("x/a.tar", in: "/home/one", findings)
    #expect(Set(first).count == findings.count)
    #expect(prints("/srv/two/x/a.tar", in: "/srv/two", findings) == first)
    #expect(prints("x/a.tar", in: "", findings.reversed()) == first.reversed())
    #expect(prints("x/a.tar", in: "", [finding(.record("a", 9, offset: 1), "more")]) == [first[1]])
    #expect(prints("x/b.tar", in: "", findings) != first)
    // Fixed for ever: a change makes every old finding a new one elsewhere.
    #expect(first[0] == "a5504a9e82ed03f5c03afa3c505161e2")
  }
}
