/// A value that Go's encoding/json refuses to put into the field it belongs to.
public struct TypeMismatch: Equatable, Sendable {
  /// Where the value stands: an RFC 6901 pointer.
  public var pointer: String
  /// Where it lies in the document's bytes.
  public var range: Range<Int>
  /// What it is, as in Go's messages: "number -1", "string".
  public var have: String
  /// The Go type it is meant for, as in Go's messages: "uint32", "specs.Spec".
  public var need: String
}

extension TypeMismatch: CustomStringConvertible {
  public var description: String {
    "cannot unmarshal \(have) at \(pointer.isEmpty ? "/" : pointer) into \(need)"
  }
}

extension JSONDocument {
  /// What encoding/json refuses about the document, in its order; empty if it accepts it all.
  ///
  /// Go reports the first only. A member is checked each time it occurs, as each is decoded. Names
  /// that the type does not know are ignored with all they hold. No more than `limit` mismatches
  /// are returned, since a hostile document can hold millions.
  public func mismatches(against type: GoType, limit: Int = 100) -> [TypeMismatch] {
    root.mismatches(against: type, limit: limit)
  }
}

extension JSONValue {
  /// What encoding/json refuses about this value; see the same function of the document.
  public func mismatches(against type: GoType, limit: Int = 100) -> [TypeMismatch] {
    var checker = TypeChecker(limit: limit)
    checker.check(self, type)
    return checker.found
  }
}

/// Walks a value and a type together; the depth of the type bounds the recursion.
private struct TypeChecker {
  let limit: Int
  var found: [TypeMismatch] = []

  mutating func check(_ value: JSONValue, _ type: GoType) {
    guard found.count < limit, !value.isNull else { return }
    switch (type, value.kind) {
    case (.bool, .bool), (.string, .string): break
    case (.integer(let integer), .number):
      if !integer.accepts(value) { refuse(value, type, value.shownNumber) }
    case (.time, .string):
      if !isGoTime(value.bytes.dropFirst().dropLast()) { refuse(value, type) }
    case (.text(let text), _):
      if !text.accepts(value) { refuse(value, type) }
    case (.slice(let element), .array):
      for item in value.elements { check(item, element) }
    case (.map(let element, let keys), .object):
      for member in value.members {
        if let keys, !keys.accepts(key: member.key) {
          refuse(member.name, .integer(keys), "member name", at: member.value)
        }
        check(member.value, element)
      }
    case (.structure(let structure), .object):
      for member in value.members {
        if let field = structure.field(member) { check(member.value, field) }
      }
    case (.any, _):
      for number in value.numbers where number.double == nil {
        refuse(number, type, number.shownNumber, at: value)
      }
    default: refuse(value, type)
    }
  }

  /// `place` is what the pointer names, if not the value itself.
  private mutating func refuse(
    _ value: JSONValue, _ type: GoType, _ have: String? = nil, at place: JSONValue? = nil
  ) {
    guard found.count < limit else { return }
    found.append(
      TypeMismatch(
        pointer: (place ?? value).pointer, range: value.range, have: have ?? value.kind.rawValue,
        need: type.description))
  }
}

extension JSONValue {
  /// The kind and the number itself, unless it is absurdly long.
  fileprivate var shownNumber: String {
    let longest = 40
    let text = String(decoding: bytes.prefix(longest), as: UTF8.self)
    return "number \(text)\(bytes.count > longest ? "…" : "")"
  }
}
