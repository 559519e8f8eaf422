/// One value of a document: a light view that knows its place.
public struct JSONValue: Sendable {
  let document: JSONDocument
  let index: Int

  var node: JSONNode { document.nodes[index] }

  /// Where the value lies in the document's bytes.
  public var range: Range<Int> { Int(node.start)..<Int(node.end) }

  /// The bytes of the value.
  public var bytes: ArraySlice<UInt8> { document.bytes[range] }

  /// The kind of the value, told by its first byte.
  public var kind: JSONKind {
    switch document.bytes[Int(node.start)] {
    case UInt8(ascii: "{"): .object
    case UInt8(ascii: "["): .array
    case UInt8(ascii: "\""): .string
    case UInt8(ascii: "n"): .null
    case UInt8(ascii: "t"), UInt8(ascii: "f"): .bool
    default: .number
    }
  }

  public var isNull: Bool { kind == .null }

  public var bool: Bool? {
    kind == .bool ? document.bytes[Int(node.start)] == UInt8(ascii: "t") : nil
  }

  /// The decoded text of a string.
  public var string: String? {
    utf8.map { String(decoding: $0, as: UTF8.self) }
  }

  /// The decoded bytes of a string. Compare these, not Swift strings: to Swift, U+212A equals "K".
  var utf8: [UInt8]? {
    kind == .string ? unquote(bytes.dropFirst().dropLast()) : nil
  }

  /// The literal text of a number.
  public var numberText: String? {
    kind == .number ? String(decoding: bytes, as: UTF8.self) : nil
  }

  /// The number as Go's `strconv.ParseInt` reads it: nil for `1.0` and `1e3` too.
  public var int64: Int64? {
    guard let (isNegative, magnitude) = integer else { return nil }
    guard isNegative else { return Int64(exactly: magnitude) }
    return magnitude == Int64.min.magnitude ? .min : Int64(exactly: magnitude).map { -$0 }
  }

  /// The number as Go's `strconv.ParseUint` reads it: nil for `-0` too.
  public var uint64: UInt64? {
    guard let (isNegative, magnitude) = integer, !isNegative else { return nil }
    return magnitude
  }

  /// The number as Go's `strconv.ParseFloat` reads it: nil if too large.
  public var double: Double? {
    numberText.flatMap(Double.init).flatMap { $0.isFinite ? $0 : nil }
  }

  /// Sign and magnitude of a number without fraction or exponent that fits.
  private var integer: (isNegative: Bool, magnitude: UInt64)? {
    guard kind == .number else { return nil }
    let isNegative = bytes.first == UInt8(ascii: "-")
    var magnitude: UInt64 = 0
    for byte in isNegative ? bytes.dropFirst() : bytes {
      guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
      let (product, isTooBig) = magnitude.multipliedReportingOverflow(by: 10)
      let (sum, overflow) = product.addingReportingOverflow(UInt64(byte - UInt8(ascii: "0")))
      if isTooBig || overflow { return nil }
      magnitude = sum
    }
    return (isNegative, magnitude)
  }
}

// Elements and members.
extension JSONValue {
  /// The elements of an array; none for any other kind.
  public var elements: Elements { Elements(self) }

  /// The members of an object, in order, duplicates included; none for any other kind.
  public var members: Members { Members(self) }

  /// The number of elements or members.
  public var count: Int {
    kind == .object ? members.reduce(0) { count, _ in count + 1 } : elements.count
  }

  /// The numbers at any depth within this value, itself included.
  var numbers: some Sequence<JSONValue> {
    (index..<Int(node.next)).lazy.map { JSONValue(document: document, index: $0) }
      .filter { $0.kind == .number }
  }

  /// The member of exactly this name. Of several the last counts, as for a Go map.
  public subscript(name: String) -> JSONValue? {
    let wanted = Array(name.utf8)
    var found: JSONValue?
    for member in members where member.mayMatch(wanted) && member.utf8 == wanted {
      found = member.value
    }
    return found
  }

