internal import SwiftProtobuf

/// Bounds on what a parser takes in, against hostile files.
public struct ImageLimits: Hashable, Sendable {
  /// Size of one record. The greatest real ones, mm and seccomp, stay below 10 MiB.
  public var recordBytes: UInt32 = 64 << 20
  /// Roughly the memory that the decoded records of one image take.
  public var decodedBytes = 128 << 20
  /// Address ranges kept of one pagemap, 16 bytes each.
  public var pagemapRanges = 1 << 19

  public init() {}
}

/// Parses one image file, fed in chunks of any size.
///
/// Beyond the decoded records, memory is bounded by the size of the record being read, and grows
/// only as its bytes arrive. Payload, raw content and pagemap entries are counted, not kept.
///
/// The parser goes on to the first fault and then only counts, for that is where CRIU stops.
public struct ImageParser: Sendable {
  enum State {
    /// The first or second magic.
    case firstWord
    case secondWord
    /// The size of a record, or the end.
    case size
    case body
    case payload
    /// Content of a plain ghost file, up to the end.
    case ghostTail
    /// What CRIU does not read.
    case trailing
    /// A raw image.
    case raw
    case failed
  }

  let layout: ImageLayout
  let limits: ImageLimits
  let pageSize: UInt64
  var image: DecodedImage
  var state: State
  /// Offset in the file of the next byte.
  var offset: UInt64 = 0

  /// A 32-bit word of which `wordBytes` bytes have arrived.
  var word: UInt32 = 0
  var wordBytes = 0

  /// The record being read: where its size word is, its size, and the bytes that came so far.
  var recordOffset: UInt64 = 0
  var recordSize: UInt32 = 0
  var body: [UInt8] = []
  /// Index of the record being read, or of the next one.
  var index = 0

  /// The bytes that follow the last record.
  var payloadNeed: UInt64 = 0
  var payloadLeft: UInt64 = 0
  /// System V messages that still belong to the last queue.
  var messagesLeft: UInt32 = 0

  var budget: DecodingBudget

  /// `pageSize` is used to reckon with the addresses of a pagemap; 4096 if it is no power of two.
  public init(name: ImageName, limits: ImageLimits = ImageLimits(), pageSize: UInt64 = 4096) {
    layout = name.type.layout
    self.limits = limits
    self.pageSize = pageSize
    image = DecodedImage(name: name)
    state = layout.head == .raw ? .raw : .firstWord
    budget = DecodingBudget(limits.decodedBytes)
  }

  /// Parses a file that is in memory.
  public static func parse(
    _ bytes: [UInt8], as name: ImageName, limits: ImageLimits = ImageLimits(),
    pageSize: UInt64 = 4096
  ) -> DecodedImage {
    var parser = ImageParser(name: name, limits: limits, pageSize: pageSize)
    parser.consume(bytes.span.bytes)
    return parser.finish()
  }

  /// Takes the next bytes of the file.
  public mutating func consume(_ bytes: RawSpan) {
    bytes.withUnsafeBytes { buffer in
      var rest = buffer[...]
      while !rest.isEmpty {
        let before = rest.count
        step(&rest)
        offset &+= UInt64(before - rest.count)
      }
    }
  }

  /// Ends the file.
  public consuming func finish() -> DecodedImage {
    switch state {
    case .firstWord where offset == 0: fail(.emptyFile, at: 0)
    case .firstWord, .secondWord:
      fail(.shortHead(have: offset, need: layout.head == .typeOnly ? 4 : 8), at: 0)
    case .size: finishAtBoundary()
    case .body:
      fail(.shortRecord(have: UInt64(body.count), need: UInt64(recordSize)), at: recordOffset)
    case .payload:
      let have = payloadNeed - payloadLeft
      notePayload(have)
      index -= 1
      fail(.shortPayload(have: have, need: payloadNeed), at: offset - have)
    case .ghostTail, .trailing, .raw, .failed: break
    }
    image.size = offset
    return image
  }

