import Archive

/// Commands of GitHub's workflow log, which become annotations.
///
/// https://docs.github.com/actions/reference/workflow-commands-for-github-actions; the escapes are
/// those of the `toCommandValue` and `escapeProperty` of its toolkit.
public struct GitHubWriter: ReportWriter {
  private let style: ReportStyle

  public init(_ style: ReportStyle) { self.style = style }

  public func add(_ outcome: Outcome) -> String {
    let file = Escape.text(ArtifactPath(outcome.path, in: style.folder).path)
    var text = ""
    if let expectation = outcome.expectation {
      // What was expected is no news.
      guard let difference = expectation.difference(from: outcome.verdict) else { return "" }
      text += Self.command("error", file, title: "not as expected", difference)
    }
    if let error = outcome.error { text += Self.command("error", file, title: "unreadable", error) }
    let findings = outcome.report?.findings ?? []
    if outcome.exitCode != 0, text.isEmpty, !findings.contains(where: outcome.fails) {
      let message = "the verdict is \(outcome.verdict.rawValue), whatever is ignored"
      text += Self.command("error", file, title: "verdict", message)
    }
    for finding in findings {
      if finding.severity == .note, !style.showsNotes { continue }
      var lines = ["\(finding.location): \(finding.message)"]
      if let phrase = finding.consequence.phrase { lines.append("then: \(phrase)") }
      lines += finding.remedies.map { "do: \($0.instruction)" }
      text += Self.command(
        finding.severity.command, file, title: finding.rule, lines.joined(separator: "\n"))
    }
    return text
  }

  public func finish(_ summary: RunSummary) -> String {
    let notices = summary.notices.map { notice in
      Self.command(
        "warning", Escape.text(notice.path), title: "policy", line: notice.line, notice.message)
    }
    return notices.joined() + summary.text + "\n"
  }

  private static func command(
    _ name: String, _ file: String, title: String, line: Int? = nil, _ message: String
  ) -> String {
    let place = line.map { ",line=\($0)" } ?? ""
    return "::\(name) file=\(property(file))\(place),title=\(property(title))::\(data(message))\n"
  }

  private static func data(_ text: String) -> String { escaped(text, ["%", "\r", "\n"]) }

  private static func property(_ text: String) -> String {
    escaped(text, ["%", "\r", "\n", ":", ","])
  }

  private static func escaped(_ text: String, _ reserved: Set<Unicode.Scalar>) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      if reserved.contains(scalar) {
        let hex = String(scalar.value, radix: 16, uppercase: true)
        result += hex.count == 1 ? "%0\(hex)" : "%\(hex)"
      } else {
        result.unicodeScalars.append(scalar)
      }
    }
    return result
  }
}

extension Severity {
  /// The command that shows it.
  fileprivate var command: String { self == .note ? "notice" : rawValue }
}
