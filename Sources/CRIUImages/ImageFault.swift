/// The first thing in an image file at which CRIU would stop, or go astray.
public struct ImageFault: Hashable, Sendable {
  public enum Kind: Hashable, Sendable {
    /// A file of 0 bytes. CRIU reads its magic, hence this is worse than no file.
    case emptyFile
    /// The file ends within the magics.
    case shortHead(have: UInt64, need: UInt64)
    /// The first word is no magic an image of this type may begin with.
    case badHeadMagic(have: UInt32, need: UInt32)
    /// The magic is not that of the type the file is named after, but that of the `others`, if any.
    case badTypeMagic(have: UInt32, need: UInt32, others: [ImageType])
    /// A magic that is right with its bytes reversed: a dump of a machine of the other byte order.
    case byteSwapped(have: UInt32, need: UInt32)
    /// 1 to 3 bytes where a record size or the end was due.
    case strayBytes(have: UInt64)
    /// The file ends within a record.
    case shortRecord(have: UInt64, need: UInt64)
    /// A record of a size that no real one has; CRIU would try to allocate it.
    case oversizeRecord(have: UInt64, limit: UInt64)
    /// A record that CRIU's unpacker refuses.
    case undecodable(MessageFault)
    /// The file ends where a record is required.
    case missingRecord(need: String)
    /// The file ends within the bytes that follow a record. CRIU hangs on a short ghost chunk, and
    /// does not notice a short shared memory segment.
    case shortPayload(have: UInt64, need: UInt64)
    /// A System V message longer than CRIU's buffer (MSGMAX).
    case oversizeMessage(have: UInt32, limit: UInt32)
    /// A ghost file in chunks whose size is not given.
    case missingGhostSize
  }

  public var kind: Kind
  /// Index of the record, counted over all of the file; nil in the head of the file.
  public var record: Int?
  /// Offset in the file: of the word, of the record's size word, or of the payload.
  public var offset: UInt64

  /// Whether a limit of this reader was met: CRIU has none of them, and might go on.
  public var isLimit: Bool {
    switch kind {
    case .oversizeRecord: true
    case .undecodable(let fault):
      switch fault.problem {
      case .tooDeep, .tooLarge: true
      default: false
      }
    default: false
    }
  }
}

extension ImageFault: CustomStringConvertible {
  public var description: String {
    let place = record.map { "record \($0) at offset \(offset)" } ?? "offset \(offset)"
    return "\(place): \(kind)"
  }
}

extension ImageFault.Kind: CustomStringConvertible {
  public var description: String {
    switch self {
    case .emptyFile: "the file is empty, not even its magic is there"
    case .shortHead(let have, let need):
      "the file ends after \(have) bytes, but the magics take \(need)"
    case .badHeadMagic(let have, let need):
      "the first word is \(hex(have)), but the head magic is \(hex(need))"
    case .badTypeMagic(let have, let need, let others):
      "the magic is \(hex(have))\(owner(others)), but must be \(hex(need))"
    case .byteSwapped(let have, let need):
      "the magic is \(hex(have)), which is \(hex(need)) in the other byte order"
    case .strayBytes(let have): "\(have) bytes are left, but a record size takes 4"
    case .shortRecord(let have, let need):
      "the record has \(have) bytes, but its size word says \(need)"
    case .oversizeRecord(let have, let limit):
      "the record size is \(have), but at most \(limit) is read"
    case .undecodable(let fault): "\(fault)"
    case .missingRecord(let need): "the file ends, but a \(need) is required"
    case .shortPayload(let have, let need):
      "\(have) bytes follow the record, but \(need) are promised"
    case .oversizeMessage(let have, let limit):
      "the message has \(have) bytes, but CRIU takes at most \(limit)"
    case .missingGhostSize: "the content is in chunks, but the size of the file is missing"
    }
  }

  private func hex(_ value: UInt32) -> String {
    let digits = String(value, radix: 16)
    return "0x" + String(repeating: "0", count: 8 - digits.count) + digits
  }

  private func owner(_ types: [ImageType]) -> String {
    types.isEmpty ? "" : ", that of " + types.map(\.description).joined(separator: " and ")
  }
}