  /// Takes at least one byte of `rest`.
  private mutating func step(_ rest: inout Slice<UnsafeRawBufferPointer>) {
    switch state {
    case .firstWord:
      if let word = takeWord(&rest) { readFirstWord(word) }
    case .secondWord:
      if let word = takeWord(&rest) { readTypeMagic(word, framing: .headMagic) }
    case .size:
      if isInPagemap, wordBytes == 0, scanPagemap(&rest) { return }
      if wordBytes == 0 { recordOffset = offset }
      if let word = takeWord(&rest) { readSize(word) }
    case .body: takeBody(&rest)
    case .payload:
      let count = min(rest.count, Int(clamping: payloadLeft))
      rest = rest.dropFirst(count)
      payloadLeft -= UInt64(count)
      if payloadLeft == 0 {
        notePayload(payloadNeed)
        state = afterRecord
      }
    case .ghostTail:
      let count = UInt64(rest.count)
      image.ghost?.length &+= count
      image.records[image.records.count - 1].payload &+= count
      rest = rest.suffix(0)
    case .trailing:
      image.trailingBytes &+= UInt64(rest.count)
      rest = rest.suffix(0)
    case .raw, .failed:
      rest = rest.suffix(0)
    }
  }

  /// Where the file may end.
  private mutating func finishAtBoundary() {
    if wordBytes > 0 {
      fail(.strayBytes(have: UInt64(wordBytes)), at: recordOffset)
    } else if messagesLeft > 0 || needsRecord {
      fail(.missingRecord(need: expectedMessage.shortName), at: offset)
    }
  }

  /// Whether CRIU's reader of the first record takes the end of file for an error.
  private var needsRecord: Bool {
    guard index == 0 else { return false }
    return switch layout.cardinality {
    case .one, .headThenMany: true
    case .upToOne, .many, .none: false
    }
  }

  /// A word that may be split between chunks, in little-endian order.
  private mutating func takeWord(_ rest: inout Slice<UnsafeRawBufferPointer>) -> UInt32? {
    while let byte = rest.popFirst() {
      word |= UInt32(byte) << UInt32(8 * wordBytes)
      wordBytes += 1
      guard wordBytes == 4 else { continue }
      defer { (word, wordBytes) = (0, 0) }
      return word
    }
    return nil
  }

  mutating func fail(_ kind: ImageFault.Kind, at offset: UInt64) {
    let isHead = state == .firstWord || state == .secondWord
    image.fault = ImageFault(kind: kind, record: isHead ? nil : index, offset: offset)
    state = .failed
    body = []
  }
}

// MARK: - Magics

extension ImageParser {
  static let commonMagic: UInt32 = 0x5456_4319
  static let serviceMagic: UInt32 = 0x5510_5940

  private mutating func readFirstWord(_ word: UInt32) {
    let head = layout.head == .service ? Self.serviceMagic : Self.commonMagic
    if layout.head == .typeOnly || word == layout.magic {
      readTypeMagic(word, framing: .typeMagicOnly)
    } else if word == head {
      state = .secondWord
    } else if [head, layout.magic].contains(word.byteSwapped) {
      fail(.byteSwapped(have: word, need: word.byteSwapped), at: 0)
    } else if case let others = ImageType.types(withMagic: word), !others.isEmpty {
      fail(.badTypeMagic(have: word, need: layout.magic, others: others), at: 0)
    } else {
      fail(.badHeadMagic(have: word, need: head), at: 0)
    }
  }

  private mutating func readTypeMagic(_ word: UInt32, framing: ImageFraming) {
    let offset: UInt64 = framing == .headMagic ? 4 : 0
    if word == layout.magic {
      image.framing = framing
      state = .size
    } else if word.byteSwapped == layout.magic {
      fail(.byteSwapped(have: word, need: layout.magic), at: offset)
    } else {
      let others = ImageType.types(withMagic: word)
      fail(.badTypeMagic(have: word, need: layout.magic, others: others), at: offset)
    }
  }
}
