/// New JSON to put into a document. It can only be built valid.
public struct JSONContent: Equatable, Sendable {
  /// The bytes of the value.
  public let bytes: [UInt8]

  public var text: String { String(decoding: bytes, as: UTF8.self) }

  private init(_ text: some Sequence<UInt8>) { bytes = Array(text) }

  public static let null = JSONContent("null".utf8)

  public static func bool(_ value: Bool) -> JSONContent { JSONContent("\(value)".utf8) }

  public static func integer(_ value: some BinaryInteger) -> JSONContent {
    JSONContent("\(value)".utf8)
  }

  /// Escapes what JSON requires and nothing more, so that paths stay legible.
  public static func string(_ text: String) -> JSONContent {
    var bytes = [UInt8(ascii: "\"")]
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes += [UInt8(ascii: "\\"), byte]
      case ..<0x20: bytes += "\\u00\(byte < 0x10 ? "0" : "")\(String(byte, radix: 16))".utf8
      default: bytes.append(byte)
      }
    }
    return JSONContent(bytes + [UInt8(ascii: "\"")])
  }

  public static func array(_ elements: [JSONContent]) -> JSONContent {
    let inside = elements.map(\.bytes).joined(separator: [UInt8(ascii: ",")])
    return JSONContent([UInt8(ascii: "[")] + inside + [UInt8(ascii: "]")])
  }

  public static func object(_ members: KeyValuePairs<String, JSONContent>) -> JSONContent {
    object(members.map { ($0.key, $0.value) })
  }

  public static func object(_ members: [(name: String, value: JSONContent)]) -> JSONContent {
    let inside = members.map { member(named: $0.name, $0.value) }
      .joined(separator: [UInt8(ascii: ",")])
    return JSONContent([UInt8(ascii: "{")] + inside + [UInt8(ascii: "}")])
  }

  /// A copy of a value of a document, byte for byte.
  public static func copy(of value: JSONValue) -> JSONContent { JSONContent(value.bytes) }

  /// A member as it stands in an object.
  static func member(named name: String, _ value: JSONContent) -> [UInt8] {
    string(name).bytes + [UInt8(ascii: ":")] + value.bytes
  }
}
