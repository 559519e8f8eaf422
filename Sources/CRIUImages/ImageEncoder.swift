public import SwiftProtobuf

/// Makes the bytes of an image, as CRIU writes them: deterministic, fields in ascending order.
public enum ImageEncoder {
  /// A message, and the bytes that follow it.
  public struct Record: Sendable {
    public var message: any Message
    public var payload: [UInt8]

    public init(_ message: any Message, payload: [UInt8] = []) {
      self.message = message
      self.payload = payload
    }
  }

  /// The image of `name` with these messages. The inventory and raw images have no head magic,
  /// whatever `framing` says.
  ///
  /// Required fields may be missing: it is up to the caller to write what CRIU reads.
  public static func encode(
    _ name: ImageName, messages: [any Message], framing: ImageFraming = .headMagic
  ) throws(BinaryEncodingError) -> [UInt8] {
    try encode(name, records: messages.map { Record($0) }, framing: framing)
  }

  /// The image of `name` with these records.
  public static func encode(
    _ name: ImageName, records: [Record], framing: ImageFraming = .headMagic
  ) throws(BinaryEncodingError) -> [UInt8] {
    var bytes = head(name.type.layout, framing)
    for record in records {
      bytes += try encode(record.message)
      bytes += record.payload
    }
    return bytes
  }

  /// The magics.
  private static func head(_ layout: ImageLayout, _ framing: ImageFraming) -> [UInt8] {
    let words: [UInt32] =
      switch (layout.head, framing) {
      case (.raw, _): []
      case (.typeOnly, _), (_, .typeMagicOnly): [layout.magic]
      case (.common, .headMagic): [ImageParser.commonMagic, layout.magic]
      case (.service, .headMagic): [ImageParser.serviceMagic, layout.magic]
      }
    return words.flatMap(littleEndian)
  }

  /// One record: the size word and the message.
  public static func encode(_ message: any Message) throws(BinaryEncodingError) -> [UInt8] {
    do {
      let body: [UInt8] = try message.serializedBytes(partial: true)
      return littleEndian(UInt32(truncatingIfNeeded: body.count)) + body
    } catch let error as BinaryEncodingError {
      throw error
    } catch {
      throw .anyTranscodeFailure
    }
  }

  private static func littleEndian(_ word: UInt32) -> [UInt8] {
    withUnsafeBytes(of: word.littleEndian) { Array($0) }
  }
}
