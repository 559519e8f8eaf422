import Archive
import CRIUImages
import Checkpoint
import Foundation
import FoundationXML
import Support
import SystemPackage
import Testing

@testable import Verify

/// Pages as an XML parser reads them.
@Suite struct HTMLReportTests {
  /// Elements, attributes and text of a page, read by libxml2.
  private final class Page: NSObject, XMLParserDelegate {
    var names: [String: Int] = [:]
    var attributes: [(element: String, name: String, value: String)] = []
    var text = ""
    var headings: [Int] = []

    init(_ source: String) throws {
      super.init()
      let parser = XMLParser(data: Data(source.utf8))
      parser.delegate = self
      try #require(parser.parse(), "\(String(describing: parser.parserError))")
    }

    func parser(
      _ parser: XMLParser, didStartElement name: String, namespaceURI: String?,
      qualifiedName: String?, attributes given: [String: String]
    ) {
      names[name, default: 0] += 1
      for (key, value) in given { attributes.append((name, key, value)) }
      if name.count == 2, name.first == "h", let level = Int(name.dropFirst()) {
        headings.append(level)
      }
    }

    func parser(_ parser: XMLParser, foundCharacters string: String) { text += string }

    func values(_ name: String) -> [String] { attributes.filter { $0.name == name }.map(\.value) }
  }

  private func source(_ checkpoint: Checkpoint, _ more: Inspection.Details = []) -> String {
    HTMLReport(
      Verifier.verify(checkpoint), Inspection(checkpoint, details: .all.union(more))
    ).text
  }

  /// What holds for every page.
  private func check(_ source: String) throws -> Page {
    let page = try Page(source)
    for element in ["script", "link", "img", "iframe", "object", "form", "base"] {
      #expect(page.names[element] == nil, "\(element)")
    }
    #expect(!page.attributes.contains { $0.name.hasPrefix("on") || $0.name == "src" })
    #expect(!page.attributes.contains { $0.name == "style" })
    #expect(page.values("href").allSatisfy { $0.hasPrefix("#") })
    let ids = page.values("id")
    #expect(Set(ids).count == ids.count)
    #expect(page.values("href").allSatisfy { ids.contains(String($0.dropFirst())) })
    #expect(page.values("aria-labelledby").allSatisfy(ids.contains))
    #expect(page.values("content").contains { $0.hasPrefix("default-src 'none';") })
    #expect((page.names["th"] ?? 0) == page.attributes.filter { $0.name == "scope" }.count)
    #expect(page.names["caption"] == page.names["table"])
    for (before, after) in zip(page.headings, page.headings.dropFirst()) {
      #expect(after <= before + 1, "a heading of level \(after) after \(before)")
    }
    return page
  }

