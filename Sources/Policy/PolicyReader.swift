import Archive
import Verify

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
    let root: YAMLNode?
    do {
      root = try YAMLNode(document: text)
    } catch {
      throw PolicyError(file: file, line: error.line, message: Escape.text(error.problem))
    }
    guard let root else { return [:] }
    if case .scalar("") = root.content { return [:] }
    return try members(of: root, PolicyKey.all, "the policy")
  }

  // MARK: Values

  private func members(of node: YAMLNode, _ keys: [PolicyKey], _ place: String) throws(PolicyError)
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

  private func value(_ node: YAMLNode, _ key: PolicyKey) throws(PolicyError) -> Value {
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
        list.append((item.line, try members(of: item, keys, "an item of \(key.name)")))
      }
      return .list(list)
    }
  }

  private func text(_ node: YAMLNode, _ name: String) throws(PolicyError) -> String {
    guard case .scalar(let text) = node.content else {
      throw error(at: node, "\(name) is not text")
    }
    if text.isEmpty { throw error(at: node, "\(name) is empty") }
    return text
  }

  private func choice(_ node: YAMLNode, _ name: String, _ names: [String]) throws(PolicyError)
    -> String
  {
    let text = try text(node, name)
    if names.contains(text) { return text }
    throw error(
      at: node,
      "\(Escape.text(name)) is \(Escape.text(text)), which is none of \(names.joined(separator: ", "))"
    )
  }

  private func rule(_ node: YAMLNode, _ name: String) throws(PolicyError) -> String {
    try knownRule(try text(node, name), at: node)
  }

  private func knownRule(_ name: String, at node: YAMLNode) throws(PolicyError) -> String {
    if Rule.named(name) != nil { return name }
    throw unknown(name, "rule", among: Rule.all.map(\.id), at: node)
  }

  private func pairs(of node: YAMLNode, _ name: String) throws(PolicyError)
    -> [(name: String, key: YAMLNode, value: YAMLNode)]
  {
    guard case .mapping(let mapping) = node.content else {
      throw error(at: node, "\(name) is not a mapping of keys to values")
    }
    var pairs: [(name: String, key: YAMLNode, value: YAMLNode)] = []
    var names: Set<String> = []
    for (key, value) in mapping {
      let name = try text(key, "a key")
      guard names.insert(name).inserted else {
        throw error(at: key, "not YAML: the key \(Escape.text(name)) is there twice")
      }
      pairs.append((name, key, value))
    }
    return pairs
  }

  private func items(of node: YAMLNode, _ name: String) throws(PolicyError) -> [YAMLNode] {
    guard case .sequence(let items) = node.content else {
      throw error(at: node, "\(name) is not a list")
    }
    return items
  }

  // MARK: Faults

  private func error(at node: YAMLNode, _ message: String) -> PolicyError {
    PolicyError(file: file, line: node.line, message: message)
  }

  private func unknown(_ name: String, _ noun: String, among names: [String], at node: YAMLNode)
    -> PolicyError
  {
    let near = Nearest.name(to: String(name.prefix(100)), among: names) ?? ""
    return error(at: node, "there is no \(noun) \(Escape.text(name)); did you mean \(near)?")
  }
}
