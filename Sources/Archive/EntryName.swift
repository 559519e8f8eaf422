/// The name of an entry, as the bytes that the archive holds.
///
/// `path` is the name as every engine cleans it before use: without a leading `./`, doubled or
/// trailing slashes (archive contract, §1). Names are bytes, so `path` shows those that are not
/// plain text in escaped form; two names have equal paths only if they name the same place.
public struct EntryName: Sendable, Hashable {
  public let bytes: [UInt8]
  public let path: String

  public init(_ bytes: some Collection<UInt8>) {
    self.bytes = Array(bytes)
    if Self.isClean(self.bytes) {
      path = Escape.text(self.bytes)
      return
    }
    let parts = self.bytes.split(separator: UInt8(ascii: "/")).filter { $0 != [0x2E] }
    let cleaned = Array(parts.joined(separator: [UInt8(ascii: "/")]))
    path = (self.bytes.first == UInt8(ascii: "/") ? "/" : "") + Escape.text(cleaned)
  }

  public init(_ text: String) { self.init(Array(text.utf8)) }

  /// Whether cleaning would change nothing: the common case, checked without allocating.
  private static func isClean(_ bytes: [UInt8]) -> Bool {
    var previous = UInt8(ascii: "/")
    for (index, byte) in bytes.enumerated() {
      let atStart = previous == UInt8(ascii: "/")
      if atStart && (byte == UInt8(ascii: "/") || byte == UInt8(ascii: ".")) { return false }
      previous = byte
      if index == bytes.count - 1 && byte == UInt8(ascii: "/") { return false }
    }
    return true
  }

  /// The cleaned components, as bytes.
  public var components: [[UInt8]] {
    var result: [[UInt8]] = []
    visitComponents { result.append(Array(bytes[$0])) }
    return result
  }

  /// The last of the cleaned components; empty where there is none.
  public var lastComponent: ArraySlice<UInt8> {
    var last = 0..<0
    visitComponents { last = $0 }
    return bytes[last]
  }

  /// Calls `visit` with the place of each cleaned component.
  private func visitComponents(_ visit: (Range<Int>) -> Void) {
    var start = 0
    for end in 0...bytes.count where end == bytes.count || bytes[end] == UInt8(ascii: "/") {
      let isDot = end - start == 1 && bytes[start] == UInt8(ascii: ".")
      if end > start, !isDot { visit(start..<end) }
      start = end + 1
    }
  }

  /// Why no reader may create this name: it leaves the folder it is unpacked in, or is no name.
  public var escape: String? {
    if bytes.first == UInt8(ascii: "/") { return "is absolute" }
    if bytes.contains(0) { return "holds a NUL byte" }
    var leadsUp = false
    visitComponents { leadsUp = leadsUp || bytes[$0].elementsEqual([0x2E, 0x2E]) }
    return leadsUp ? "holds a .. component" : nil
  }

  /// How many folders deep the entry lies, itself included.
  public var depth: Int {
    var depth = 0
    visitComponents { _ in depth += 1 }
    return depth
  }
}

extension EntryName: Comparable {
  public static func < (left: EntryName, right: EntryName) -> Bool {
    left.bytes.lexicographicallyPrecedes(right.bytes)
  }
}

extension EntryName: CustomStringConvertible {
  public var description: String { path.isEmpty ? "(empty name)" : path }
}
