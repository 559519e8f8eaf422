internal import SwiftProtobuf

#if canImport(FoundationEssentials)
  internal import FoundationEssentials
#else
  internal import Foundation
#endif

/// Roughly the memory that decoded values may take. A message of two bytes can take hundreds once
/// it is decoded, so that a bound on the file alone does not bound memory.
struct DecodingBudget {
  let limit: Int
  var left: Int

  init(_ limit: Int) {
    self.limit = limit
    left = limit
  }
}

/// Reads one message exactly as strictly as the unpacker CRIU uses
/// (protobuf_c_message_unpack of protobuf-c).
///
/// SwiftProtobuf's own decoder differs in both directions: it takes a known field of the wrong wire
/// type for an unknown one, accepts groups, and reports a missing required field without its name.
///
/// `Decoder` demands an escapable type, so this holds a raw buffer instead of a `RawSpan`; it never
/// outlives the call of ``decode(_:from:at:budget:)``, and every read is first held against the end
/// of the message.
struct StrictDecoder {
  /// Deepest nesting that is followed. CRIU has no limit; only control group directories and
  /// AppArmor namespaces nest at all.
  static let depthLimit = 64

  /// What belongs to the message being read; saved while a nested one is read.
  struct Frame {
    var type: any Message.Type
    var start: Int
    var position: Int
    var end: Int
    /// Field numbers met, as bits: protobuf-c's bitmap of required fields. None is above 63.
    var seen: UInt64 = 0
    /// Raw bytes of the fields the schema lacks.
    var unknown: [UInt8] = []

    init(_ type: any Message.Type, _ start: Int, _ end: Int) {
      self.type = type
      self.start = start
      self.position = start
      self.end = end
    }
  }

  /// The field being read. Its value, length prefix included, is `valueStart..<end`.
  struct Field {
    var number = 0
    var wireType = WireType.varint
    var start = 0
    var valueStart = 0
    var contentStart = 0
    var end = 0
    /// Whether the generated code asked for the value, which it does for known fields only.
    var isKnown = true
  }

  let base: UnsafeRawBufferPointer
  /// Offset of `base` in the image file.
  let fileOffset: UInt64
  var budget: DecodingBudget
  var depth = 0
  var frame: Frame
  var field = Field()

  /// Decodes `bytes`, which lie at `offset` of the image file.
  ///
  /// What the values take is subtracted from `budget`.
  static func decode<M: Message>(
    _ type: M.Type, from bytes: UnsafeRawBufferPointer, at offset: UInt64,
    budget: inout DecodingBudget
  ) throws(MessageFault) -> M {
    var decoder = StrictDecoder(
      base: bytes, fileOffset: offset, budget: budget, frame: Frame(type, 0, bytes.count))
    var message = M()
    do {
      try decoder.charge(Self.cost(of: M.self))
      try message.decodeMessage(decoder: &decoder)
      try decoder.close(&message, isFresh: true)
    } catch let fault as MessageFault {
      throw fault
    } catch {
      throw decoder.fault(.unsupportedField)
    }
    budget = decoder.budget
    return message
  }

  /// A rough figure for what one message takes; large ones live in a heap object.
  private static func cost<M: Message>(of type: M.Type) -> Int { 256 + MemoryLayout<M>.stride }

  mutating func charge(_ bytes: Int) throws {
    budget.left -= bytes
    guard budget.left >= 0 else { throw fault(.tooLarge(limit: budget.limit)) }
  }

  /// Decodes the current field as a message. A singular field met again is merged, as protobuf-c
  /// does, and like there each occurrence must be complete by itself.
  mutating func decodeNested<M: Message>(into message: inout M, isFresh: Bool) throws {
    guard depth < Self.depthLimit else { throw fault(.tooDeep(limit: Self.depthLimit)) }
    try charge(Self.cost(of: M.self))
    let outer = (frame, field)
    frame = Frame(M.self, field.contentStart, field.end)
    depth += 1
    try message.decodeMessage(decoder: &self)
    try close(&message, isFresh: isFresh)
    depth -= 1
    (frame, field) = outer
  }

