import Archive
import Verify

extension LogExplanation {
  /// For a terminal: the line, what it means, and what to do next.
  var text: String {
    var result = "“\(Escape.text(String(line.prefix(300))))”\n"
    if let advice { result += "  \(advice)\n" }
    if rules.count == 1 { result += "\n" + RuleText.explanation(of: rules[0]) }
    if rules.count > 1 {
      result += "  one of:\n"
      for rule in rules {
        result += "\n  \(rule.id) (\(rule.severity.rawValue))\n"
        result += "    \(rule.title).\n    Do: \(rule.remedy.instruction).\n"
      }
      result += "\n\(next)\n"
    }
    return result
  }

  /// Which command tells the causes apart.
  private var next: String {
    let host = rules.contains { $0.stage == .host }
    return "`ckptmend \(host ? "preflight" : "verify") CHECKPOINT` says which it is."
  }
}
