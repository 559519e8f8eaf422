public import SwiftProtobuf

/// How the image files of one type are named and laid out.
public struct ImageLayout: Sendable {
  /// The `%` of the file name.
  public enum IDFormat: Hashable, Sendable {
    /// One file per set.
    case none
    /// `%u`: up to 32 bits.
    case decimal
    /// `%lu`: up to 64 bits.
    case longDecimal
    /// `%x`: up to 32 bits, lower case.
    case hexadecimal
  }

  /// The words at the head of a file.
  public enum Head: Hashable, Sendable {
    /// The magic of the type only: the inventory, which says what the others have.
    case typeOnly
    /// 0x54564319 and the magic of the type; only the latter in images of version 1.
    case common
    /// 0x55105940 and the magic of the type; only the latter in images of version 1.
    case service
    /// Neither magic nor records: the file is its content.
    case raw
  }

  /// How many records CRIU reads.
  public enum Cardinality: Hashable, Sendable {
    /// One, and whatever follows is ignored.
    case one
    /// One or none, and whatever follows is ignored; none is as good as no file.
    case upToOne
    /// As many as there are.
    case many
    /// One of the first message, then as many as there are of the second.
    case headThenMany
    /// Raw content.
    case none
  }

  /// File name around the id, such as `core-` and `.img`.
  public let prefix: String
  public let suffix: String
  public let id: IDFormat
  public let head: Head
  /// The magic of the type; 0 for raw types.
  public let magic: UInt32
  public let cardinality: Cardinality
  /// The messages of the records; two for ``Cardinality-swift.enum/headThenMany``.
  public let messages: [any Message.Type]
  /// CRIU 4.2 reads it only in place of something newer, and never writes it.
  public let isLegacy: Bool

  static func one(
    _ pattern: String, _ magic: UInt32, _ message: any Message.Type, head: Head = .common,
    legacy: Bool = false
  ) -> Self {
    Self(pattern, magic, head, .one, [message], legacy)
  }

  static func upToOne(_ pattern: String, _ magic: UInt32, _ message: any Message.Type) -> Self {
    Self(pattern, magic, .common, .upToOne, [message], false)
  }

  static func many(
    _ pattern: String, _ magic: UInt32, _ message: any Message.Type, head: Head = .common,
    legacy: Bool = false
  ) -> Self {
    Self(pattern, magic, head, .many, [message], legacy)
  }

  static func pagemap(_ pattern: String) -> Self {
    Self(
      pattern, 0x5608_4025, .common, .headThenMany, [PagemapHead.self, PagemapEntry.self], false)
  }

  static func raw(_ pattern: String, legacy: Bool = false) -> Self {
    Self(pattern, 0, .raw, .none, [], legacy)
  }

  /// `pattern` is the file name as criu/image-desc.c writes it.
  private init(
    _ pattern: String, _ magic: UInt32, _ head: Head, _ cardinality: Cardinality,
    _ messages: [any Message.Type], _ isLegacy: Bool
  ) {
    let parts = pattern.split(separator: "%", omittingEmptySubsequences: false)
    prefix = String(parts[0])
    var rest = parts.count > 1 ? parts[1] : ""
    switch rest.prefix(2) {
    case "lu", "ld":
      id = .longDecimal
      rest = rest.dropFirst(2)
    case "": id = .none
    default:
      id = rest.hasPrefix("x") ? .hexadecimal : .decimal
      rest = rest.dropFirst()
    }
    suffix = String(rest)
    self.head = head
    self.magic = magic
    self.cardinality = cardinality
    self.messages = messages
    self.isLegacy = isLegacy
  }
}