  /// Checks required fields and hands over unknown ones.
  private mutating func close<M: Message>(_ message: inout M, isFresh: Bool) throws {
    // The children are complete already. Of a merged message only what came last is judged, and
    // that the message cannot tell.
    if !isFresh || !message.isInitialized {
      let missing = FieldTable.fields(of: messageName).first { field in
        field.isRequired && frame.seen & (1 << UInt64(field.number)) == 0
      }
      if let missing {
        throw MessageFault(
          message: messageName, field: .init(number: missing.number, name: missing.name),
          offset: fileOffset + UInt64(frame.start), problem: .missingRequired)
      }
    }
    // Only SwiftProtobuf's own decoder can fill an `UnknownStorage`. What it cannot read, a field
    // number above 2^29, is not kept.
    if !frame.unknown.isEmpty {
      try? message.merge(serializedBytes: frame.unknown, partial: true)
    }
  }

  private var messageName: String { frame.type.shortName }

  /// A fault of the current field.
  func fault(_ problem: MessageFault.Problem) -> MessageFault {
    let number = field.number
    let name = FieldTable.fields(of: messageName).first { $0.number == number }?.name
    return MessageFault(
      message: messageName, field: number == 0 ? nil : .init(number: number, name: name),
      offset: fileOffset + UInt64(field.start), problem: problem)
  }
}

// MARK: - Scanning

extension StrictDecoder {
  /// Delimits the next field, whatever it is; protobuf-c does this for known and unknown alike.
  mutating func nextField() throws -> Int? {
    if !field.isKnown {
      frame.unknown.append(contentsOf: base[field.start..<field.end])
      field.isKnown = true
    }
    guard frame.position < frame.end else { return nil }
    field = Field(start: frame.position, isKnown: false)
    let wireType = try readTag()
    field.valueStart = frame.position
    field.contentStart = frame.position
    switch WireType(rawValue: wireType) {
    case .varint:
      field.wireType = .varint
      let limit = min(frame.end, frame.position + 10)
      var end = frame.position
      while end < limit, base[end] >= 0x80 { end += 1 }
      guard end < limit else { throw fault(.unterminatedVarint) }
      field.end = end + 1
    case .fixed64:
      field.wireType = .fixed64
      try takeContent(8)
    case .fixed32:
      field.wireType = .fixed32
      try takeContent(4)
    case .lengthDelimited:
      field.wireType = .lengthDelimited
      try takeContent(readLength())
    case nil:
      throw fault(.unsupportedWireType(have: wireType))
    }
    frame.position = field.end
    if field.number < 64 { frame.seen |= 1 << UInt64(field.number) }
    return field.number
  }

  /// At most five bytes; the number is cut to 32 bits, and one that starts with a zero byte is bad.
  private mutating func readTag() throws -> UInt8 {
    let first = base[frame.position]
    guard first & 0xf8 != 0 else { throw fault(.malformedTag) }
    var number = UInt32(first & 0x7f) >> 3
    var shift: UInt32 = 4
    var position = frame.position + 1
    if first >= 0x80 {
      let limit = min(frame.end, frame.position + 5)
      while true {
        guard position < limit else { throw fault(.malformedTag) }
        let byte = base[position]
        number |= UInt32(byte & 0x7f) << shift
        shift += 7
        position += 1
        if byte < 0x80 { break }
      }
    }
    frame.position = position
    field.number = Int(number)
    return first & 7
  }

  private mutating func readLength() throws -> Int {
    let limit = min(frame.end, frame.position + 5)
    var length = 0
    var shift = 0
    var position = frame.position
    while true {
      guard position < limit else { throw fault(.unterminatedLength) }
      let byte = base[position]
      length |= Int(byte & 0x7f) << shift
      shift += 7
      position += 1
      if byte < 0x80 { break }
    }
    frame.position = position
    field.contentStart = position
    return length
  }

  private mutating func takeContent(_ length: Int) throws {
    let left = frame.end - field.contentStart
    guard length <= left else {
      throw fault(.truncated(have: UInt64(left), need: UInt64(length)))
    }
    field.end = field.contentStart + length
  }
}

extension Message {
  /// The name of the message without that of the package.
  static var shortName: String {
    protoMessageName.lastIndex(of: ".").map {
      String(protoMessageName[protoMessageName.index(after: $0)...])
    } ?? protoMessageName
  }
}
