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
      let near = Nearest.name(to: rule, among: Rule.all.map(\.id)) ?? ""
      throw Failure(.usage, "there is no rule \(rule); did you mean \(near)?")
    }
    Console.out(RuleText.explanation(of: found))
  }
}
