/// What a line of a log says, as far as rules know.
public struct LogExplanation: Sendable {
  /// The line's message, without time stamp.
  public let line: String
  /// The rules that explain it, in the order in which they are applied. None if it says too little.
  public let rules: [Rule]
  /// What to look at besides.
  public let advice: String?

  /// Explains `log`, line by line, what comes first in it first. What several lines say is said
  /// once, and a line that says no more than that a restore failed only if no other says more.
  public static func explain(_ log: String) -> [LogExplanation] {
    var found: [LogExplanation] = []
    var vague: [LogExplanation] = []
    for line in log.split(whereSeparator: \.isNewline) {
      let plain = Array(LogText.plain(line).utf8)
      if let match = LogPattern.clear(plain) {
        add(LogExplanation(line, match), to: &found)
      } else if let match = LogPattern.vague.first(where: { $0.matches(plain) }) {
        add(LogExplanation(line, [match]), to: &vague)
      }
    }
    return found.isEmpty ? vague : found
  }

  private init(_ line: Substring, _ patterns: [LogPattern]) {
    self.line = LogText.message(of: line)
    let ids = Set(patterns.flatMap(\.rules))
    rules = Rule.all.filter { ids.contains($0.id) }
    advice = patterns.lazy.compactMap(\.advice).first
  }

  private static func add(_ new: LogExplanation, to list: inout [LogExplanation]) {
    let same = list.contains {
      $0.rules.map(\.id) == new.rules.map(\.id) && $0.advice == new.advice
    }
    if !same { list.append(new) }
  }
}

extension LogPattern {
  /// The patterns that explain a line best: the first of the table, or else the longest of those
  /// texts that rules quote.
  fileprivate static func clear(_ line: [UInt8]) -> [LogPattern]? {
    if let first = table.first(where: { $0.matches(line) }) { return [first] }
    let matching = quoted.filter { $0.matches(line) }
    guard let longest = matching.map(\.weight).max() else { return nil }
    return matching.filter { $0.weight == longest }
  }

  /// What rules quote between “ and ” as the words of a failed restore.
  static let quoted: [LogPattern] = Rule.all.flatMap { rule in
    quotes(in: rule.why).filter { !unspecific.contains($0) }.map {
      LogPattern($0, rules: [rule.id])
    }
  }

  static func quotes(in text: String) -> [String] {
    text.split(separator: "“", omittingEmptySubsequences: false).dropFirst().compactMap { part in
      part.firstIndex(of: "”").map { String(part[..<$0]) }
    }
  }

  /// Quotes that are no message, or one that other causes have, too.
  static let unspecific: Set<String> = [
    "auto", "not set", "outside", "root file", "invalid argument", "is a directory",
    "not a directory", "no such file or directory", "No space left on device",
  ]
}
