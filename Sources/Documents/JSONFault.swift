/// Why bytes are not a JSON document that can be judged.
public struct JSONFault: Error, Equatable, Sendable {
  /// What kind of fault it is; only `syntax` is a refusal by Go itself.
  public enum Kind: Equatable, Sendable {
    /// Go's encoding/json refuses these bytes too.
    case syntax
    /// Nested more deeply than this number of levels; Go stops at 10000.
    case tooDeep(limit: Int)
    /// More bytes than this.
    case tooLarge(limit: Int)
    /// More values, member names included, than this.
    case tooManyValues(limit: Int)
  }

  public var kind: Kind
  /// The offset of the offending byte; the number of bytes if they end too early.
  public var offset: Int
  /// A sentence in the manner of Go's, with no more of the document than one character.
  public var message: String
}

extension JSONFault: CustomStringConvertible {
  public var description: String { "\(message) (byte \(offset))" }
}

/// How much of a document is worth reading.
public struct JSONLimits: Equatable, Sendable {
  /// Levels of nesting.
  public var maxDepth: Int
  /// Bytes.
  public var maxSize: Int
  /// Values, member names included. Each costs twelve bytes beside the document itself; the largest
  /// real document, a `spec.dump` with a seccomp filter, has about two thousand.
  public var maxValues: Int

  public init(maxDepth: Int = 64, maxSize: Int = 64 << 20, maxValues: Int = 1 << 20) {
    self.maxDepth = maxDepth
    self.maxSize = maxSize
    self.maxValues = maxValues
  }
}
