/// Finds the values of a document in one pass, without recursion.
///
/// It follows the state machine of Go's encoding/json (scanner.go) so closely that the messages
/// agree: a reader can search for them, and they match what the engine prints.
struct JSONParser {
  /// Go's own limit, `maxNestingDepth` in scanner.go.
  static let goDepth = 10_000

  private let bytes: [UInt8]
  private let limits: JSONLimits
  private var at = 0
  private var nodes: [JSONNode] = []
  /// The indexes of the arrays and objects not yet closed.
  private var open: [Int] = []

  init(bytes: [UInt8], limits: JSONLimits) {
    self.bytes = bytes
    self.limits = limits
  }

  /// Reads one value and makes sure that nothing follows it.
  mutating func document() throws(JSONFault) -> [JSONNode] {
    let size = min(limits.maxSize, Int(UInt32.max))
    guard bytes.count <= size else {
      throw JSONFault(
        kind: .tooLarge(limit: size), offset: size, message: "document exceeds \(size) bytes")
    }
    try value()
    while let container = open.last {
      try step(in: container)
    }
    skipSpace()
    if at < bytes.count { throw invalid("after top-level value") }
    return nodes
  }

  /// Reads the end of a container, or its next element or member up to the start of the value.
  private mutating func step(in container: Int) throws(JSONFault) {
    let isObject = bytes[Int(nodes[container].start)] == UInt8(ascii: "{")
    let isFirst = nodes.count == container + 1
    skipSpace()
    if at < bytes.count, bytes[at] == UInt8(ascii: isObject ? "}" : "]") {
      at += 1
      open.removeLast()
      close(container)
      return
    }
    if !isFirst {
      try expect(",", isObject ? "after object key:value pair" : "after array element")
    }
    if isObject { try name() }
    try value()
  }

  private mutating func name() throws(JSONFault) {
    skipSpace()
    let context = "looking for beginning of object key string"
    guard at < bytes.count else { throw unexpectedEnd() }
    guard bytes[at] == UInt8(ascii: "\"") else { throw invalid(context) }
    let index = try append()
    try string()
    close(index)
    skipSpace()
    try expect(":", "after object key")
  }

  /// Reads a scalar, or opens a container.
  private mutating func value() throws(JSONFault) {
    skipSpace()
    guard at < bytes.count else { throw unexpectedEnd() }
    switch bytes[at] {
    case UInt8(ascii: "{"), UInt8(ascii: "["):
      try openContainer()
      return
    case UInt8(ascii: "\""), UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"),
      UInt8(ascii: "t"), UInt8(ascii: "f"), UInt8(ascii: "n"):
      break
    default:
      throw invalid("looking for beginning of value")
    }
    let index = try append()
    switch bytes[at] {
    case UInt8(ascii: "\""): try string()
    case UInt8(ascii: "t"): try literal("true")
    case UInt8(ascii: "f"): try literal("false")
    case UInt8(ascii: "n"): try literal("null")
    default: try number()
    }
    close(index)
  }

  private mutating func openContainer() throws(JSONFault) {
    if open.count == Self.goDepth {
      throw JSONFault(kind: .syntax, offset: at, message: "exceeded max depth")
    }
    if open.count >= limits.maxDepth {
      throw JSONFault(
        kind: .tooDeep(limit: limits.maxDepth), offset: at,
        message: "nested more than \(limits.maxDepth) levels deep")
    }
    open.append(try append())
    at += 1
  }

  /// Adds a node that begins here.
  private mutating func append() throws(JSONFault) -> Int {
    if nodes.count >= limits.maxValues {
      throw JSONFault(
        kind: .tooManyValues(limit: limits.maxValues), offset: at,
        message: "more than \(limits.maxValues) values")
    }
    nodes.append(JSONNode(start: UInt32(at), end: UInt32(at), next: 0))
    return nodes.count - 1
  }

  /// Ends a node here.
  private mutating func close(_ index: Int) {
    nodes[index].end = UInt32(at)
    nodes[index].next = UInt32(nodes.count)
  }

  private mutating func skipSpace() {
    while at < bytes.count {
      switch bytes[at] {
      case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r"), UInt8(ascii: "\n"): at += 1
      default: return
      }
    }
  }
}

