#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

extension Report {
  /// The report as JSON, described by `docs/report.schema.json`. The same report always gives the
  /// same bytes.
  public func json() throws -> String { try encodedJSON(self) }

  /// Several reports as one JSON array.
  public static func json(_ reports: [Report]) throws -> String { try encodedJSON(reports) }
}

/// JSON for people and programs: indented, and the same bytes for the same value.
func encodedJSON(_ value: some Encodable) throws -> String {
  let encoder = JSONEncoder()
  encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
  return harmless(try encoder.encode(value)) + "\n"
}
