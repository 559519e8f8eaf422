import Testing

@testable import Policy

@Suite struct GlobTests {
  @Test(arguments: [
    ("a.tar", "a.tar"), ("*.tar", "a.tar"), ("*.tar", ".tar"), ("broken/*.tar", "broken/a b.tar"),
    ("?.tar", "é.tar"), ("**", "a/b/c"), ("**", ""), ("**/a.tar", "a.tar"),
    ("**/a.tar", "x/y/a.tar"), ("x/**/a.tar", "x/a.tar"), ("x/**/a.tar", "x/y/z/a.tar"),
    ("x/**", "x/y/z"), ("a**c", "a/b/c"), ("[a]", "[a]"), ("*", ""), ("**/*.tar", "b/.tar"),
    ("/abs/*", "/abs/x"), ("a*b*c", "aXbYbc"), ("**/**/a", "a"),
  ])
  func matches(_ pattern: String, _ text: String) {
    #expect(Glob(pattern).matches(text))
  }

  @Test(arguments: [
    ("*.tar", "a/b.tar"), ("?", "/"), ("?", ""), ("**/a.tar", "xa.tar"), ("**/a.tar", "x/ya.tar"),
    ("x/**/a", "xa"), ("x/**", "x"), ("*.tar", "a.tar.gz"), ("a", "A"), ("", "a"), ("[a]", "a"),
    ("broken/*.tar", "x/broken/a.tar"), ("a.tar", "axtar"),
  ])
  func differs(_ pattern: String, _ text: String) {
    #expect(!Glob(pattern).matches(text))
  }

  /// A pattern that makes a reader with backtracking take for ever.
  @Test(.timeLimit(.minutes(1))) func takesNoLonger() {
    let pattern = Glob(String(repeating: "**a", count: 50) + "b")
    #expect(!pattern.matches(String(repeating: "a", count: 2000)))
  }
}

@Suite struct DayTests {
  @Test(arguments: ["2024-02-29", "2000-02-29", "1999-12-31", "9999-01-01"])
  func days(_ text: String) throws { #expect("\(try #require(Day(text)))" == text) }

  @Test(arguments: [
    "2023-02-29", "1900-02-29", "2024-13-01", "2024-00-10", "2024-04-31", "2024-1-1", "24-01-01",
    "2024/01/01", "2024-01-01T00:00", "", "2024-01-+1", "-024-01-01",
  ])
  func noDays(_ text: String) { #expect(Day(text) == nil) }

  @Test func order() throws {
    let days = try ["2023-12-31", "2024-01-01", "2024-01-02", "2024-02-01"].map {
      try #require(Day($0))
    }
    #expect(days.shuffled().sorted() == days)
    #expect(Day.today > days[0])
  }
}
