/// Why CRIU's unpacker refuses a protobuf message.
///
/// Both values are kept, what was there and what was needed, and where: the innermost message, the
/// field, and the offset of the field in the image file.
public struct MessageFault: Error, Hashable, Sendable {
  /// A field by its number and, where the schema knows it, its name.
  public struct Field: Hashable, Sendable {
    public var number: Int
    public var name: String?
  }

  /// What is wrong.
  public enum Problem: Hashable, Sendable {
    /// A tag that is not terminated within five bytes, or whose field number is 0.
    case malformedTag
    /// A wire type that protobuf-c does not read: the groups 3 and 4, and 6 and 7.
    case unsupportedWireType(have: UInt8)
    /// A known field in the wrong encoding.
    case wrongWireType(have: WireType, need: WireType)
    /// A varint that does not end within ten bytes or within the message.
    case unterminatedVarint
    /// A length that does not end within five bytes or within the message.
    case unterminatedLength
    /// A value that reaches beyond the end of the message.
    case truncated(have: UInt64, need: UInt64)
    /// Packed fixed-size values that do not fill their length.
    case packedLength(have: UInt64, unit: UInt64)
    /// A required field that is absent.
    case missingRequired
    /// More nesting than this reader follows.
    case tooDeep(limit: Int)
    /// More decoded values than this reader keeps.
    case tooLarge(limit: Int)
    /// A field kind that no schema of an image uses.
    case unsupportedField
  }

  /// Name of the innermost message.
  public var message: String
  /// The field, if the fault belongs to one.
  public var field: Field?
  /// Offset in the image file of the tag of the field, or of the message.
  public var offset: UInt64
  public var problem: Problem
}

/// How a value is laid out, the low three bits of a tag.
public enum WireType: UInt8, Hashable, Sendable {
  case varint = 0
  case fixed64 = 1
  case lengthDelimited = 2
  case fixed32 = 5
}

extension MessageFault: CustomStringConvertible {
  public var description: String {
    let subject =
      switch field {
      case .some(let field):
        "\(message) field \(field.number)" + (field.name.map { " (\($0))" } ?? "")
      case nil: message
      }
    return "\(subject) at offset \(offset): \(problem)"
  }
}

extension MessageFault.Problem: CustomStringConvertible {
  public var description: String {
    switch self {
    case .malformedTag: "the tag is not a valid field number"
    case .unsupportedWireType(let have): "wire type \(have) is not one of 0, 1, 2 and 5"
    case .wrongWireType(let have, let need): "the value is \(have), but must be \(need)"
    case .unterminatedVarint: "the varint does not end within 10 bytes and its message"
    case .unterminatedLength: "the length does not end within 5 bytes and its message"
    case .truncated(let have, let need): "the value needs \(need) bytes, but \(have) are left"
    case .packedLength(let have, let unit):
      "\(have) bytes of packed values are not a multiple of \(unit)"
    case .missingRequired: "the required field is missing"
    case .tooDeep(let limit): "messages are nested deeper than \(limit)"
    case .tooLarge(let limit): "the decoded values would take more than \(limit) bytes"
    case .unsupportedField: "the field has a kind that no image uses"
    }
  }
}

extension WireType: CustomStringConvertible {
  public var description: String {
    switch self {
    case .varint: "a varint"
    case .fixed64: "a 64-bit value"
    case .lengthDelimited: "length-delimited"
    case .fixed32: "a 32-bit value"
    }
  }
}
