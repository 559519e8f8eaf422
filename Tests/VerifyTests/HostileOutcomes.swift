import Archive
import Checkpoint

@testable import Verify

/// Outcomes whose names are made to break the forms that reports are written in.
enum HostileOutcomes {
  static let names: [[UInt8]] =
    [
      "line\nbreak", "\u{1B}[31mred\u{1B}]0;title\u{7}", "\n::error file=x::pwned",
      "##[error]pwned",
      "]]></failure><x>", "<&\"'>", "a|b", "`code` ```", "![x](http://x/) @someone <b>", "%0A%3A,:",
      "\u{0}\u{1}\u{FFFE}\u{202E}\u{2028}",
    ].map { Array($0.utf8) } + [[0xFF, 0xC0, 0x41], [0xED, 0xA0, 0x80]]

  /// Entries that lead out of the folder: every name comes into a finding.
  static let sketch = names.enumerated().reduce(Sketch.minimal) { sketch, item in
    sketch.adding("entry-\(item.offset)").editing("entry-\(item.offset)") { file in
      file.entry.name = EntryName(Array("../".utf8) + item.element)
    }
  }

  static var report: Report { Verifier.verify(sketch.checkpoint) }

  /// One of each kind, under a name of each kind.
  static let all: [Outcome] = {
    var outcomes: [Outcome] = []
    for name in names {
      let path = "dir/" + String(decoding: name.filter { $0 != 0 }, as: UTF8.self) + ".tar"
      outcomes.append(Outcome(path: path, .success(report)))
      outcomes.append(Outcome(path: path, .success(Verifier.verify(Sketch.minimal.checkpoint))))
      outcomes.append(Outcome(path: path, .failure(.notAnArchive(path: path, reason: "none"))))
    }
    var ignoring = Outcome(path: "ignored.tar", .success(report))
    ignoring.ignored = report.findings.map {
      Outcome.Ignored(finding: $0, reason: "a\nreason ::error::x ]]> `|`", until: "2030-01-01")
    }
    var quiet = report
    quiet.findings = []
    ignoring.result = .success(quiet)
    var met = Outcome(path: "met.tar", .success(report))
    met.expectation = .init(verdict: .unsafe, rules: [report.findings[0].rule], of: report)
    var unmet = Outcome(path: "unmet.tar", .success(report))
    unmet.expectation = .init(verdict: .restorable, rules: ["archive.truncated"], of: report)
    return outcomes + [ignoring, met, unmet]
  }()

  static var style: ReportStyle {
    var style = ReportStyle()
    style.showsNotes = true
    return style
  }

  static let notice = RunSummary.Notice(path: ".ckptmend.yml", line: 3, message: "it ended")

  /// The whole document.
  static func written(_ writer: any ReportWriter, _ outcomes: [Outcome] = all) throws -> String {
    var writer = writer
    var summary = RunSummary(notices: [notice])
    var text = ""
    for outcome in outcomes {
      summary.add(outcome)
      text += try writer.add(outcome)
    }
    return text + (try writer.finish(summary))
  }
}