  @Test(arguments: Fixtures.names)
  func realCheckpoints(_ name: String) throws {
    let checkpoint = try Checkpoint.load(path: Fixtures.path(name))
    let text = source(checkpoint)
    #expect(text == source(checkpoint))
    let page = try check(text)
    let inspection = Inspection(checkpoint, details: .all)
    let dump = try #require(inspection.dumps.first)
    var expected: [String?] = ["Restorable", dump.engine, dump.container.name, dump.criu.runID]
    expected += dump.processes.map { "\($0.pid) \($0.name ?? "?")" }
    expected += (dump.mounts ?? []).map(\.path) + (inspection.contents ?? []).map(\.path)
    expected += (dump.files ?? []).flatMap(\.descriptors).map(\.target)
    expected += (dump.memory ?? []).flatMap(\.areas).map(\.file)
    for case let words? in expected { #expect(page.text.contains(words), "\(words)") }
    #expect(page.names["svg"] == (dump.memory?.count ?? 0) * 2)
    #expect(!text.contains("PATH="))
  }

  @Test func findingsWithBothValuesAndRemedies() throws {
    let sketch = Sketch.minimal.resizing("checkpoint/pages-1.img", by: -1)
      .setting("config.dump", "/shmSize", to: "-1")
    let report = Verifier.verify(sketch.checkpoint)
    let page = try check(source(sketch.checkpoint))
    #expect(page.text.contains("Not restorable"))
    #expect(!report.findings.isEmpty)
    for finding in report.findings {
      #expect(page.text.contains(finding.message.dropFirst()) && page.text.contains(finding.rule))
      #expect(page.text.contains(finding.location.description))
      for value in finding.evidence.values { #expect(page.text.contains(value.plain)) }
      for remedy in finding.remedies {
        #expect(page.text.contains(remedy.instruction.replacing("`", with: "")))
      }
      if let phrase = finding.consequence.phrase { #expect(page.text.contains("Then: \(phrase).")) }
    }
  }

  @Test(arguments: SchemaTests.sketches.keys.sorted())
  func everyVerdict(_ name: String) throws {
    let checkpoint = try #require(SchemaTests.sketches[name]).checkpoint
    let report = Verifier.verify(checkpoint)
    let page = try check(source(checkpoint))
    #expect(page.text.contains(report.verdict.words))
    for item in report.notChecked {
      #expect(page.text.contains(item.reason))
      for rule in item.rules { #expect(page.text.contains(rule)) }
    }
  }

  @Test func severalOnOnePage() throws {
    let pod = Sketch.minimal.wrapped(in: "one").adding("pod.options", text: "{}").checkpoint
    let pairs = [Sketch.minimal.checkpoint, Sketch().checkpoint, pod].map {
      (Verifier.verify($0), Inspection($0, details: .all))
    }
    let page = try check(HTMLReport(pairs).text)
    #expect(page.text.contains("3 checkpoints"))
  }

  /// What could not be read is on the page of a run, too, with its reason.
  @Test func whatCouldNotBeRead() throws {
    var writer = HTMLWriter()
    let checkpoint = Sketch.minimal.checkpoint
    var outcome = Outcome(path: "a.tar", .success(Verifier.verify(checkpoint)))
    outcome.inspection = Inspection(checkpoint, details: .all)
    _ = writer.add(outcome)
    let hostile = "<b>\u{1B}.tar"
    _ = writer.add(
      Outcome(path: hostile, .failure(.cannotRead(path: hostile, .noSuchFileOrDirectory))))
    let page = try check(writer.finish(RunSummary(notices: [])))
    #expect(page.text.contains("2 checkpoints"))
    #expect(page.text.contains("No such file or directory"))
    #expect(page.text.contains("<b>\\x1b.tar"))
  }

  @Test func comparisons() throws {
    let names = ["shell-none.tar", "shell-zstd.tar.zst"]
    let sides = try names.map { try Comparison.Side(path: Fixtures.path($0)) }
    let comparison = Comparison(sides[0], sides[1])
    let page = try check(HTMLReport(comparison).text)
    for section in comparison.sections {
      #expect(page.text.contains(section.title))
      for change in section.changes { #expect(page.text.contains(change.name)) }
    }
    #expect(!page.text.contains("HOSTNAME="))
    #expect(try check(HTMLReport(Comparison(sides[0], sides[0])).text).text.contains("The same"))
  }

  // MARK: Safety

  private static let hostile: [[UInt8]] = [
    Array("<script>alert(1)</script>".utf8), Array("\"><img src=x onerror=a>".utf8),
    Array("a'b]]>&amp;--><!--".utf8), [0x1B, 0x5B, 0x32, 0x4A, 0x0A, 0x0D, 0x09],
    [0xFF, 0xFE, 0x80], Array("\u{202E}\u{FFFE}\u{FFFF}".utf8),
  ]

  private static func sketch(_ name: [UInt8]) -> Sketch {
    let text = String(decoding: name, as: UTF8.self)
    let json = String(decoding: (try? JSONEncoder().encode(text)) ?? Data(), as: UTF8.self)
    return Sketch.minimal.adding("placeholder")
      .editing("placeholder") { $0.entry.name = EntryName(name) }
      .setting("config.dump", "/name", to: json)
      .setting("spec.dump", "/hostname", to: json)
      .setting("spec.dump", "/process/args", to: "[\(json)]")
      .messages(ImageName(.core, 1), CoreEntry.self) { $0[0].tc.comm = Data(name) }
      .messages(ImageName(.files), FileEntry.self) { $0[1].reg.name = Data(name) }
      .messages(ImageName(.mounts, 13), MntEntry.self) { $0[0].extKey = Data(name) }
  }

  @Test(arguments: hostile.indices)
  func hostileNames(_ index: Int) throws {
    let name = Self.hostile[index]
    let checkpoint = Self.sketch(name).checkpoint
    let text = source(checkpoint, .secrets)
    let page = try check(text)
    #expect(page.text.contains(Escape.text(name)))
    let raw: Set<Unicode.Scalar> = ["\u{1B}", "\r", "\u{202E}", "\u{FFFE}", "\u{FFFF}"]
    #expect(!text.unicodeScalars.contains(where: raw.contains))
    #expect(!text.contains("<script") && !text.contains("<img") && !text.contains("]]>"))
  }

  @Test(arguments: hostile.indices)
  func hostileComparisons(_ index: Int) throws {
    func side(_ sketch: Sketch) throws -> Comparison.Side {
      let digests = EntryDigests()
      var reader = ArchiveReader(entries: sketch.files.map { ($0.entry, $0.bytes) })
      reader.digest(into: digests)
      return Comparison.Side(try Checkpoint.load(reader, path: "<b>.tar"), digests)
    }
    let name = Self.hostile[index]
    let comparison = Comparison(
      try side(.minimal), try side(Self.sketch(name)), showingSecrets: true)
    let page = try check(HTMLReport(comparison).text)
    #expect(page.text.contains(Escape.text(name)) && page.text.contains("<b>.tar"))
  }

  @Test func secretsOnlyWhenAskedFor() throws {
    let checkpoint = Sketch.minimal
      .setting("spec.dump", "/process/env", to: #"["PASSWORD=hunter2"]"#).checkpoint
    #expect(!source(checkpoint).contains("hunter2"))
    #expect(source(checkpoint, .secrets).contains("PASSWORD=hunter2"))
  }

  // MARK: Looks

  /// Text on what it stands on, by the names of the style sheet.
  private static let pairs: [(String, [String])] = [
    ("ink", ["page", "card", "good-back", "loss-back", "bad-back", "note-back"]),
    ("soft", ["page", "card"]), ("good", ["good-back", "card"]), ("loss", ["loss-back", "card"]),
    ("bad", ["bad-back", "card"]), ("note", ["note-back", "page", "card"]),
  ]

  /// WCAG 2.2, 1.4.3: 4.5 to 1; and 1.4.11 for the bars, 3 to 1.
  @Test func contrast() throws {
    let sheet = "\(HTMLStyle.sheet)"
    let blocks = sheet.split(separator: ":root {").dropFirst().map { part in
      String(part.prefix { $0 != "}" })
    }
    #expect(blocks.count == 3)
    var colours: [String: String] = [:]
    for block in blocks {
      for declaration in block.split(separator: ";") {
        let parts = declaration.split(separator: ":").map {
          $0.trimmingCharacters(in: .whitespacesAndNewlines)
        }
        if parts.count == 2, parts[0].hasPrefix("--"), parts[1].hasPrefix("#") {
          colours[String(parts[0].dropFirst(2))] = parts[1]
        }
      }
      func ratio(_ one: String, _ other: String) throws -> Double {
        let light = try [one, other].map { try Self.luminance(#require(colours[$0])) }
        return (max(light[0], light[1]) + 0.05) / (min(light[0], light[1]) + 0.05)
      }
      for (text, grounds) in Self.pairs {
        for ground in grounds {
          let found = try ratio(text, ground)
          #expect(found >= 4.5, "\(text) on \(ground): \(found)")
        }
      }
      for kind in Dump.Area.Kind.allCases {
        let found = try ratio(kind.rawValue, "page")
        #expect(found >= 3, "\(kind): \(found)")
      }
    }
  }

  private static func luminance(_ colour: String) -> Double {
    let value = Int(colour.dropFirst(), radix: 16) ?? 0
    let parts = [16, 8, 0].map { shift -> Double in
      let part = Double(value >> shift & 0xFF) / 255
      return part <= 0.04045 ? part / 12.92 : pow((part + 0.055) / 1.055, 2.4)
    }
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]
  }
}
