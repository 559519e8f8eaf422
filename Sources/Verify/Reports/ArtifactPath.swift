import Archive
import Checkpoint

/// The path of an input as the forms that others read want it.
public struct ArtifactPath: Sendable, Hashable {
  /// Without `.`, empty components and, below the working folder, without that.
  public let path: String

  public init(_ path: String, in folder: String) {
    var parts = components(of: path).filter { $0 != "." }[...]
    let base = components(of: folder)
    let isBelow = path.hasPrefix("/") && parts.count > base.count && parts.starts(with: base)
    if isBelow { parts = parts.dropFirst(base.count) }
    let joined = parts.joined(separator: "/")
    self.path = path.hasPrefix("/") && !isBelow ? "/" + joined : joined
  }

  /// A reference after RFC 3986; a colon would make a scheme of what is before it.
  public var uri: String {
    let encoded = path.utf8.map { byte in
      Self.unreserved.contains(byte) ? String(UnicodeScalar(byte)) : Self.percent(byte)
    }.joined()
    return path.hasPrefix("/") ? "file://" + encoded : encoded
  }

  /// What stays the same on another machine.
  var stable: String {
    path.hasPrefix("/") ? components(of: path).last ?? "" : path
  }

  private static let unreserved = Set(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/".utf8)

  private static func percent(_ byte: UInt8) -> String {
    let hex = String(byte, radix: 16, uppercase: true)
    return hex.count == 1 ? "%0" + hex : "%" + hex
  }
}

/// Tells findings apart, and stays the same from run to run, on every machine, while other findings
/// come and go.
struct Fingerprints {
  private var seen: [String: Int] = [:]
  private let path: ArtifactPath

  init(of path: ArtifactPath) { self.path = path }

  /// Rule, input and place; not the message, which may count, nor bytes and records, which move.
  mutating func next(for finding: Finding) -> String {
    let location = finding.location
    return next(
      finding.rule, location.kind.rawValue, location.path ?? "", location.pointer ?? "")
  }

  mutating func next(_ parts: String...) -> String {
    let text = ([path.stable] + parts).joined(separator: "\u{0}")
    let number = seen[text, default: 0]
    seen[text] = number + 1
    let digest = SHA256.digest(of: Array("\(text)\u{0}\(number)".utf8))
    return String(digest.drop { $0 != ":" }.dropFirst().prefix(32))
  }
}
