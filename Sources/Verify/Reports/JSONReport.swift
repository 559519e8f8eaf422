#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

extension Report {
  /// The report as JSON, described by `docs/report.schema.json`. The same report always gives the
  /// same bytes.
  public func json() throws -> String { try Self.encode(self) }

  /// Several reports as one JSON array.
  public static func json(_ reports: [Report]) throws -> String { try encode(reports) }

  private static func encode(_ value: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(value), as: UTF8.self) + "\n"
  }
}
