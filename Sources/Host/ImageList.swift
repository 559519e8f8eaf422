#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// Reads `DRIVER-images/images.json` of a container storage (containers/storage: images.go, Image).
enum ImageList {
  private struct Entry: Decodable {
    var id: String
    var names: [String]?
  }

  /// In order of their ids; nil if it has another form.
  static func images(_ bytes: [UInt8]) -> [HostFacts.Image]? {
    guard let entries = try? JSONDecoder().decode([Entry].self, from: Data(bytes)),
      entries.allSatisfy({ isIdentifier($0.id) })
    else { return nil }
    return entries.map { HostFacts.Image(id: $0.id, names: $0.names ?? []) }
      .sorted { $0.id < $1.id }
  }

  private static func isIdentifier(_ text: String) -> Bool {
    text.utf8.count == 64
      && text.utf8.allSatisfy { $0.isDigit || (0x61...0x66).contains($0) }
  }
}
