/// Rules as text: for `explain`, and for the page `docs/rules.md`.
public enum RuleText {
  public static func explanation(of rule: Rule) -> String {
    """
    \(rule.id) (\(rule.severity.rawValue), since \(rule.since))

    \(rule.title).
    \(rule.why)
    \(rule.consequence.phrase.map { "Then: \($0).\n" } ?? "")Do: \(rule.remedy.instruction).

    """
  }

  /// All rules as one Markdown page; a test fails when the committed page is another.
  public static var page: String {
    var text = """
      # Rules

      Made by `ckptmend rules --markdown`; do not edit. A rule's id never changes.

      """
    for stage in Rule.Stage.allCases {
      let rules = Rule.all.filter { $0.stage == stage }
      if rules.isEmpty { continue }
      text += "\n## \(stage)\n"
      for rule in rules {
        text += """

          ### \(rule.id)

          \(rule.title). *\(rule.severity.rawValue)*\(rule.consequence.phrase.map { "; \($0)" } ?? "").

          \(rule.why)

          What helps: \(rule.remedy.instruction).

          """
      }
    }
    return text
  }
}
