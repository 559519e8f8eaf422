/// Makes text from an archive safe for a terminal, a log and a report.
public enum Escape {
  /// `bytes` as text that no reader can mistake: valid UTF-8 stays, except that the backslash and
  /// characters that control, change direction, combine, look like nothing or stand for another
  /// are escaped, as are bytes that are not UTF-8. Different bytes always give different text,
  /// also to Swift, which takes an `é` for equal to an `e` with an accent.
  public static func text(_ bytes: some Collection<UInt8>) -> String {
    if bytes.allSatisfy({ $0 >= 0x20 && $0 < 0x7F && $0 != 0x5C }) {
      return String(decoding: bytes, as: UTF8.self)
    }
    var result = ""
    var decoder = UTF8()
    var rest = Array(bytes)[...]
    while !rest.isEmpty {
      var iterator = rest.makeIterator()
      switch decoder.decode(&iterator) {
      case .scalarValue(let scalar):
        result += escaped(scalar)
        rest = rest.dropFirst(UTF8.width(scalar))
      case .error, .emptyInput:
        result += "\\x" + hex(UInt32(rest[rest.startIndex]), digits: 2)
        rest = rest.dropFirst()
      }
      decoder = UTF8()
    }
    return result
  }

  public static func text(_ string: String) -> String { text(string.utf8) }

  private static func escaped(_ scalar: Unicode.Scalar) -> String {
    switch scalar.value {
    case 0x5C: "\\\\"
    case 0..<0x20, 0x7F: "\\x" + hex(scalar.value, digits: 2)
    case 0x80..<0xA0: "\\u{" + hex(scalar.value, digits: 2) + "}"
    default: isPlain(scalar) ? String(scalar) : "\\u{" + hex(scalar.value, digits: 4) + "}"
    }
  }

  private static func isPlain(_ scalar: Unicode.Scalar) -> Bool {
    let properties = scalar.properties
    // Vowels and finals of Hangul in parts, which join what is before them.
    if properties.isDefaultIgnorableCodePoint || properties.isFullCompositionExclusion
      || (0x1160...0x11FF).contains(scalar.value)
    {
      return false
    }
    switch properties.generalCategory {
    case .format, .lineSeparator, .paragraphSeparator, .privateUse, .unassigned,
      .nonspacingMark, .spacingMark, .enclosingMark:
      return false
    case .spaceSeparator: return scalar == " "
    default: return true
    }
  }

  private static func hex(_ value: UInt32, digits: Int) -> String {
    let text = String(value, radix: 16)
    return String(repeating: "0", count: max(0, digits - text.count)) + text
  }
}

extension UTF8 {
  fileprivate static func width(_ scalar: Unicode.Scalar) -> Int {
    String(scalar).utf8.count
  }
}
