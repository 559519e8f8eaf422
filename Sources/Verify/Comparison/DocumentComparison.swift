import Checkpoint
import Documents

/// JSON documents, value by value.
///
/// Members are matched by name. Elements that are equal on both sides correspond to each other
/// wherever they stand; of the rest, objects correspond that name the same thing.
struct DocumentComparison {
  var showsSecrets: Bool

  func sections(_ before: Comparison.Side, _ after: Comparison.Side) -> [ChangeSection] {
    before.checkpoint.entries.compactMap { stored in
      guard !stored.isSuperseded, case .document(let old) = stored.content,
        case .document(let new)? = after.checkpoint[stored.path]?.content
      else { return nil }
      return ChangeSection(kind: .documents, part: stored.path, changes: changes(old, new))
    }
  }

  private func changes(_ old: Document, _ new: Document) -> [Change] {
    guard let before = old.root, let after = new.root else {
      let form = Change.Field(name: "form", before: Self.form(old), after: Self.form(new))
      return form.before == form.after
        ? [] : [Change(kind: .changed, name: "(whole)", fields: [form])]
    }
    if before.bytes == after.bytes { return [] }
    var walk = DocumentWalk(disclosure: Disclosure(showsSecrets: showsSecrets))
    walk.compare(before, after, at: [])
    if !walk.changes.isEmpty { return walk.changes }
    let spelling = Change.Field(name: "spelling", isHidden: true)
    return [Change(kind: .changed, name: "(whole)", fields: [spelling])]
  }

  private static func form(_ document: Document) -> Evidence {
    switch document.result {
    case .success: "JSON"
    case .failure(let fault): .text(shown("no JSON: \(fault)"))
    }
  }
}

/// Collects what differs between two values. Documents are nested no deeper than the reader allows.
private struct DocumentWalk {
  let disclosure: Disclosure
  var changes: [Change] = []

  mutating func compare(_ before: JSONValue, _ after: JSONValue, at path: [String]) {
    if before.bytes == after.bytes { return }
    switch (before.kind, after.kind) {
    case (.object, .object): compareMembers(before, after, at: path)
    case (.array, .array): compareElements(before, after, at: path)
    default:
      if before.canonical == after.canonical { return }
      report(.changed, path, before, after)
    }
  }

  private mutating func compareMembers(
    _ before: JSONValue, _ after: JSONValue, at path: [String]
  ) {
    let (old, new) = (before.byName, after.byName)
    for name in old.order {
      guard let value = old.values[name] else { continue }
      if let other = new.values[name] {
        compare(value, other, at: path + [name])
      } else {
        report(.removed, path + [name], value, nil)
      }
    }
    for name in new.order where old.values[name] == nil {
      report(.added, path + [name], nil, new.values[name])
    }
  }

  private mutating func compareElements(
    _ before: JSONValue, _ after: JSONValue, at path: [String]
  ) {
    let old = before.elements.map { ($0, $0.canonical) }
    let new = after.elements.map { ($0, $0.canonical) }
    var places: [[UInt8]: [Int]] = [:]
    for index in new.indices.reversed() { places[new[index].1, default: []].append(index) }
    var removed: [Int] = []
    var added = Set(new.indices)
    var partners: [Int] = []
    for index in old.indices {
      if let place = places[old[index].1]?.popLast() {
        added.remove(place)
        partners.append(place)
      } else {
        removed.append(index)
      }
    }
    if removed.isEmpty, added.isEmpty {
      // The same elements; whether in the same order is all that is left.
      if partners != partners.sorted() {
        let order = Change.Field(name: "order", isHidden: true)
        changes.append(Change(kind: .changed, name: pointer(path), fields: [order]))
      }
      return
    }
    var candidates: [[UInt8]: [Int]] = [:]
    for index in added.sorted().reversed() {
      if let identity = new[index].0.identity { candidates[identity, default: []].append(index) }
    }
    // Scalars in lists of one length correspond by their place.
    let byPlace = old.count == new.count
    for index in removed {
      let value = old[index].0
      var partner = value.identity.flatMap { candidates[$0]?.popLast() }
      if partner == nil, byPlace, value.identity == nil, added.contains(index),
        new[index].0.kind == value.kind, new[index].0.identity == nil
      {
        partner = index
      }
      if let partner {
        added.remove(partner)
        compare(value, new[partner].0, at: path + ["\(partner)"])
      } else {
        report(.removed, path + ["\(index)"], value, nil)
      }
    }
    for index in added.sorted() { report(.added, path + ["\(index)"], nil, new[index].0) }
  }

  private mutating func report(
    _ kind: Change.Kind, _ path: [String], _ before: JSONValue?, _ after: JSONValue?
  ) {
    let isHidden = [before, after].contains { value in
      value.map { !disclosure.shows($0, at: path) } ?? false
    }
    let field = Change.Field(
      name: "value", before: isHidden ? nil : before.map(disclosure.evidence),
      after: isHidden ? nil : after.map(disclosure.evidence), isHidden: isHidden)
    changes.append(Change(kind: kind, name: pointer(path), fields: [field]))
  }

  private func pointer(_ path: [String]) -> String {
    if path.isEmpty { return "(whole)" }
    return path.map {
      "/" + shown($0.replacing("~", with: "~0").replacing("/", with: "~1"))
    }.joined()
  }
}

extension JSONValue {
  /// The members of an object, of several with one name the last, as Go's maps have them.
  fileprivate var byName: (order: [String], values: [String: JSONValue]) {
    var order: [String] = []
    var values: [String: JSONValue] = [:]
    for member in members {
      if values.updateValue(member.value, forKey: member.key) == nil { order.append(member.key) }
    }
    return (order, values)
  }

  private static let names = ["destination", "id", "name", "type", "path", "source"]

  /// What an object in a list is about, as far as objects of these documents tell it.
  fileprivate var identity: [UInt8]? {
    guard kind == .object else { return nil }
    for name in Self.names {
      if let value = self[name], value.kind == .string { return Array(name.utf8) + value.bytes }
    }
    return nil
  }

  /// Bytes that are the same for the same value, however it is written.
  fileprivate var canonical: [UInt8] {
    switch kind {
    case .object:
      let (order, values) = byName
      let members = order.sorted().map { name in
        JSONContent.string(name).bytes + [UInt8(ascii: ":")] + (values[name]?.canonical ?? [])
      }
      return [UInt8(ascii: "{")] + members.joined(separator: [UInt8(ascii: ",")])
        + [UInt8(ascii: "}")]
    case .array:
      return [UInt8(ascii: "[")]
        + elements.map(\.canonical).joined(separator: [UInt8(ascii: ",")]) + [UInt8(ascii: "]")]
    case .string: return JSONContent.string(string ?? "").bytes
    case .null, .bool, .number: return Array(bytes)
    }
  }
}
