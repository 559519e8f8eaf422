import Archive

/// For a person at a terminal.
public struct TextWriter: ReportWriter {
  private let style: ReportStyle
  /// Whether the last outcome took more than a line; nil before the first.
  private var wasLong: Bool?

  public init(_ style: ReportStyle) { self.style = style }

  public mutating func add(_ outcome: Outcome) -> String {
    let lines = outcome.lines(style)
    let isLong = lines.count > 1
    let gap = wasLong.map { $0 || isLong } ?? false ? "\n" : ""
    wasLong = isLong
    return gap + lines.map { Defence.log($0) + "\n" }.joined()
  }

  public func finish(_ summary: RunSummary) -> String {
    style.isList ? "\n\(summary.text)\n" : ""
  }
}

/// What keeps a line from being taken for a command by who reads it.
enum Defence {
  /// GitHub runs a line that begins with `::`, and what follows `##[`, Azure what follows `##vso[`.
  static func log(_ line: String) -> String {
    var line = line
    while let range = line.firstRange(of: "##") { line.replaceSubrange(range, with: "#\\x23") }
    guard let start = line.firstIndex(where: { $0 != " " }), line[start...].hasPrefix("::") else {
      return line
    }
    return line[..<start] + "\\x3a" + line[line.index(after: start)...]
  }
}

extension Outcome {
  /// Not yet defended, as `text` of the report.
  func lines(_ style: ReportStyle) -> [String] {
    guard let report else {
      var lines = ["\(Escape.text(path)): \(error ?? "")"]
      if let expectation { lines += expectationLines(expectation) }
      return lines
    }
    var lines = report.lines(showingNotes: style.showsNotes, colour: style.colour)
    var more: [String] = []
    if let expectation { more += expectationLines(expectation) }
    for item in ignored where style.showsNotes {
      more.append("  ignored \(item.finding.rule)  \(item.finding.location)")
      let until = item.until.map { " (until \($0))" } ?? ""
      more.append("    because: \(Escape.text(item.reason))\(until)")
    }
    if !ignored.isEmpty, !style.showsNotes {
      more.append(
        "  \(counted(ignored.count, "finding")) ignored by policy (-v shows them)")
    }
    if !turnedOff.isEmpty {
      more.append("  turned off by policy: \(turnedOff.joined(separator: ", "))")
    }
    if !more.isEmpty, lines.count > 1 { lines.append("") }
    return lines + more
  }

  private func expectationLines(_ expectation: Expectation) -> [String] {
    [
      expectation.difference(from: verdict).map { "  \($0)" }
        ?? "  as expected: \(expectation.phrase)"
    ]
  }
}
