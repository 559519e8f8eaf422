import Support
import Testing
import Verify

@Suite struct DocumentationTests {
  /// `make docs` writes the page anew.
  @Test func rulesPageIsFresh() throws {
    let page = try bytes(of: Fixtures.project + "/docs/rules.md")
    #expect(String(decoding: page, as: UTF8.self) == RuleText.page)
  }

  @Test func everyRuleIsExplained() {
    for rule in Rule.all {
      #expect(!rule.title.isEmpty && !rule.title.hasSuffix("."), "\(rule.id)")
      #expect(rule.why.hasSuffix("."), "\(rule.id)")
      #expect(!rule.remedy.text.isEmpty, "\(rule.id)")
    }
  }
}
