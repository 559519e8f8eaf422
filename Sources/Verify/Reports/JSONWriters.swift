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
    let lines = text.split(separator: "\n").map { "  " + $0 }
    return start + lines.joined(separator: "\n")
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
  return String(decoding: try encoder.encode(value), as: UTF8.self)
}
