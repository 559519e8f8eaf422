import Archive

/// For the summary of a job or a comment: a table, then what there is to say about each input.
///
/// Text of a checkpoint stands in code alone, where nothing is a link, a mention or markup.
public struct MarkdownWriter: ReportWriter {
  private let style: ReportStyle
  private var isEmpty = true
  /// What comes after the table, of the inputs that have something to say.
  private var details = ""

  public init(_ style: ReportStyle) { self.style = style }

  public mutating func add(_ outcome: Outcome) -> String {
    let head = isEmpty ? Self.head : ""
    isEmpty = false
    let name = Escape.text(outcome.path)
    var plain = style
    plain.colour = false
    let lines = outcome.lines(plain).dropFirst()
    if outcome.error != nil || !lines.isEmpty {
      let text = outcome.error.map { [$0] } ?? []
      details += "\n### \(Self.code(name))\n\n" + Self.block(text + lines.drop { $0.isEmpty })
    }
    let counts = outcome.report?.counts
    let numbers = [counts?.error, counts?.warning, counts?.note].map { "\($0 ?? 0)" }
    let cells = [Self.cell(name), outcome.word] + numbers
    return head + "| \(cells.joined(separator: " | ")) |\n"
  }

  public func finish(_ summary: RunSummary) -> String {
    let notices = summary.notices.map {
      "\n" + Self.block(["\(Escape.text($0.path)):\($0.line): \($0.message)"])
    }
    return (isEmpty ? Self.head : "") + "\n\(summary.text)\n" + notices.joined() + details
  }

  private static let head = """
    ## Checkpoints

    | checkpoint | verdict | errors | warnings | notes |
    | --- | --- | ---: | ---: | ---: |

    """

  /// A span of code: between more backticks than the text has in a row.
  static func code(_ text: String) -> String {
    let fence = String(repeating: "`", count: longestRun(of: "`", in: text) + 1)
    // One space on each side is taken away, so that a backtick can stand at the end.
    let space = text.hasPrefix("`") || text.hasSuffix("`") || text.hasPrefix(" ") ? " " : ""
    return fence + space + text + space + fence
  }

  /// A span of code in a table, where a bar ends the cell even in code.
  static func cell(_ text: String) -> String { code(text.replacing("|", with: "\\|")) }

  static func block(_ lines: some Sequence<String>) -> String {
    let text = lines.joined(separator: "\n")
    let fence = String(repeating: "`", count: max(3, longestRun(of: "`", in: text) + 1))
    return "\(fence)text\n\(text)\n\(fence)\n"
  }

  private static func longestRun(of character: Character, in text: String) -> Int {
    text.split { $0 != character }.map(\.count).max() ?? 0
  }
}

extension Outcome {
  /// The verdict in a word or two, with what a policy says to it.
  fileprivate var word: String {
    switch expectation?.isMet {
    case true?: "\(verdict.rawValue), as expected"
    case false?: "**\(verdict.rawValue), not as expected**"
    case nil: exitCode == 0 ? verdict.rawValue : "**\(verdict.rawValue)**"
    }
  }
}