  /// The member that a Go struct would take for a field of this name: case does not count, and of
  /// several the last wins, whatever its case. (Go prefers a field that matches exactly, but no
  /// type of these documents has two fields that differ in case only.)
  public func field(_ name: String) -> JSONValue? { fieldMember(name)?.value }

  func fieldMember(_ name: String) -> JSONMember? {
    var found: JSONMember?
    for member in members where member.isField(name) {
      found = member
    }
    return found
  }

  /// The elements of an array, found one after another.
  public struct Elements: Sequence, IteratorProtocol, Sendable {
    private let document: JSONDocument
    private var index: Int
    private let end: Int

    init(_ value: JSONValue) {
      document = value.document
      index = value.index + 1
      end = value.kind == .array ? Int(value.node.next) : index
    }

    public mutating func next() -> JSONValue? {
      guard index < end else { return nil }
      defer { index = Int(document.nodes[index].next) }
      return JSONValue(document: document, index: index)
    }

    var count: Int { reduce(0) { count, _ in count + 1 } }
  }

  /// The members of an object, found one after another.
  public struct Members: Sequence, IteratorProtocol, Sendable {
    private let document: JSONDocument
    private var index: Int
    private let end: Int

    init(_ value: JSONValue) {
      document = value.document
      index = value.index + 1
      end = value.kind == .object ? Int(value.node.next) : index
    }

    public mutating func next() -> JSONMember? {
      guard index < end else { return nil }
      let name = JSONValue(document: document, index: index)
      let value = JSONValue(document: document, index: index + 1)
      index = Int(document.nodes[index + 1].next)
      return JSONMember(name: name, value: value)
    }
  }
}

/// One member of an object.
public struct JSONMember: Sendable {
  let name: JSONValue
  public let value: JSONValue

  /// The decoded name.
  public var key: String { String(decoding: utf8, as: UTF8.self) }

  /// Where the name lies in the document's bytes, quotes included.
  public var keyRange: Range<Int> { name.range }

  /// Where the whole member lies, from the name to the end of the value.
  public var range: Range<Int> { name.range.lowerBound..<value.range.upperBound }

  var utf8: [UInt8] { name.utf8 ?? [] }

  /// Whether the name is that of a field once both are folded. Only what is escaped or not ASCII
  /// becomes shorter by that; any other name is compared where it lies.
  func isField(_ field: String) -> Bool {
    let wanted = field.utf8
    guard mayMatch(wanted) else { return false }
    var place = name.range.lowerBound + 1
    guard name.range.count - 2 == wanted.count else {
      return name.bytes.contains { $0 == UInt8(ascii: "\\") || $0 >= 0x80 }
        && folded(utf8) == folded(Array(wanted))
    }
    for byte in wanted {
      if upperCase(name.document.bytes[place]) != upperCase(byte) { return false }
      place += 1
    }
    return true
  }

  /// Whether the name is of a length that can match; saves decoding the names of a huge object.
  /// Escaped or folded, a character takes up to six bytes, and never less than one.
  func mayMatch(_ wanted: some Collection<UInt8>) -> Bool {
    (wanted.count...wanted.count * 6).contains(name.range.count - 2)
  }
}

/// A member name as Go folds it to find a struct field (encoding/json, fold.go): by upper case, and
/// with the long s and the Kelvin sign taken for S and K. The names of fields being ASCII, other
/// characters cannot match and are left alone.
func folded(_ name: [UInt8]) -> [UInt8] {
  var result: [UInt8] = []
  result.reserveCapacity(name.count)
  var place = 0
  while place < name.count {
    let byte = name[place]
    switch byte {
    case 0xC5 where name[place...].starts(with: [0xC5, 0xBF]):
      result.append(UInt8(ascii: "S"))
      place += 1
    case 0xE2 where name[place...].starts(with: [0xE2, 0x84, 0xAA]):
      result.append(UInt8(ascii: "K"))
      place += 2
    default: result.append(upperCase(byte))
    }
    place += 1
  }
  return result
}

/// An ASCII letter in upper case; every other byte as it is.
private func upperCase(_ byte: UInt8) -> UInt8 {
  (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) ? byte - 0x20 : byte
}
