/// What follows the last entry of a tar.
public struct Tail: Sendable, Hashable {
  /// Bytes from the end of the last entry to the end of the tar.
  public var bytes: Int64
  /// Whether all of those within the end marker's two blocks are zero.
  public var markerIsZero: Bool
  /// Bytes after the end marker, up to the last that is not zero.
  public var junk: Int64
  /// Bytes after the end of the compressed stream.
  public var streamJunk: UInt64
  /// What the decompressor refused after the tar had ended.
  public var streamDamage: Damage?

  public init(
    bytes: Int64, markerIsZero: Bool, junk: Int64 = 0, streamJunk: UInt64 = 0,
    streamDamage: Damage? = nil
  ) {
    self.bytes = bytes
    self.markerIsZero = markerIsZero
    self.junk = junk
    self.streamJunk = streamJunk
    self.streamDamage = streamDamage
  }

  /// Whether Go's archive/tar, and with it every engine, takes this for the end: no block, one
  /// zero block, or two; but neither a part of a block nor a second block that is not zero.
  public var isAccepted: Bool {
    markerIsZero && (bytes >= Self.markerSize || bytes % HeaderBlock.size == 0)
  }

  /// Whether the whole end marker is there, and nothing but zeros after it.
  public var isClean: Bool {
    markerIsZero && bytes >= Self.markerSize && junk == 0 && streamJunk == 0 && streamDamage == nil
  }

  static let markerSize = 2 * HeaderBlock.size
}
