import Archive
import Checkpoint

/// Entries by name: what is there, and whether the bytes are the same.
struct EntryComparison {
  /// A digest tells short contents to whoever guesses them.
  var showsDigests: Bool

  func changes(_ before: Comparison.Side, _ after: Comparison.Side) -> [Change] {
    let equal = equalNames(before, after)
    let old = items(before, without: equal)
    let new = items(after, without: equal)
    return renamed(old.changes(to: new), before, after, old, new)
  }

  /// Those that both have once, and alike: mostly all of a hundred thousand, each of which would be
  /// a thousand bytes as something to compare.
  private func equalNames(_ before: Comparison.Side, _ after: Comparison.Side) -> Set<String> {
    let places = Dictionary(
      after.checkpoint.entries.indices.lazy.map { (after.checkpoint.entries[$0].path, $0) }
    ) { $1 }
    let repeated = Set(
      [before, after].flatMap { $0.checkpoint.notable.filter(\.isSuperseded).map(\.path) })
    var equal: Set<String> = []
    for (stored, digest) in zip(before.checkpoint.entries, before.digests) {
      guard let place = places[stored.path], after.digests[place] == digest,
        after.checkpoint.entries[place].entry == stored.entry, !repeated.contains(stored.path)
      else { continue }
      equal.insert(stored.path)
    }
    return equal
  }

  private func items(_ side: Comparison.Side, without equal: Set<String>) -> [ComparedItem] {
    zip(side.checkpoint.entries, side.digests).compactMap { stored, digest in
      // The top folder itself belongs to how an archive was made.
      if stored.path.isEmpty || equal.contains(stored.path) { return nil }
      let entry = stored.entry
      return ComparedItem(
        stored.path,
        [
          .init("type", .text(entry.kind.noun)),
          .init("size", .number(entry.size)),
          .init("mode", .text(modeText(entry.mode))),
          .init("owner", .text("\(entry.owner):\(entry.group)")),
          .init("modified", .text(time(entry.modified))),
          .init("target", text: entry.kind.target.map { Escape.text($0) }),
          .init("attributes", text: attributes(entry), isHidden: !showsDigests),
          .init("content", text: digest, isHidden: !showsDigests),
        ])
    }
  }

  private func attributes(_ entry: Entry) -> String? {
    if entry.attributes.isEmpty { return nil }
    return entry.attributes.map { "\(shown($0.name))=\(Escape.text($0.value))" }
      .joined(separator: ", ")
  }

  private func time(_ time: Entry.Time) -> String {
    let fraction = time.nanoseconds == 0 ? "" : " + \(time.nanoseconds) ns"
    return (timeText(time.seconds) ?? "\(time.seconds) s") + fraction
  }

  /// Takes a removed and an added entry for one that was renamed, if they are the only ones with
  /// these bytes.
  private func renamed(
    _ changes: [Change], _ before: Comparison.Side, _ after: Comparison.Side, _ old: [ComparedItem],
    _ new: [ComparedItem]
  ) -> [Change] {
    let removed = before.contents(of: changes, .removed)
    let added = after.contents(of: changes, .added)
    var pairs: [String: String] = [:]
    for (digest, names) in removed where names.count == 1 {
      if let others = added[digest], others.count == 1 { pairs[names[0]] = others[0] }
    }
    if pairs.isEmpty { return changes }
    let targets = Set(pairs.values)
    let olds = Dictionary(old.map { ($0.name, $0) }) { $1 }
    let news = Dictionary(new.map { ($0.name, $0) }) { $1 }
    return changes.compactMap { change in
      if change.kind == .added, targets.contains(change.name) { return nil }
      guard change.kind == .removed, let target = pairs[change.name], let item = olds[change.name],
        var other = news[target]
      else { return change }
      other.key = item.key
      let name = Change.Field(name: "name", before: .text(item.name), after: .text(target))
      let rest = [item].changes(to: [other]).flatMap(\.fields)
      return Change(kind: .changed, name: target, fields: [name] + rest)
    }
  }

  /// The files of archives inside the archive, as far as reading listed them.
  func nestedChanges(_ before: Comparison.Side, _ after: Comparison.Side) -> [Change] {
    let (old, new) = (before.nested, after.nested)
    return old.keys.sorted().flatMap { path -> [Change] in
      guard let earlier = old[path], let later = new[path] else { return [] }
      return items(earlier, in: path).changes(to: items(later, in: path))
    }
  }

  private func items(_ nested: NestedArchive, in path: String) -> [ComparedItem] {
    nested.files.sorted { $0.key < $1.key }.map { name, file in
      ComparedItem(
        "\(path): \(name)",
        [
          .init("type", .text(file.isRegular ? "file" : "special file")),
          .init("size", .number(file.size)), .init("mode", .text(modeText(file.mode))),
        ])
    }
  }
}

extension ComparedItem.Fact {
  fileprivate init(_ name: String, text: String?, isHidden: Bool) {
    self.init(name: name, value: text.map(Evidence.text), isHidden: isHidden)
  }
}

extension Entry.Kind {
  fileprivate var target: [UInt8]? {
    switch self {
    case .symlink(let target), .hardlink(let target): target
    default: nil
    }
  }
}

extension Comparison.Side {
  /// The names of non-empty files among `changes`, by what is in them. A name that is there twice
  /// tells nothing.
  fileprivate func contents(of changes: [Change], _ kind: Change.Kind) -> [String: [String]] {
    let names = Set(changes.lazy.filter { $0.kind == kind }.map(\.name))
    if names.isEmpty { return [:] }
    let counts = Dictionary(checkpoint.entries.lazy.map { ($0.path, 1) }, uniquingKeysWith: +)
    var result: [String: [String]] = [:]
    for (stored, digest) in zip(checkpoint.entries, digests)
    where stored.entry.size > 0 && names.contains(stored.path) && counts[stored.path] == 1 {
      if let digest { result[digest, default: []].append(stored.path) }
    }
    return result
  }

  fileprivate var nested: [String: NestedArchive] {
    var result: [String: NestedArchive] = [:]
    for stored in checkpoint.entries where !stored.isSuperseded {
      if case .nested(let nested) = stored.content { result[stored.path] = nested }
    }
    return result
  }
}
