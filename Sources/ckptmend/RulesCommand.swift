import ArgumentParser
import Verify

struct RulesCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rules", abstract: "List every rule.",
    discussion: "Example: ckptmend rules")

  @Flag(help: "Print the page docs/rules.md.")
  var markdown = false

  func run() {
    if markdown { return Console.out(RuleText.page) }
    let width = Rule.all.map(\.id.count).max() ?? 0
    let lines = Rule.all.map { rule in
      let id = rule.id + String(repeating: " ", count: width - rule.id.count)
      let severity = rule.severity.rawValue
      return
        "\(id)  \(severity)\(String(repeating: " ", count: 7 - severity.count))  \(rule.title)\n"
    }
    Console.out(lines.joined())
  }
}

struct ExplainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "explain", abstract: "Say what a rule checks, why, and what helps.",
    discussion: "Example: ckptmend explain archive.truncated")

  @Argument(help: "The id of a rule, as reports and `ckptmend rules` print it.")
  var rule: String

  func run() throws {
    guard let found = Rule.named(rule) else {
      let near = Rule.all.map(\.id).min { distance($0, rule) < distance($1, rule) } ?? ""
      throw Failure(.usage, "there is no rule \(rule); did you mean \(near)?")
    }
    Console.out(RuleText.explanation(of: found))
  }

  /// Levenshtein's distance.
  private func distance(_ left: String, _ right: String) -> Int {
    var row = Array(0...right.count)
    for (i, a) in left.enumerated() {
      var diagonal = row[0]
      row[0] = i + 1
      for (j, b) in right.enumerated() {
        let cost = diagonal + (a == b ? 0 : 1)
        diagonal = row[j + 1]
        row[j + 1] = min(cost, diagonal + 1, row[j] + 1)
      }
    }
    return row[right.count]
  }
}
