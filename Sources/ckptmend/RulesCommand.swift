import Archive
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
    commandName: "explain",
    abstract: "Say what a rule checks, why, and what helps, or which rules explain an error.",
    discussion: """
      Examples:
        ckptmend explain archive.truncated
        ckptmend explain "Error (criu/mount.c:390): mnt: No root found for tree"
        ckptmend explain - < restore.log

      Lines of CRIU's, runc's, crun's or an engine's log are recognised, whatever numbers, ids and \
      paths are in them. Write -- before a line that begins with a dash.

      Exit codes: 0 explained, 1 no rule knows the text.
      """)

  @Argument(
    help: ArgumentHelp(
      "Ids of rules, as reports and `ckptmend rules` print them, or lines of a log; - reads a log from standard input.",
      valueName: "rule-or-text"))
  var texts: [String]

  func run() throws {
    let rules = texts.compactMap(Rule.named)
    if rules.count == texts.count {
      return Console.out(rules.map(RuleText.explanation).joined(separator: "\n"))
    }
    let log: String = texts == ["-"] ? String(decoding: try read(), as: UTF8.self) : pasted
    let found = LogExplanation.explain(log)
    if !found.isEmpty { return Console.out(found.map(\.text).joined(separator: "\n")) }
    if texts.count == 1, texts != ["-"], !log.contains(where: \.isWhitespace) {
      let near = Nearest.name(to: log, among: Rule.all.map(\.id)) ?? ""
      throw Failure(.usage, "there is no rule \(Escape.text(log)); did you mean \(near)?")
    }
    throw Failure(
      .findings,
      "no rule knows this text; `ckptmend verify` and `preflight` say what is wrong with a checkpoint"
    )
  }

  /// The arguments as lines; without quotation marks a line comes as its words.
  private var pasted: String {
    texts.joined(separator: texts.contains { $0.contains(where: \.isWhitespace) } ? "\n" : " ")
  }

  private func read() throws -> [UInt8] {
    do throws(ArchiveError) { return try WholeFile.read("-") } catch { throw Failure(error) }
  }
}
