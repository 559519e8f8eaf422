#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// Why a document is no host facts.
public enum HostFactsError: Error, Sendable, CustomStringConvertible {
  /// Not JSON, or a field is missing or of the wrong type.
  case invalid(String)
  case version(have: Int, need: Int)

  public var description: String {
    switch self {
    case .invalid(let reason): "no host facts: \(reason)"
    case .version(let have, let need):
      "host facts of version \(have); this program knows version \(need)"
    }
  }
}

extension HostFacts {
  /// Reads what `ckptmend host` wrote.
  public init(json bytes: [UInt8]) throws(HostFactsError) {
    struct Head: Decodable { var schemaVersion: Int }
    let decoder = JSONDecoder()
    do {
      let version = try decoder.decode(Head.self, from: Data(bytes)).schemaVersion
      if version != Self.currentVersion {
        throw HostFactsError.version(have: version, need: Self.currentVersion)
      }
      self = try decoder.decode(HostFacts.self, from: Data(bytes))
    } catch let error as HostFactsError {
      throw error
    } catch let error as DecodingError {
      throw .invalid(Self.reason(of: error))
    } catch {
      throw .invalid("\(error)")
    }
  }

  private static func reason(of error: DecodingError) -> String {
    let (path, text): ([any CodingKey], String) =
      switch error {
      case .keyNotFound(let key, let context): (context.codingPath + [key], "is missing")
      case .typeMismatch(_, let context): (context.codingPath, "is of the wrong type")
      case .valueNotFound(_, let context): (context.codingPath, "is null")
      case .dataCorrupted(let context): (context.codingPath, "is not valid")
      @unknown default: ([], "is not valid")
      }
    let name = path.map(\.stringValue).joined(separator: ".")
    return name.isEmpty ? "the JSON \(text)" : "\(name) \(text)"
  }

  /// The document; the same facts always give the same bytes.
  public func json() -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    // Nothing in the facts can fail to be encoded: they are strings, numbers and lists of them.
    return Array((try? encoder.encode(self)) ?? Data()) + [0x0A]
  }
}
