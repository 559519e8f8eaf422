extension JSONValue {
  /// Where the value stands in its document: an RFC 6901 pointer, empty for the top-level value.
  public var pointer: String { JSONPointer(to: self).description }

  fileprivate func child(holding index: Int) -> (JSONPointer.Step, JSONValue)? {
    for member in members where index < member.value.node.next {
      return (.name(member.utf8), member.value)
    }
    for (position, element) in elements.enumerated() where index < element.node.next {
      return (.position(position), element)
    }
    return nil
  }
}

extension JSONDocument {
  /// The value that an RFC 6901 pointer names. Of several members of one name it is the last.
  public func value(at pointer: String) -> JSONValue? {
    guard pointer.isEmpty || pointer.utf8.first == UInt8(ascii: "/") else { return nil }
    var value = root
    for token in pointer.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
      .dropFirst()
    {
      guard let next = value.child(named: JSONPointer.unescape(Array(token))) else { return nil }
      value = next
    }
    return value
  }

  /// The object in which a pointer names a member, there or not, and the member's name.
  public func place(of pointer: String) -> (object: JSONValue, name: String)? {
    guard let slash = pointer.lastIndex(of: "/"),
      let parent = value(at: String(pointer[..<slash])), parent.kind == .object
    else { return nil }
    let token = Array(pointer[pointer.index(after: slash)...].utf8)
    return (parent, String(decoding: JSONPointer.unescape(token), as: UTF8.self))
  }
}

extension JSONValue {
  fileprivate func child(named name: [UInt8]) -> JSONValue? {
    if kind == .object {
      var found: JSONValue?
      for member in members where member.utf8 == name { found = member.value }
      return found
    }
    // RFC 6901, section 4: no sign and no leading zero.
    let text = String(decoding: name, as: UTF8.self)
    guard let position = Int(text), position >= 0, String(position) == text else { return nil }
    return elements.dropFirst(position).first { _ in true }
  }
}

/// The way from the top of a document to a value, in steps; text only when asked for.
struct JSONPointer: CustomStringConvertible {
  enum Step {
    case name([UInt8])
    case position(Int)
  }

  var steps: [Step] = []

  init(steps: [Step]) { self.steps = steps }

  init(to target: JSONValue) {
    var value = target.document.root
    while value.index < target.index, let (step, child) = value.child(holding: target.index) {
      steps.append(step)
      value = child
    }
  }

  var description: String {
    var text: [UInt8] = []
    for step in steps {
      text.append(UInt8(ascii: "/"))
      switch step {
      case .position(let position): text += String(position).utf8
      case .name(let name):
        for byte in name {
          switch byte {
          case UInt8(ascii: "~"): text += "~0".utf8
          case UInt8(ascii: "/"): text += "~1".utf8
          default: text.append(byte)
          }
        }
      }
    }
    return String(decoding: text, as: UTF8.self)
  }

  static func unescape(_ token: [UInt8]) -> [UInt8] {
    var result: [UInt8] = []
    var isEscaped = false
    for byte in token {
      if isEscaped {
        result.append(UInt8(ascii: byte == UInt8(ascii: "1") ? "/" : "~"))
        if byte != UInt8(ascii: "0"), byte != UInt8(ascii: "1") { result.append(byte) }
        isEscaped = false
      } else if byte == UInt8(ascii: "~") {
        isEscaped = true
      } else {
        result.append(byte)
      }
    }
    return isEscaped ? result + [UInt8(ascii: "~")] : result
  }
}
