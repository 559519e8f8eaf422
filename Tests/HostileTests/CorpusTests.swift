import Archive
import Checkpoint
import Foundation
import Support
import Testing
import Verify

/// Every hostile archive is judged as it should be, in the process itself.
@Suite struct CorpusTests {
  @Test(arguments: HostileCase.all) func isJudgedRight(_ sample: HostileCase) throws {
    let bytes = try sample.bytes()
    if let folder = ProcessInfo.processInfo.environment["CKPTMEND_KEEP"] {
      let name = sample.testDescription.map { $0.isLetter || $0.isNumber ? $0 : "-" }
      try write(bytes, to: "\(folder)/\(String(name)).tar")
    }
    let report = try Self.report(bytes)
    let rules = Set(report.findings.filter { $0.severity >= .warning }.map(\.rule))
    #expect(rules == sample.rules)
    #expect(Self.answer(report) == sample.answer)
  }

  @Test func corpusIsLargeEnough() {
    let counts = Dictionary(grouping: HostileCase.all, by: \.category).mapValues(\.count)
    for (category, least) in [
      (HostileCase.Category.name, 40), (.link, 25), (.type, 10), (.size, 10), (.sparse, 10),
      (.extended, 35), (.compression, 20), (.document, 10), (.text, 10), (.image, 20),
    ] {
      #expect(counts[category, default: 0] >= least, "\(category)")
    }
    #expect(Set(HostileCase.all.map(\.testDescription)).count == HostileCase.all.count)
  }

  static func report(_ bytes: [UInt8]) throws -> Report {
    let reader: ArchiveReader
    do {
      reader = try ArchiveReader(bytes: bytes)
    } catch ArchiveError.damaged(let damage) {
      let source = Checkpoint.Source(
        path: "sample", form: .tar, compression: .none, storedSize: Int64(bytes.count))
      return Verifier.verify(Checkpoint(source: source, entries: [], damage: damage, tail: nil))
    }
    return Verifier.verify(try Checkpoint.load(reader, path: "sample"))
  }

  static func answer(_ report: Report) -> HostileCase.Answer {
    switch report.verdict {
    case .unsafe: .unsafe
    case .unreadable: .unreadable
    default: report.findings.contains { $0.severity == .error } ? .findings : .restorable
    }
  }
}

/// A report of endless findings is none.
@Suite struct LengthTests {
  @Test func findingsAreCounted() throws {
    var tar = TarBuilder.checkpoint
    for index in 0..<2500 { tar.link("l\(index)", "2", to: index == 2000 ? "/etc" : "spec.dump") }
    tar.end()
    let report = try CorpusTests.report(tar.bytes)
    let links = report.findings.filter { $0.rule == "archive.link-entry" }
    // Those that are listed, with the one that is worse, and how many are not.
    #expect(links.count == 1001)
    #expect(links.contains { $0.consequence == .security })
    #expect(links.contains { $0.evidence["omitted"] == .number(1499) })
    #expect(report.verdict == .unsafe)
  }
}
