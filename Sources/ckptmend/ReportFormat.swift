import ArgumentParser
import Verify

/// The forms of a report about one or many inputs.
enum ReportFormat: String, CaseIterable, ExpressibleByArgument {
  case text
  case json
  case ndjson
  case sarif
  case junit
  case github
  case markdown
  case html

  func writer(_ style: ReportStyle) -> any ReportWriter {
    switch self {
    case .text: TextWriter(style)
    case .json: JSONWriter(style)
    case .ndjson: LinesWriter()
    case .sarif: SARIFWriter(style)
    case .junit: JUnitWriter(style)
    case .github: GitHubWriter(style)
    case .markdown: MarkdownWriter(style)
    case .html: HTMLWriter()
    }
  }

  /// The form that a file's name promises.
  static func promised(byName name: String) -> ReportFormat? {
    endings.first { name.hasSuffix($0.0) }?.1
  }

  private static let endings: [(String, ReportFormat)] = [
    (".sarif", .sarif), (".sarif.json", .sarif), (".json", .json), (".ndjson", .ndjson),
    (".jsonl", .ndjson), (".xml", .junit), (".md", .markdown), (".html", .html), (".txt", .text),
  ]

  static let names = allCases.map(\.rawValue).joined(separator: ", ")
}

/// A file that a report goes to.
struct ReportFile: Hashable {
  var format: ReportFormat
  var path: String

  /// Reads `FORMAT:FILE`, or `FILE` where its name says the form.
  init?(_ text: String) {
    if let colon = text.firstIndex(of: ":"),
      let format = ReportFormat(rawValue: "\(text[..<colon])")
    {
      self.format = format
      path = String(text[text.index(after: colon)...])
    } else {
      guard let format = ReportFormat.promised(byName: text) else { return nil }
      self.format = format
      path = text
    }
    if path.isEmpty || path == "-" { return nil }
  }
}
