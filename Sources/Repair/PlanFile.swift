import Archive
public import Checkpoint
import Verify

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// A plan to be kept: with it, what it was made for, so that it is never run on something else.
public struct PlanFile: Sendable, Codable {
  public static let currentVersion = 1

  /// An archive or folder, by what is in it.
  public struct Source: Sendable, Hashable, Codable {
    public var path: String
    /// Over names, kinds, sizes and times of the entries.
    public var fingerprint: String

    init(_ checkpoint: Checkpoint) {
      path = checkpoint.source.path
      fingerprint = checkpoint.fingerprint
    }
  }

  public var schemaVersion = currentVersion
  public var tool: String
  public var input: Source
  public var donors: [Source]
  public var plan: Plan

  public init(_ plan: Plan, input: Checkpoint, donors: [Checkpoint]) {
    tool = Report.toolVersion
    self.input = Source(input)
    self.donors = donors.map(Source.init)
    self.plan = plan
  }

  /// Why a plan cannot be used.
  public enum Fault: Error, Sendable, CustomStringConvertible {
    case invalid(String)
    case version(have: Int, need: Int)
    /// The plan was made for other content than what `path` holds.
    case otherSource(path: String, planned: String)
    case donorCount(have: Int, need: Int)

    public var description: String {
      switch self {
      case .invalid(let reason): "no plan: \(reason)"
      case .version(let have, let need):
        "a plan of version \(have); this program knows version \(need)"
      case .otherSource(let path, let planned):
        "the plan was made for \(planned) as it was then; what \(path) holds is something else"
      case .donorCount(let have, let need): "the plan needs \(need) donors, and \(have) were given"
      }
    }
  }

  public init(json bytes: [UInt8]) throws(Fault) {
    struct Head: Decodable { var schemaVersion: Int }
    let version: Int
    do {
      version = try JSONDecoder().decode(Head.self, from: Data(bytes)).schemaVersion
    } catch {
      throw .invalid("it has no schemaVersion")
    }
    if version != Self.currentVersion {
      throw .version(have: version, need: Self.currentVersion)
    }
    do {
      self = try JSONDecoder().decode(PlanFile.self, from: Data(bytes))
    } catch {
      throw .invalid("a field is missing or of the wrong type")
    }
  }

  /// The document; the same plan always gives the same bytes.
  public func json() -> [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    // Nothing in a plan can fail to be encoded: it is strings, numbers and lists of them.
    return Array((try? encoder.encode(self)) ?? Data()) + [0x0A]
  }

  /// The plan, if it was made for these.
  public func plan(for input: Checkpoint, donors: [Checkpoint]) throws(Fault) -> Plan {
    guard donors.count == self.donors.count else {
      throw .donorCount(have: donors.count, need: self.donors.count)
    }
    for (checkpoint, source) in zip([input] + donors, [self.input] + self.donors)
    where checkpoint.fingerprint != source.fingerprint {
      throw .otherSource(path: checkpoint.source.path, planned: source.path)
    }
    for case .take(let path, let donor, _) in plan.actions where !donors.indices.contains(donor) {
      throw .invalid("\(path) comes from donor \(donor + 1), and there are \(donors.count)")
    }
    return plan
  }
}

extension Checkpoint {
  /// A number over names, kinds, sizes and times of all entries, in order: FNV-1a with 64 bits. It
  /// guards against mistakes, not against malice: what a plan gives is verified in any case.
  fileprivate var fingerprint: String {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    func add(_ bytes: some Sequence<UInt8>) {
      for byte in bytes { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
    }
    func add(_ number: Int64) {
      withUnsafeBytes(of: number.littleEndian) { add($0) }
    }
    for stored in entries {
      let entry = stored.entry
      add(Int64(entry.name.bytes.count))
      add(entry.name.bytes)
      add(entry.kind.noun.utf8)
      add(entry.size)
      add(entry.modified.seconds)
      add(Int64(entry.modified.nanoseconds))
    }
    let text = String(hash, radix: 16)
    return String(repeating: "0", count: 16 - text.count) + text
  }
}
