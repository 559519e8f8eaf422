import Archive
import Verify
import Yams

/// What is wrong with a policy file, and where.
public struct PolicyError: Error, Sendable, Hashable, CustomStringConvertible {
  public var file: String
  public var line: Int
  public var message: String

  public var description: String { "\(Escape.text(file)):\(line): \(message)" }
}

/// Reads YAML as the key tables say, and nothing else.
struct PolicyReader {
  /// A value as its key asks for it.
  indirect enum Value {
    case text(String)
    case number(Int)
    case rules([String])
    case choices([String: String])
    case mapping([String: Value])
    /// The items with their lines.
    case list([(line: Int, members: [String: Value])])
  }

  let file: String

  /// The members of the file, all checked.
  func read(_ text: String) throws(PolicyError) -> [String: Value] {
    if let line = Self.lineOfAnchor(in: text) { throw anchors(line) }
    let parser: Parser
    let root: Node?
    do {
      parser = try Parser(yaml: text, resolver: .basic, encoding: .utf8)
      root = try parser.singleRoot()
    } catch {
      throw fault(error)
    }
    // Nodes hold their anchors weakly, the parser does not.
    defer { withExtendedLifetime(parser) {} }
    guard let root, root.scalar?.string != "" else { return [:] }
    return try members(of: root, PolicyKey.all, "the policy")
  }

  // MARK: Values

  private func members(of node: Node, _ keys: [PolicyKey], _ place: String) throws(PolicyError)
    -> [String: Value]
  {
    var values: [String: Value] = [:]
    for (name, key, value) in try pairs(of: node, place) {
      guard let known = keys.first(where: { $0.name == name }) else {
        throw unknown(name, "key", among: keys.map(\.name), at: key)
      }
      values[name] = try self.value(value, known)
    }
    for key in keys where key.isRequired && values[key.name] == nil {
      throw error(at: node, "\(place) lacks the key \(key.name)")
    }
    return values
  }

  private func value(_ node: Node, _ key: PolicyKey) throws(PolicyError) -> Value {
    switch key.kind {
    case .text: return .text(try text(node, key.name))
    case .choice(let names): return .text(try choice(node, key.name, names))
    case .amount:
      guard let number = Limits.amount(try text(node, key.name)) else {
        throw error(at: node, "\(key.name) is not a whole number above 0, or one with K, M, G or T")
      }
      return .number(number)
    case .day:
      guard let day = Day(try text(node, key.name)) else {
        throw error(at: node, "\(key.name) is not a day, written YYYY-MM-DD")
      }
      return .text("\(day)")
    case .rule: return .text(try rule(node, key.name))
    case .rules:
      var rules: [String] = []
      for item in try items(of: node, key.name) { rules.append(try rule(item, key.name)) }
      return .rules(rules)
    case .ruleChoices(let names):
      var choices: [String: String] = [:]
      for (name, key, value) in try pairs(of: node, key.name) {
        choices[try knownRule(name, at: key)] = try choice(value, name, names)
      }
      return .choices(choices)
    case .mapping(let keys): return .mapping(try members(of: node, keys, key.name))
    case .list(let keys):
      var list: [(line: Int, members: [String: Value])] = []
      for item in try items(of: node, key.name) {
        list.append((line(of: item), try members(of: item, keys, "an item of \(key.name)")))
      }
      return .list(list)
    }
  }

  private func text(_ node: Node, _ name: String) throws(PolicyError) -> String {
    try check(node)
    guard let text = node.scalar?.string else { throw error(at: node, "\(name) is not text") }
    if text.isEmpty { throw error(at: node, "\(name) is empty") }
    return text
  }

  private func choice(_ node: Node, _ name: String, _ names: [String]) throws(PolicyError)
    -> String
  {
    let text = try text(node, name)
    if names.contains(text) { return text }
    throw error(
      at: node,
      "\(Escape.text(name)) is \(Escape.text(text)), which is none of \(names.joined(separator: ", "))"
    )
  }

  private func rule(_ node: Node, _ name: String) throws(PolicyError) -> String {
    try knownRule(try text(node, name), at: node)
  }

  private func knownRule(_ name: String, at node: Node) throws(PolicyError) -> String {
    if Rule.named(name) != nil { return name }
    throw unknown(name, "rule", among: Rule.all.map(\.id), at: node)
  }

  private func pairs(of node: Node, _ name: String) throws(PolicyError)
    -> [(name: String, key: Node, value: Node)]
  {
    try check(node)
    guard let mapping = node.mapping else {
      throw error(at: node, "\(name) is not a mapping of keys to values")
    }
    var pairs: [(name: String, key: Node, value: Node)] = []
    for (key, value) in mapping { pairs.append((try text(key, "a key"), key, value)) }
    return pairs
  }

  private func items(of node: Node, _ name: String) throws(PolicyError) -> [Node] {
    try check(node)
    guard let sequence = node.sequence else { throw error(at: node, "\(name) is not a list") }
    return Array(sequence)
  }

  // MARK: Faults

  /// An anchor gives a node that is written once many places: a few lines can stand for more than
  /// memory holds. No policy needs that.
  private func check(_ node: Node) throws(PolicyError) {
    if node.anchor != nil { throw anchors(line(of: node)) }
  }

  private func anchors(_ line: Int) -> PolicyError {
    PolicyError(
      file: file, line: line, message: "anchors (&) and aliases (*) are not read; write it out")
  }

  /// The line of what looks like an anchor, in a text that also has what looks like an alias.
  /// Yams would resolve the alias before anything could be checked.
  private static func lineOfAnchor(in text: String) -> Int? {
    var line = 1
    var before: UInt8 = 0x0A
    var anchor: Int?
    var hasAlias = false
    let bytes = Array(text.utf8)
    for (index, byte) in bytes.enumerated() {
      let starts = " \t\r\n[{,:-?".utf8.contains(before)
      let isNamed = index + 1 < bytes.count && !" \t\r\n".utf8.contains(bytes[index + 1])
      if starts && isNamed {
        if byte == UInt8(ascii: "&"), anchor == nil { anchor = line }
        if byte == UInt8(ascii: "*") { hasAlias = true }
      }
      if byte == 0x0A { line += 1 }
      before = byte
    }
    return hasAlias ? anchor : nil
  }

  private func line(of node: Node) -> Int { node.mark?.line ?? 1 }

  private func error(at node: Node, _ message: String) -> PolicyError {
    PolicyError(file: file, line: line(of: node), message: message)
  }

  private func unknown(_ name: String, _ noun: String, among names: [String], at node: Node)
    -> PolicyError
  {
    let near = Nearest.name(to: String(name.prefix(100)), among: names) ?? ""
    return error(at: node, "there is no \(noun) \(Escape.text(name)); did you mean \(near)?")
  }

  private func fault(_ error: any Error) -> PolicyError {
    let (line, problem): (Int, String) =
      switch error as? YamlError {
      case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
        .composer(_, let problem, let mark, _):
        (mark.line, problem)
      case .duplicatedKeysInMapping(let names, let context):
        (context.mark.line, "the key \(names.joined(separator: ", ")) is there twice")
      case .reader(let problem, let offset, _, let text):
        (text.utf8.prefix(offset ?? 0).count { $0 == 0x0A } + 1, problem)
      default: (1, "\(error)")
      }
    return PolicyError(file: file, line: line, message: "not YAML: \(Escape.text(problem))")
  }
}
