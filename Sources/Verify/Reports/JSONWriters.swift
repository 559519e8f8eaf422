#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// One document: a report, or an array of them where there may be several.
public struct JSONWriter: ReportWriter {
  private let isList: Bool
  private var isEmpty = true

  public init(_ style: ReportStyle) { isList = style.isList }

  public mutating func add(_ outcome: Outcome) throws -> String {
    let text = try encodedJSON(outcome)
    if !isList { return text }
    let start = isEmpty ? "[\n" : ",\n"
    isEmpty = false
    // Strings of JSON have no line breaks, so that every line is one of the layout.
    let lines = text.dropLast().split(separator: "\n", omittingEmptySubsequences: false)
    return start + lines.map { $0.isEmpty ? "" : "  " + $0 }.joined(separator: "\n")
  }

  public func finish(_ summary: RunSummary) -> String {
    isList ? (isEmpty ? "[]\n" : "\n]\n") : ""
  }
}

/// A line for each report, and a last one with their sum.
public struct LinesWriter: ReportWriter {
  private struct Last: Encodable { var summary: RunSummary }

  public init() {}

  public func add(_ outcome: Outcome) throws -> String { try compactJSON(outcome) + "\n" }

  public func finish(_ summary: RunSummary) throws -> String {
    try compactJSON(Last(summary: summary)) + "\n"
  }
}

/// JSON on one line, the same bytes for the same value.
func compactJSON(_ value: some Encodable) throws -> String {
  let encoder = JSONEncoder()
  encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
  return harmless(try encoder.encode(value))
}

/// JSON text without the characters that a terminal or a reader of lines would act on: they stand
/// escaped, and mean the same.
func harmless(_ json: some Collection<UInt8>) -> String {
  let text = String(decoding: json, as: UTF8.self)
  if json.allSatisfy({ $0 < 0x7F }) { return text }
  var result = ""
  for scalar in text.unicodeScalars {
    switch scalar.properties.generalCategory {
    case .control where scalar.value >= 0x7F, .format, .lineSeparator, .paragraphSeparator:
      for unit in String(scalar).utf16 {
        let hex = String(unit, radix: 16)
        result += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
      }
    default: result.unicodeScalars.append(scalar)
    }
  }
  return result
}
