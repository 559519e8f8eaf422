/// How much a finding weighs.
public enum Severity: String, Sendable, Hashable, Codable, CaseIterable, Comparable {
  /// Worth knowing; changes nothing about a restore.
  case note
  /// The restore goes on, but something is unusual, hidden or at risk.
  case warning
  /// The restore fails, loses state in silence, or is dangerous.
  case error

  private var rank: Int { self == .note ? 0 : self == .warning ? 1 : 2 }

  public static func < (left: Severity, right: Severity) -> Bool { left.rank < right.rank }
}

/// What a restore does about it.
public enum Consequence: String, Sendable, Hashable, Codable, CaseIterable {
  case refused
  case crash
  case hang
  /// The restore reports success and the state is wrong.
  case silentLoss = "silent-loss"
  /// Something outside the restored container is touched.
  case security
  /// The archive cannot be judged at all.
  case unreadable
  case none
}

/// Where in a checkpoint a finding is.
public struct Location: Sendable, Hashable, Encodable {
  public enum Kind: String, Sendable, Hashable, Encodable {
    case archive
    case entry
    /// A record of an image: `record` and `offset` say which.
    case record
    /// A value of a JSON document: `pointer` says which (RFC 6901).
    case value
  }

  public var kind: Kind
  /// The cleaned, escaped name of the entry.
  public var path: String?
  /// Index of the record in its image, from 0.
  public var record: Int?
  /// Bytes from the start of the entry.
  public var offset: UInt64?
  public var pointer: String?

  public static let archive = Location(kind: .archive)

  public static func entry(_ path: String) -> Location { Location(kind: .entry, path: path) }

  public static func record(_ path: String, _ record: Int?, offset: UInt64?) -> Location {
    Location(kind: .record, path: path, record: record, offset: offset)
  }

  public static func value(_ path: String, _ pointer: String) -> Location {
    Location(kind: .value, path: path, pointer: pointer)
  }
}

extension Location: CustomStringConvertible {
  public var description: String {
    var text = path ?? "archive"
    // The pointer itself is exact, so that a program finds the value; this is for a person.
    if let pointer, !pointer.isEmpty { text += " \(shown(pointer))" }
    if let record { text += ", record \(record)" }
    if let offset { text += ", byte \(offset)" }
    return text
  }
}

/// A value that a finding rests on.
public enum Evidence: Sendable, Hashable, Encodable {
  case text(String)
  case number(Int64)
  case unsigned(UInt64)
  case flag(Bool)
  case list([String])

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .text(let value): try container.encode(value)
    case .number(let value): try container.encode(value)
    case .unsigned(let value): try container.encode(value)
    case .flag(let value): try container.encode(value)
    case .list(let value): try container.encode(value)
    }
  }
}

extension Evidence: ExpressibleByStringLiteral, ExpressibleByStringInterpolation {
  public init(stringLiteral value: String) { self = .text(value) }
}

extension Evidence: ExpressibleByIntegerLiteral {
  public init(integerLiteral value: Int64) { self = .number(value) }
}

/// What can be done about a finding.
public struct Remedy: Sendable, Hashable, Encodable {
  public enum Kind: String, Sendable, Hashable, Encodable {
    /// `repair --donor` takes the part from another copy of the same dump.
    case donor
    /// `repair` can make the part from the rest of the archive.
    case reconstruct
    /// `repair` drops or rewrites what is wrong.
    case edit
    /// `repack` writes the same content in a form that is accepted.
    case repack
    /// A person has to act, on the host, the request or the source.
    case manual
    /// Nothing brings it back.
    case none
  }

  public var kind: Kind
  public var text: String

  public static func donor(_ text: String) -> Remedy { Remedy(kind: .donor, text: text) }
  public static func reconstruct(_ text: String) -> Remedy {
    Remedy(kind: .reconstruct, text: text)
  }
  public static func edit(_ text: String) -> Remedy { Remedy(kind: .edit, text: text) }
  public static func repack(_ text: String) -> Remedy { Remedy(kind: .repack, text: text) }
  public static func manual(_ text: String) -> Remedy { Remedy(kind: .manual, text: text) }
  public static func none(_ text: String) -> Remedy { Remedy(kind: .none, text: text) }

  /// The text as something to do.
  public var instruction: String {
    kind == .donor ? "bring \(text), with `ckptmend repair --donor COPY`" : text
  }
}

/// One thing that is wrong, or worth knowing, with both values where two disagree.
public struct Finding: Sendable, Hashable, Encodable {
  public var rule: String
  public var severity: Severity
  public var consequence: Consequence
  public var location: Location
  /// One sentence that a person understands without the reference.
  public var message: String
  /// Typed values; `have` and `need` are the two that disagree.
  public var evidence: [String: Evidence]
  public var remedies: [Remedy]
}
