/// What a reader is willing to take from a stranger. Every limit is an option of the commands.
public struct Limits: Sendable, Hashable {
  /// Entries in one archive or folder.
  public var entries = 200_000
  /// Components in one name.
  public var depth = 32
  /// Bytes of one JSON document.
  public var documentBytes = 64 << 20
  /// Nesting of one JSON document.
  public var documentDepth = 64
  /// Bytes of one image record.
  public var recordBytes = 64 << 20
  /// Bytes of documents and decoded images that are kept of one checkpoint.
  public var keptBytes = 96 << 20

  public init() {}
}
