public import SwiftProtobuf

/// The framing of an image, by what was found at its head.
public enum ImageFraming: Hashable, Sendable {
  /// The magic of the type only: `img_version` 1, and the inventory of any version.
  case typeMagicOnly
  /// A head magic before the magic of the type: `img_version` 2.
  case headMagic
}

/// One record of an image.
public struct ImageRecord: Sendable {
  /// Position among all records of the file, those of a pagemap and of ghost chunks included.
  public let index: Int
  /// Offset in the file of the size word.
  public let offset: UInt64
  /// Size of the message.
  public let size: UInt32
  public let message: any Message
  /// Bytes that follow the message.
  public internal(set) var payload: UInt64
}

/// What an image file holds: its messages, and figures about its bulk.
public struct DecodedImage: Sendable {
  public let name: ImageName
  /// Bytes in the file.
  public internal(set) var size: UInt64 = 0
  /// nil for a raw image, and where the head is at fault.
  public internal(set) var framing: ImageFraming?
  /// The records that could be decoded, up to the fault if there is one; neither pagemap entries nor
  /// ghost chunks are among them.
  public internal(set) var records: [ImageRecord] = []
  /// The entries of a pagemap, if the head record was read.
  public internal(set) var pagemap: PagemapSummary?
  /// The content of a ghost file, if its record was read.
  public internal(set) var ghost: GhostContent?
  /// The first thing at which CRIU would stop.
  public internal(set) var fault: ImageFault?
  /// Bytes behind the last one that CRIU reads.
  public internal(set) var trailingBytes: UInt64 = 0

  /// The messages of one kind, with the records they are in.
  public func messages<M: Message>(_ type: M.Type = M.self) -> [(record: ImageRecord, message: M)] {
    records.compactMap { record in
      (record.message as? M).map { (record, $0) }
    }
  }

  /// The first message of one kind.
  public func first<M: Message>(_ type: M.Type = M.self) -> M? {
    for record in records {
      if let message = record.message as? M { return message }
    }
    return nil
  }
}

/// What is known of the content of a ghost file. The content itself is not kept.
public struct GhostContent: Hashable, Sendable {
  /// Size of the file when it was dumped, if the record says.
  public internal(set) var declaredSize: UInt64?
  /// Whether the content is a list of chunks.
  public internal(set) var isChunked = false
  /// Bytes of content in the image.
  public internal(set) var length: UInt64 = 0
  public internal(set) var chunks = 0
  /// Where the furthest chunk ends; nil if that is beyond 64 bits.
  public internal(set) var chunksEnd: UInt64? = 0
  /// The first chunk that ends beyond the declared size, rounded up to a page of 4096 bytes.
  public internal(set) var firstOverrun: Chunk?

  /// One run of content.
  public struct Chunk: Hashable, Sendable {
    /// Index of its record.
    public let index: Int
    /// Offset in the image of its record.
    public let offset: UInt64
    /// Where in the ghost file it goes.
    public let position: UInt64
    public let length: UInt64
  }

  mutating func add(_ chunk: Chunk) {
    chunks += 1
    let (end, overflow) = chunk.position.addingReportingOverflow(chunk.length)
    if overflow {
      chunksEnd = nil
    } else if let furthest = chunksEnd {
      chunksEnd = max(furthest, end)
    }
    // FIEMAP reports whole blocks, so that the last chunk may end behind the size.
    if firstOverrun == nil, let declaredSize, overflow || end > declaredSize.roundedUp(to: 4096) {
      firstOverrun = chunk
    }
  }
}

extension UInt64 {
  /// The next multiple of `unit`, a power of two; the greatest there is if it is beyond 64 bits.
  func roundedUp(to unit: UInt64) -> UInt64 {
    let (sum, overflow) = addingReportingOverflow(unit - 1)
    return (overflow ? .max : sum) & ~(unit - 1)
  }
}
