/// A JSON document: its bytes, and where each value lies in them.
///
/// Nothing is decoded until it is asked for, so that a document costs its own size and twelve bytes
/// for each value, and so that an edit can replace exactly the bytes of one value.
/// What counts as JSON is what Go's encoding/json accepts, because the engines are Go programs.
public struct JSONDocument: Sendable {
  /// The bytes as they were read.
  public let bytes: [UInt8]
  let nodes: [JSONNode]

  /// Reads a document, as far as `limits` allow.
  public static func parse(
    _ bytes: [UInt8], limits: JSONLimits = JSONLimits()
  ) throws(JSONFault) -> JSONDocument {
    var parser = JSONParser(bytes: bytes, limits: limits)
    return JSONDocument(bytes: bytes, nodes: try parser.document())
  }

  /// The top-level value.
  public var root: JSONValue { JSONValue(document: self, index: 0) }
}

/// One value, or one member name.
///
/// Values lie in document order, each followed by what it contains; a member name is followed by
/// its value. The kind needs no field: the first byte tells it.
struct JSONNode: Sendable {
  /// The first byte.
  var start: UInt32
  /// The byte after the last.
  var end: UInt32
  /// The index of the node after this one and all it contains.
  var next: UInt32
}

/// The kind of a JSON value, named as in Go's messages.
public enum JSONKind: String, Sendable {
  case null, bool, number, string, array, object
}
