/// A Go type as far as encoding/json cares: what it refuses to put into a variable of it.
///
/// Pointers are left out. JSON's null is accepted for every type and changes nothing or sets the
/// pointer to nil, and any other value is put into what the pointer points to.
public indirect enum GoType: Sendable {
  case bool
  case string
  case integer(GoInteger)
  /// time.Time, which decodes itself.
  case time
  /// A type that decodes itself from a string of a certain form.
  case text(GoText)
  case slice(GoType)
  /// A map; its keys are strings unless an integer type is named.
  case map(GoType, keys: GoInteger? = nil)
  case structure(GoStruct)
  /// An `interface{}`: anything, if its numbers fit a float64.
  case any
}

extension GoType {
  static let strings = GoType.slice(.string)
  static let stringMap = GoType.map(.string)
  static let int = GoType.integer(.int)
  static let int32 = GoType.integer(.int32)
  static let int64 = GoType.integer(.int64)
  static let uint = GoType.integer(.uint)
  static let uint16 = GoType.integer(.uint16)
  static let uint32 = GoType.integer(.uint32)
  static let uint64 = GoType.integer(.uint64)
  /// os.FileMode.
  static let fileMode = uint32
  /// time.Duration, which has no JSON form of its own: nanoseconds.
  static let duration = int64

  static func slice(_ structure: GoStruct) -> GoType { .slice(.structure(structure)) }
  static func map(_ structure: GoStruct) -> GoType { .map(.structure(structure)) }
}

extension GoType: CustomStringConvertible {
  /// The type as Go's messages spell it.
  public var description: String {
    switch self {
    case .bool: "bool"
    case .string: "string"
    case .integer(let integer): integer.rawValue
    case .time: "time.Time"
    case .text(let text): text.rawValue
    case .slice(let element): "[]\(element)"
    case .map(let value, let keys): "map[\(keys?.rawValue ?? "string")]\(value)"
    case .structure(let structure): structure.name
    case .any: "float64"
    }
  }
}

/// A Go integer type. Engines run on 64-bit machines, so that `int` has 64 bits.
public enum GoInteger: String, Sendable {
  case int, int32, int64, uint, uint8, uint16, uint32, uint64

  /// Whether Go converts the number to this type: no fraction, no exponent, in range, and no sign
  /// for the unsigned types, so that they refuse even `-0`.
  func accepts(_ number: JSONValue) -> Bool { holds(number.int64, number.uint64) }

  /// Whether Go converts the name of a member to this type of map key. Unlike a JSON number it may
  /// have leading zeros, and a plus sign for `strconv.ParseInt` but not for `strconv.ParseUint`.
  func accepts(key: String) -> Bool {
    let isSigned = key.hasPrefix("+") || key.hasPrefix("-")
    return holds(Int64(key), isSigned ? nil : UInt64(key))
  }

  private func holds(_ signed: Int64?, _ unsigned: UInt64?) -> Bool {
    switch self {
    case .int, .int64: signed != nil
    case .int32: signed.flatMap(Int32.init(exactly:)) != nil
    case .uint, .uint64: unsigned != nil
    case .uint8: unsigned.flatMap(UInt8.init(exactly:)) != nil
    case .uint16: unsigned.flatMap(UInt16.init(exactly:)) != nil
    case .uint32: unsigned.flatMap(UInt32.init(exactly:)) != nil
    }
  }
}

/// A Go struct: the JSON names of its fields and their types.
public struct GoStruct: Sendable {
  /// The name in Go's messages, with its package.
  public let name: String
  /// The fields under their names as declared. Go looks for an exact match first; no struct here has
  /// two fields that fold alike, so that folding alone finds the same field.
  let fields: [(name: String, type: GoType)]

  /// `embedded` are structs whose fields Go promotes into this one.
  init(
    _ name: String, _ fields: KeyValuePairs<String, GoType>, embedded: [GoStruct] = []
  ) {
    self.name = name
    // A field of the outer struct hides a promoted one, as in Go: it comes first.
    self.fields = fields.map { (name: $0.key, type: $0.value) } + embedded.flatMap(\.fields)
  }

  func field(_ member: JSONMember) -> GoType? { fields.first { member.isField($0.name) }?.type }
}
