import Foundation
import FoundationXML

/// The suites of a JUnit document, with what they state and what they hold.
final class SuiteReader: NSObject, XMLParserDelegate {
  struct Suite {
    var name: String
    var stated: [String: Int]
    var counted: [String: Int] = [:]
  }

  private(set) var suites: [Suite] = []
  private(set) var names: Set<String> = []
  private(set) var text = ""
  private static let kinds = [
    "testcase": "tests", "failure": "failures", "error": "errors", "skipped": "skipped",
  ]

  func parser(
    _ parser: XMLParser, didStartElement element: String, namespaceURI: String?,
    qualifiedName: String?, attributes: [String: String]
  ) {
    if element == "testsuite" {
      suites.append(
        Suite(name: attributes["name"] ?? "", stated: attributes.compactMapValues { Int($0) }))
    } else if let kind = Self.kinds[element] {
      suites[suites.count - 1].counted[kind, default: 0] += 1
      if element == "testcase" { names.insert(attributes["name"] ?? "") }
    }
  }

  func parser(_ parser: XMLParser, foundCharacters string: String) { text += string }
}

/// The elements of a Markdown document, as cmark's XML shows them.
final class MarkdownReader: NSObject, XMLParserDelegate {
  private(set) var counts: [String: Int] = [:]
  /// The contents of spans of code.
  private(set) var codes: Set<String> = []
  private var code: String?

  func parser(
    _ parser: XMLParser, didStartElement element: String, namespaceURI: String?,
    qualifiedName: String?, attributes: [String: String]
  ) {
    counts[element, default: 0] += 1
    if element == "code" { code = "" }
  }

  func parser(_ parser: XMLParser, foundCharacters string: String) { code? += string }

  func parser(
    _ parser: XMLParser, didEndElement element: String, namespaceURI: String?,
    qualifiedName: String?
  ) {
    if let code, element == "code" { codes.insert(code) }
    code = nil
  }
}

/// A line that GitHub's runner takes for a command, read as its `ActionCommand.TryParseV2` does.
struct GitHubCommand {
  let name: String
  private(set) var properties: [String: String] = [:]
  let message: String

  init?(_ line: String) {
    let line = line.drop { $0 == " " || $0 == "\t" }
    guard line.hasPrefix("::"), let end = line.dropFirst(2).firstRange(of: "::") else { return nil }
    let head = line.dropFirst(2)[..<end.lowerBound]
    let space = head.firstIndex(of: " ") ?? head.endIndex
    name = String(head[..<space])
    for pair in head[space...].split(separator: ",") {
      let parts = pair.split(separator: "=", maxSplits: 1).map(String.init)
      guard parts.count == 2 else { return nil }
      let key = parts[0].drop { $0 == " " }
      properties[String(key)] = Self.unescaped(parts[1], [":": "%3A", ",": "%2C"])
    }
    message = Self.unescaped(String(line[end.upperBound...]), [:])
  }

  private static func unescaped(_ text: String, _ more: [String: String]) -> String {
    var text = text
    for (character, code) in more.merging(["\r": "%0D", "\n": "%0A"], uniquingKeysWith: { $1 }) {
      text = text.replacingOccurrences(of: code, with: character)
    }
    return text.replacingOccurrences(of: "%25", with: "%")
  }
}