// Tokens.
extension JSONParser {
  private mutating func literal(_ word: StaticString) throws(JSONFault) {
    let letters = Array("\(word)".utf8)
    for letter in letters {
      guard at < bytes.count, bytes[at] == letter else {
        throw invalid("in literal \(word) (expecting '\(Character(Unicode.Scalar(letter)))')")
      }
      at += 1
    }
  }

  private mutating func string() throws(JSONFault) {
    at += 1
    while at < bytes.count {
      switch bytes[at] {
      case UInt8(ascii: "\""):
        at += 1
        return
      case UInt8(ascii: "\\"):
        at += 1
        try escape()
      case ..<0x20:
        throw invalid("in string literal")
      default:
        at += 1
      }
    }
    throw unexpectedEnd()
  }

  private mutating func escape() throws(JSONFault) {
    guard at < bytes.count, let kind = StringEscape(bytes[at]) else {
      throw invalid("in string escape code")
    }
    at += 1
    guard kind == .unicode else { return }
    for _ in 0..<4 {
      guard at < bytes.count, hexDigit(bytes[at]) != nil else {
        throw invalid("in \\u hexadecimal character escape")
      }
      at += 1
    }
  }

  private mutating func number() throws(JSONFault) {
    skip(UInt8(ascii: "-"))
    if !skip(UInt8(ascii: "0")) {
      try digits("in numeric literal")
    }
    if skip(UInt8(ascii: ".")) {
      try digits("after decimal point in numeric literal")
    }
    if skip(UInt8(ascii: "e")) || skip(UInt8(ascii: "E")) {
      if !skip(UInt8(ascii: "+")) { skip(UInt8(ascii: "-")) }
      try digits("in exponent of numeric literal")
    }
  }

  /// Reads one or more digits.
  private mutating func digits(_ context: String) throws(JSONFault) {
    let first = at
    while at < bytes.count, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[at]) {
      at += 1
    }
    if at == first { throw invalid(context) }
  }

  @discardableResult
  private mutating func skip(_ byte: UInt8) -> Bool {
    guard at < bytes.count, bytes[at] == byte else { return false }
    at += 1
    return true
  }

  private mutating func expect(
    _ character: Unicode.Scalar, _ context: String
  ) throws(JSONFault) {
    guard at < bytes.count else { throw unexpectedEnd() }
    if !skip(UInt8(ascii: character)) { throw invalid(context) }
  }
}

// Faults.
extension JSONParser {
  private func unexpectedEnd() -> JSONFault {
    JSONFault(kind: .syntax, offset: at, message: "unexpected end of JSON input")
  }

  /// The fault of the byte here. At the end Go feeds its scanner one space more (`eof` in
  /// scanner.go), so that a token cut short is blamed on a blank that is not there.
  private func invalid(_ context: String) -> JSONFault {
    let byte = at < bytes.count ? bytes[at] : UInt8(ascii: " ")
    return JSONFault(
      kind: .syntax, offset: at, message: "invalid character \(quoted(byte)) \(context)")
  }
}

/// A byte as Go shows it (`quoteChar` in scanner.go): taken for a Latin-1 character, and escaped
/// unless printable.
private func quoted(_ byte: UInt8) -> String {
  switch byte {
  case UInt8(ascii: "'"): #"'\''"#
  case UInt8(ascii: "\\"): #"'\\'"#
  case 0x07: #"'\a'"#
  case 0x08: #"'\b'"#
  case 0x09: #"'\t'"#
  case 0x0A: #"'\n'"#
  case 0x0B: #"'\v'"#
  case 0x0C: #"'\f'"#
  case 0x0D: #"'\r'"#
  case ..<0x20, 0x7F: "'\\x\(hex(byte))'"
  // Go prints neither the C1 controls nor the no-break space nor the soft hyphen.
  case 0x80...0xA0, 0xAD: "'\\u00\(hex(byte))'"
  default: "'\(Character(Unicode.Scalar(byte)))'"
  }
}

private func hex(_ byte: UInt8) -> String {
  (byte < 0x10 ? "0" : "") + String(byte, radix: 16)
}
