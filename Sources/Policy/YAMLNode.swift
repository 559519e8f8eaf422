/// A node of a YAML document. A scalar is text, whatever it looks like: the key that holds it says
/// what it means.
struct YAMLNode {
  enum Content {
    case scalar(String)
    case sequence([YAMLNode])
    case mapping([(key: YAMLNode, value: YAMLNode)])
  }

  /// The line that it starts on, from 1.
  var line: Int
  var content: Content

  /// The one document of a text, or nil where there is none.
  init?(document text: String) throws(YAMLFault) {
    var events = try YAMLEvent.all(of: text)[...]
    guard let first = events.popFirst() else { return nil }
    self.init(first, then: &events)
    if let next = events.first {
      throw YAMLFault(
        line: next.line, problem: "a policy is one document, and a second starts here")
    }
  }

  private init(_ event: YAMLEvent, then events: inout ArraySlice<YAMLEvent>) {
    line = event.line
    var nodes: [YAMLNode] = []
    if event.kind == .sequence || event.kind == .mapping {
      while let next = events.popFirst(), next.kind != .end {
        nodes.append(YAMLNode(next, then: &events))
      }
    }
    switch event.kind {
    case .scalar(let text): content = .scalar(text)
    case .mapping:
      // The parser gives a value, if an empty one, for each key.
      content = .mapping(
        stride(from: 0, to: nodes.count, by: 2).map { (nodes[$0], nodes[$0 + 1]) })
    case .sequence, .end: content = .sequence(nodes)
    }
  }
}
