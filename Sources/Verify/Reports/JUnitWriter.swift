import Archive

/// JUnit's XML: a suite for each input, a case for its verdict and for each rule that found
/// something.
public struct JUnitWriter: ReportWriter {
  private enum Result {
    case passed
    case skipped(String)
    case failure(type: String, message: String)
    case error(type: String, message: String)
  }

  private struct Case {
    var name: String
    var result: Result
    var text = ""
  }

  private let style: ReportStyle
  private var isEmpty = true

  public init(_ style: ReportStyle) { self.style = style }

  public mutating func add(_ outcome: Outcome) -> String {
    let head = isEmpty ? Self.head : ""
    isEmpty = false
    let name = Escape.text(ArtifactPath(outcome.path, in: style.folder).path)
    let cases = [Self.verdict(of: outcome)] + Self.rules(of: outcome)
    func count(_ matches: (Result) -> Bool) -> Int { cases.count { matches($0.result) } }
    let failures = count { if case .failure = $0 { true } else { false } }
    let errors = count { if case .error = $0 { true } else { false } }
    let skipped = count { if case .skipped = $0 { true } else { false } }
    return head
      + "  <testsuite name=\(XML.quoted(name)) tests=\"\(cases.count)\" failures=\"\(failures)\" errors=\"\(errors)\" skipped=\"\(skipped)\">\n"
      + cases.map { Self.element($0, className: name) }.joined() + "  </testsuite>\n"
  }

  public func finish(_ summary: RunSummary) -> String {
    (isEmpty ? Self.head : "") + "</testsuites>\n"
  }

  private static let head = """
    <?xml version="1.0" encoding="UTF-8"?>
    <testsuites name="ckptmend">

    """

  private static func verdict(of outcome: Outcome) -> Case {
    var result = Result.passed
    if let difference = outcome.expectation?.difference(from: outcome.verdict) {
      result = .failure(type: "expectation", message: difference)
    } else if outcome.exitCode != 0 {
      let message = outcome.error ?? "the verdict is \(outcome.verdict.rawValue)"
      let type = outcome.verdict.rawValue
      result =
        outcome.verdict == .unreadable
        ? .error(type: type, message: message) : .failure(type: type, message: message)
    }
    let expected = outcome.expectation.map { ", expected: \($0.phrase)" } ?? ""
    return Case(name: "verdict", result: result, text: outcome.verdict.rawValue + expected)
  }

  /// What an input was expected to have does not fail it again.
  private static func rules(of outcome: Outcome) -> [Case] {
    let isExpected = outcome.expectation?.isMet == true
    let findings = outcome.report?.findings ?? []
    let found = unique(findings.map(\.rule)).map { rule in
      let own = findings.filter { $0.rule == rule }
      let text = own.map(text).joined(separator: "\n")
      let worst = own.map(\.severity).max() ?? .note
      guard let first = own.first(where: outcome.fails) else {
        return Case(name: rule, result: .passed, text: "\(worst.rawValue)\n\(text)")
      }
      return Case(
        name: rule,
        result: isExpected
          ? .skipped("expected") : .failure(type: worst.rawValue, message: first.message),
        text: text)
    }
    let accepted = unique(outcome.ignored.map(\.finding.rule)).map { rule in
      let own = outcome.ignored.filter { $0.finding.rule == rule }
      return Case(
        name: found.contains { $0.name == rule } ? "\(rule) (ignored)" : rule,
        result: .skipped("ignored by policy: \(Escape.text(own[0].reason))"),
        text: own.map { text($0.finding) }.joined(separator: "\n"))
    }
    return found + accepted
  }

  private static func text(_ finding: Finding) -> String {
    var lines = ["\(finding.location): \(finding.message)"]
    if let phrase = finding.consequence.phrase { lines.append("then: \(phrase)") }
    return (lines + finding.remedies.map { "do: \($0.instruction)" }).joined(separator: "\n")
  }

  private static func unique(_ rules: [String]) -> [String] {
    rules.reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
  }

  private static func element(_ item: Case, className: String) -> String {
    let open = "    <testcase classname=\(XML.quoted(className)) name=\(XML.quoted(item.name))"
    func failed(_ tag: String, _ type: String, _ message: String) -> String {
      "\(open)>\n      <\(tag) type=\(XML.quoted(type)) message=\(XML.quoted(message))>\(XML.text(item.text))</\(tag)>\n    </testcase>\n"
    }
    switch item.result {
    case .failure(let type, let message): return failed("failure", type, message)
    case .error(let type, let message): return failed("error", type, message)
    case .skipped(let message):
      return
        "\(open)>\n      <skipped message=\(XML.quoted(message))/>\n      <system-out>\(XML.text(item.text))</system-out>\n    </testcase>\n"
    case .passed:
      return "\(open)>\n      <system-out>\(XML.text(item.text))</system-out>\n    </testcase>\n"
    }
  }
}

/// Text as XML 1.0 can hold it.
enum XML {
  static func text(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "<": result += "&lt;"
      // `]]>` may not stand in content.
      case ">": result += "&gt;"
      case "&": result += "&amp;"
      case "\"": result += "&quot;"
      default: result.unicodeScalars.append(isCharacter(scalar) ? scalar : "\u{FFFD}")
      }
    }
    return result
  }

  /// An attribute's value in its quotes; a parser would make spaces of what breaks lines.
  static func quoted(_ value: String) -> String {
    let lines = text(value).replacing("\n", with: "&#10;").replacing("\t", with: "&#9;")
    return "\"\(lines.replacing("\r", with: "&#13;"))\""
  }

  /// XML 1.0, production 2.
  private static func isCharacter(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x9, 0xA, 0xD, 0x20...0xD7FF, 0xE000...0xFFFD, 0x10000...0x10FFFF: true
    default: false
    }
  }
}
