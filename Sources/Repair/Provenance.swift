import CRIUImages
public import Checkpoint
import Documents
import SwiftProtobuf

/// Whether a donor is a copy of the same dump, and how that is known. Images of two dumps must
/// never be mixed (criu-images.md, §5.2).
public struct Provenance: Sendable {
  public struct Item: Sendable, CustomStringConvertible {
    public var fact: String
    public var agrees: Bool
    /// Whether agreement proves anything: a container's id says nothing about which of its dumps.
    public var isProof: Bool
    /// Whether it is about the content of images, which damage can change.
    var isContent = false

    public var description: String { "\(agrees ? "same" : "different") \(fact)" }
  }

  public private(set) var items: [Item] = []

  public var disagreements: [Item] { items.filter { !$0.agrees } }

  /// No fact speaks against it, and at least one proves it. CRIU draws a new run id for every dump:
  /// where that agrees, different content is damage.
  public var isSameDump: Bool {
    let against = hasSameRunID ? disagreements.filter { !$0.isContent } : disagreements
    return against.isEmpty && items.contains { $0.isProof }
  }

  private var hasSameRunID: Bool { items.contains { $0.fact == Self.runIDFact && $0.agrees } }

  private static let runIDFact = "CRIU run id"

  /// Compares what both have. Entries in `damaged` prove nothing: they are what is to be mended.
  public init(_ input: Checkpoint, _ donor: Checkpoint, damaged: Set<String>) {
    let config = (Self.config(input), Self.config(donor))
    compare("container id", config.0?.field("id")?.string, config.1?.field("id")?.string)
    compare(
      "time of checkpoint", config.0?.field("checkpointedTime")?.string,
      config.1?.field("checkpointedTime")?.string, isProof: true)
    compare(
      Self.runIDFact, Self.runID(input, damaged), Self.runID(donor, damaged), isProof: true)
    compareImages(input, donor, damaged)
  }

  private mutating func compare(
    _ fact: String, _ input: String?, _ donor: String?, isProof: Bool = false
  ) {
    guard let input, let donor, !input.isEmpty, !donor.isEmpty else { return }
    items.append(Item(fact: fact, agrees: input == donor, isProof: isProof && input == donor))
  }

  private static func config(_ checkpoint: Checkpoint) -> JSONValue? {
    checkpoint.document(.config)?.root
  }

  private static func runID(_ checkpoint: Checkpoint, _ damaged: Set<String>) -> String? {
    if damaged.contains(checkpoint.path(of: ImageName(.inventory))) { return nil }
    return checkpoint.images[.inventory]?.first(InventoryEntry.self)?.dumpCriuRunIDText
  }

  /// Registers, addresses and statistics differ between any two dumps, so equal images of these
  /// types prove one dump, and different readable ones disprove it.
  private mutating func compareImages(
    _ input: Checkpoint, _ donor: Checkpoint, _ damaged: Set<String>
  ) {
    var equal = 0
    for stored in input.entries where !stored.isSuperseded && !damaged.contains(stored.path) {
      guard case .image(let image) = stored.content, image.fault == nil,
        case .image(let other)? = donor[stored.path]?.content, other.fault == nil,
        !image.records.isEmpty, image.pagemap == nil
      else { continue }
      let isEqual =
        image.records.count == other.records.count
        && zip(image.records, other.records).allSatisfy {
          $0.message.isEqualTo(message: $1.message)
        }
      if isEqual {
        equal += [.core, .dumpStats, .mounts].contains(image.name.type) ? 1 : 0
      } else {
        items.append(
          Item(
            fact: "content of \(stored.path)", agrees: false, isProof: false, isContent: true))
      }
    }
    if equal > 0 {
      items.append(
        Item(
          fact: "content of \(equal) images that differ between dumps", agrees: true, isProof: true)
      )
    }
  }
}
