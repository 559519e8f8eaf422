/// Something that one checkpoint has and the other has not, or has in another way.
public struct Change: Sendable, Hashable, Encodable {
  public enum Kind: String, Sendable, Hashable, Encodable, CaseIterable {
    case removed
    case changed
    case added
  }

  /// A fact about it: the value before and after, as far as there is one.
  public struct Field: Sendable, Hashable, Encodable {
    public var name: String
    public var before: Evidence?
    public var after: Evidence?
    /// The values differ, and are not shown: they may be secret, or are too long.
    public var isHidden = false
  }

  public var kind: Kind
  /// Which one: the path of an entry, a JSON pointer, the number of a process.
  public var name: String
  /// What differs; for what was added or removed, what is known of it.
  public var fields: [Field]
}

/// The changes among things of one kind.
public struct ChangeSection: Sendable, Hashable, Encodable {
  public enum Kind: String, Sendable, Hashable, Encodable, CaseIterable {
    case container
    case processes
    case memory
    case areas
    case files
    case sockets
    case mounts
    case namespaces
    case documents
    case entries
    case nested

    /// As a heading.
    public var title: String {
      switch self {
      case .container: "Container and dump"
      case .processes: "Processes"
      case .memory: "Memory by process"
      case .areas: "Memory areas"
      case .files: "Open files"
      case .sockets: "Sockets"
      case .mounts: "Mounts"
      case .namespaces: "Namespaces"
      case .documents: "Documents"
      case .entries: "Entries"
      case .nested: "Inside nested archives"
      }
    }
  }

  public var kind: Kind
  /// The folder of the container, where there is more than one, or the name of the document.
  public var part: String?
  public var changes: [Change]
}

/// One of the things that are compared: what tells which of the other side it corresponds to, and
/// what may differ.
struct ComparedItem {
  struct Fact {
    var name: String
    var value: Evidence?
    /// Differences are told, values are not.
    var isHidden = false
    /// Told where it differs, and not of what was added or removed.
    var isDetail = false

    var asDetail: Fact {
      var fact = self
      fact.isDetail = true
      return fact
    }
  }

  /// Texts that are equal for the same thing on both sides.
  var key: [String]
  var name: String
  var facts: [Fact]

  init(_ key: [String], _ name: String, _ facts: [Fact]) {
    self.key = key
    self.name = name
    self.facts = facts
  }

  /// Named by its key.
  init(_ name: String, _ facts: [Fact]) { self.init([name], name, facts) }
}

extension ComparedItem.Fact {
  init(_ name: String, _ value: Evidence?) { self.init(name: name, value: value) }
  init(_ name: String, text: String?) { self.init(name: name, value: text.map(Evidence.text)) }
  init(_ name: String, _ value: (some BinaryInteger)?) {
    self.init(name: name, value: value.map { .unsigned(UInt64(clamping: $0)) })
  }
}

extension [ComparedItem] {
  /// What differs from these to `others`: what was removed or changed in this order, then what was
  /// added. Of several with one key the first corresponds to the first, and so on.
  func changes(to others: [ComparedItem]) -> [Change] {
    var places: [[String]: [Int]] = [:]
    for (index, item) in others.enumerated().reversed() {
      places[item.key, default: []].append(index)
    }
    var changes: [Change] = []
    var taken = [Bool](repeating: false, count: others.count)
    for item in self {
      if let index = places[item.key]?.popLast() {
        taken[index] = true
        let fields = item.differences(from: others[index])
        if !fields.isEmpty {
          changes.append(Change(kind: .changed, name: others[index].name, fields: fields))
        }
      } else {
        changes.append(Change(kind: .removed, name: item.name, fields: item.fields(.removed)))
      }
    }
    for (item, isTaken) in zip(others, taken) where !isTaken {
      changes.append(Change(kind: .added, name: item.name, fields: item.fields(.added)))
    }
    return changes
  }
}

extension ComparedItem {
  /// Both items have the same facts in the same order.
  fileprivate func differences(from other: ComparedItem) -> [Change.Field] {
    zip(facts, other.facts).compactMap { before, after in
      if before.value == after.value { return nil }
      let isHidden = before.isHidden || after.isHidden
      return Change.Field(
        name: before.name, before: isHidden ? nil : before.value,
        after: isHidden ? nil : after.value, isHidden: isHidden)
    }
  }

  /// What is known of an item that the other side lacks.
  func fields(_ kind: Change.Kind) -> [Change.Field] {
    facts.compactMap { fact in
      guard !fact.isHidden, !fact.isDetail, let value = fact.value else { return nil }
      return Change.Field(
        name: fact.name, before: kind == .removed ? value : nil,
        after: kind == .added ? value : nil)
    }
  }
}
