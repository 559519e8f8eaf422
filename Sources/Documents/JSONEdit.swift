/// A change to one value of a document.
public struct JSONEdit: Sendable {
  enum Change: Sendable {
    case replace(JSONContent)
    case remove
    /// To be added at the end of an array.
    case append(JSONContent)
    /// To be added at the end of an object: name and value.
    case insert(String, JSONContent)
  }

  let target: JSONValue
  let change: Change

  /// Puts `content` in the place of a value.
  public static func replace(_ value: JSONValue, with content: JSONContent) -> JSONEdit {
    JSONEdit(target: value, change: .replace(content))
  }

  /// Removes an element of an array, or a member of an object together with its name.
  public static func remove(_ value: JSONValue) -> JSONEdit {
    JSONEdit(target: value, change: .remove)
  }

  /// Adds an element at the end of an array.
  public static func append(_ content: JSONContent, to array: JSONValue) -> JSONEdit {
    JSONEdit(target: array, change: .append(content))
  }

  /// Gives the member of exactly this name a value, or adds it at the end of the object.
  ///
  /// For a field of a Go struct, look with `field(_:)` first and replace what it finds: a member
  /// that differs in case, and comes later, would win over the one set here.
  public static func set(
    _ name: String, to content: JSONContent, in object: JSONValue
  ) -> JSONEdit {
    guard let value = object[name] else {
      return JSONEdit(target: object, change: .insert(name, content))
    }
    return .replace(value, with: content)
  }
}

/// Why edits cannot be applied.
public enum JSONEditError: Error, Equatable, Sendable {
  /// A value belongs to another document.
  case otherDocument
  /// The value at this pointer is of the wrong kind, or the top-level value was to be removed.
  case notApplicable(pointer: String)
  /// Two edits change the same bytes; this is where.
  case overlap(offset: Int)
}

extension JSONDocument {
  /// The document's bytes with all the edits made at once; every byte that no edit names is kept.
  ///
  /// With an element goes its comma and the space up to its neighbour; what is added is set apart
  /// as its neighbours are. The result parses, unless it outgrows the limits.
  public func applying(_ edits: [JSONEdit]) throws(JSONEditError) -> [UInt8] {
    let splices = try splices(for: edits).sorted { first, second in
      (first.range.lowerBound, first.range.upperBound)
        < (second.range.lowerBound, second.range.upperBound)
    }
    var result: [UInt8] = []
    result.reserveCapacity(bytes.count)
    var kept = 0
    for splice in splices {
      guard splice.range.lowerBound >= kept else {
        throw .overlap(offset: splice.range.lowerBound)
      }
      result += bytes[kept..<splice.range.lowerBound]
      result += splice.bytes
      kept = splice.range.upperBound
    }
    return result + bytes[kept...]
  }

  private func splices(for edits: [JSONEdit]) throws(JSONEditError) -> [Splice] {
    let parents = parents()
    var splices: [Splice] = []
    // Neighbours share commas, so what happens to the children of one container is decided at once.
    var containers: [Int: ContainerEdit] = [:]
    for edit in edits {
      let target = edit.target
      guard target.document.bytes == bytes, nodes.indices.contains(target.index) else {
        throw .otherDocument
      }
      switch (edit.change, target.kind) {
      case (.replace(let content), _):
        splices.append(Splice(range: target.range, bytes: content.bytes))
      case (.remove, _):
        guard let parent = parents[target.index] else {
          throw .notApplicable(pointer: target.pointer)
        }
        let isNew = containers[parent, default: ContainerEdit()].removed.insert(target.index)
          .inserted
        guard isNew else { throw .overlap(offset: target.range.lowerBound) }
      case (.append(let content), .array):
        containers[target.index, default: ContainerEdit()].added.append(content.bytes)
      case (.insert(let name, let content), .object):
        var edit = containers[target.index, default: ContainerEdit()]
        guard edit.names.insert(Array(name.utf8)).inserted else {
          throw .overlap(offset: target.range.upperBound - 1)
        }
        edit.added.append(JSONContent.member(named: name, content))
        containers[target.index] = edit
      case (.append, _), (.insert, _):
        throw .notApplicable(pointer: target.pointer)
      }
    }
    for (index, edit) in containers {
      splices += edit.splices(in: JSONValue(document: self, index: index))
    }
    return splices
  }

  /// For each value the container it lies in; nil for the top-level value and for member names.
  private func parents() -> [Int?] {
    var parents = [Int?](repeating: nil, count: nodes.count)
    for index in nodes.indices {
      let value = JSONValue(document: self, index: index)
      for element in value.elements { parents[element.index] = index }
      for member in value.members { parents[member.value.index] = index }
    }
    return parents
  }
}

/// Bytes to be put in the place of others.
private struct Splice {
  var range: Range<Int>
  var bytes: [UInt8]
}

/// What happens to the children of one array or object.
private struct ContainerEdit {
  var removed: Set<Int> = []
  var added: [[UInt8]] = []
  /// The names of the members added.
  var names: Set<[UInt8]> = []

  func splices(in container: JSONValue) -> [Splice] {
    let children = container.childRanges
    let inside = (container.range.lowerBound + 1)..<(container.range.upperBound - 1)
    let separator = container.separator(children.map(\.range))
    guard let lastKept = children.lastIndex(where: { !removed.contains($0.index) }) else {
      let bytes = Array(added.joined(separator: separator))
      return [Splice(range: inside, bytes: bytes)]
    }
    // A run of removed children goes up to where the next one begins, which takes its place.
    var splices: [Splice] = []
    var runStart: Int?
    for child in children[...lastKept] {
      if removed.contains(child.index) {
        runStart = runStart ?? child.range.lowerBound
      } else if let start = runStart {
        splices.append(Splice(range: start..<child.range.lowerBound, bytes: []))
        runStart = nil
      }
    }
    // What is added takes the place of a run at the end.
    let end = children[lastKept].range.upperBound..<children[children.endIndex - 1].range.upperBound
    let tail = added.flatMap { separator + $0 }
    if !end.isEmpty || !tail.isEmpty { splices.append(Splice(range: end, bytes: tail)) }
    return splices
  }
}

extension JSONValue {
  /// The elements or members: the index of each value, and all the bytes from name to value.
  fileprivate var childRanges: [(index: Int, range: Range<Int>)] {
    elements.map { ($0.index, $0.range) } + members.map { ($0.value.index, $0.range) }
  }

  /// What sets a child apart from the one before: as between the last two, or else a comma and the
  /// space before the only one.
  fileprivate func separator(_ children: [Range<Int>]) -> [UInt8] {
    let comma = UInt8(ascii: ",")
    guard let last = children.last else { return [comma] }
    guard children.count > 1 else {
      return [comma] + document.bytes[(range.lowerBound + 1)..<last.lowerBound]
    }
    return Array(document.bytes[children[children.count - 2].upperBound..<last.lowerBound])
  }
}
