/// What may follow a backslash in a string.
enum StringEscape: Equatable {
  case byte(UInt8)
  case unicode

  init?(_ letter: UInt8) {
    switch letter {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): self = .byte(letter)
    case UInt8(ascii: "b"): self = .byte(0x08)
    case UInt8(ascii: "f"): self = .byte(0x0C)
    case UInt8(ascii: "n"): self = .byte(0x0A)
    case UInt8(ascii: "r"): self = .byte(0x0D)
    case UInt8(ascii: "t"): self = .byte(0x09)
    case UInt8(ascii: "u"): self = .unicode
    default: return nil
    }
  }
}

func hexDigit(_ byte: UInt8) -> UInt16? {
  switch byte {
  case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt16(byte - UInt8(ascii: "0"))
  case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt16(byte - UInt8(ascii: "a") + 10)
  case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt16(byte - UInt8(ascii: "A") + 10)
  default: nil
  }
}

/// Decodes what stands between the quotes of a string that the parser accepted, as Go's `unquote`
/// (encoding/json, decode.go) does: half a surrogate pair, and each byte that is not part of
/// well-formed UTF-8, become U+FFFD. (Swift's own repair puts one U+FFFD for several bytes.)
func unquote(_ text: ArraySlice<UInt8>) -> [UInt8] {
  if text.allSatisfy({ $0 < 0x80 && $0 != UInt8(ascii: "\\") }) { return Array(text) }
  var result: [UInt8] = []
  result.reserveCapacity(text.count)
  var rest = text
  while let byte = rest.first {
    switch byte {
    case UInt8(ascii: "\\"):
      let escape = rest.dropFirst().first.flatMap(StringEscape.init)
      switch escape {
      case .byte(let plain):
        result.append(plain)
        rest = rest.dropFirst(2)
      case .unicode:
        result += UTF8.encodeOrReplace(unicodeEscape(&rest))
      case nil:
        rest = rest.dropFirst()
      }
    case ..<0x80:
      result.append(byte)
      rest = rest.dropFirst()
    default:
      let length = wellFormedLength(rest)
      result += length > 0 ? rest.prefix(length) : replacement[...]
      rest = rest.dropFirst(max(length, 1))
    }
  }
  return result
}

/// U+FFFD.
private let replacement: [UInt8] = [0xEF, 0xBF, 0xBD]

extension UTF8 {
  fileprivate static func encodeOrReplace(_ scalar: Unicode.Scalar?) -> ArraySlice<UInt8> {
    scalar.flatMap(encode).map { ArraySlice($0) } ?? replacement[...]
  }
}

/// Takes a `\u` escape, and a second one if both make a surrogate pair; nil is half a pair.
private func unicodeEscape(_ rest: inout ArraySlice<UInt8>) -> Unicode.Scalar? {
  let unit = codeUnit(rest)
  rest = rest.dropFirst(6)
  guard let unit, UTF16.isLeadSurrogate(unit), let second = codeUnit(rest),
    UTF16.isTrailSurrogate(second)
  else { return unit.flatMap { Unicode.Scalar($0) } }
  rest = rest.dropFirst(6)
  return Unicode.Scalar(0x10000 + (UInt32(unit) - 0xD800) << 10 + (UInt32(second) - 0xDC00))
}

/// The code unit of a `\u` escape that begins here.
private func codeUnit(_ text: ArraySlice<UInt8>) -> UInt16? {
  guard text.starts(with: [UInt8(ascii: "\\"), UInt8(ascii: "u")]), text.count >= 6 else {
    return nil
  }
  var unit: UInt16 = 0
  for byte in text.dropFirst(2).prefix(4) {
    guard let digit = hexDigit(byte) else { return nil }
    unit = unit << 4 | digit
  }
  return unit
}

/// The number of bytes of the well-formed UTF-8 sequence that begins here, 0 if none does.
/// The bounds are those of table 3-7 of the Unicode standard, as in Go's unicode/utf8.
private func wellFormedLength(_ text: ArraySlice<UInt8>) -> Int {
  guard let first = text.first else { return 0 }
  let length: Int
  let second: ClosedRange<UInt8>
  switch first {
  case ..<0x80: return 1
  case 0xC2...0xDF: (length, second) = (2, 0x80...0xBF)
  case 0xE0: (length, second) = (3, 0xA0...0xBF)
  case 0xED: (length, second) = (3, 0x80...0x9F)
  case 0xE1...0xEF: (length, second) = (3, 0x80...0xBF)
  case 0xF0: (length, second) = (4, 0x90...0xBF)
  case 0xF1...0xF3: (length, second) = (4, 0x80...0xBF)
  case 0xF4: (length, second) = (4, 0x80...0x8F)
  default: return 0
  }
  let sequence = text.prefix(length)
  guard sequence.count == length, second.contains(sequence[sequence.startIndex + 1]),
    sequence.dropFirst(2).allSatisfy({ (0x80...0xBF).contains($0) })
  else { return 0 }
  return length
}
