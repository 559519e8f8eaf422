import Archive
import Checkpoint

/// What becomes of each input entry, and what is added: a plan made ready to run. The same value
/// tells what the result will be, and drives the executor.
struct Applied: Sendable {
  /// The new name of each input entry by its position, nil where it is left out.
  private(set) var kept: [EntryName?]
  /// Where added entries come from, in order of first mention.
  private(set) var taken: [(path: String, donor: Int, donorPath: String)] = []
  private(set) var written: [(path: String, bytes: [UInt8])] = []

  init(_ actions: [Action], to checkpoint: Checkpoint) {
    let entries = checkpoint.entries
    kept = entries.map(\.entry.name)
    for action in actions {
      switch action {
      case .take(let path, let donor, let donorPath):
        drop { $0 == path }
        forget(path)
        taken.append((path, donor, donorPath))
      case .write(let path, let bytes):
        drop { $0 == path }
        forget(path)
        written.append((path, bytes))
      case .remove(let path):
        drop { $0 == path }
        forget(path)
      case .rename(let path, let to):
        for index in kept.indices where kept[index]?.path == path { kept[index] = EntryName(to) }
      case .unwrap(let folder):
        drop { $0 == folder }
        let prefix = folder + "/"
        for index in kept.indices {
          guard let name = kept[index], name.path.hasPrefix(prefix) else { continue }
          kept[index] = EntryName(Array(name.components.dropFirst().joined(separator: [0x2F])))
        }
      case .keepLast(let path):
        let last = kept.lastIndex { $0?.path == path }
        for index in kept.indices where index != last && kept[index]?.path == path {
          kept[index] = nil
        }
      case .salvage(let count):
        for index in kept.indices.dropFirst(count) { kept[index] = nil }
      case .rewrite: break
      }
    }
  }

  private mutating func drop(where matches: (String) -> Bool) {
    for index in kept.indices {
      if let name = kept[index], matches(name.path) { kept[index] = nil }
    }
  }

  /// A later step for the same path replaces an earlier one.
  private mutating func forget(_ path: String) {
    taken.removeAll { $0.path == path }
    written.removeAll { $0.path == path }
  }

  /// The checkpoint that the executor will write.
  func result(of checkpoint: Checkpoint, donors: [Checkpoint], isCut: Bool) -> Checkpoint {
    var entries: [StoredEntry] = []
    for (stored, name) in zip(checkpoint.entries, kept) {
      if let name { entries.append(stored.renamed(name)) }
    }
    for (path, donor, donorPath) in taken {
      guard let stored = donors[donor][donorPath] else { continue }
      entries.append(stored.renamed(EntryName(path)))
    }
    entries += written.map { StoredEntry.read($0.path, $0.bytes) }
    var source = checkpoint.source
    source.storedSize = nil
    return Checkpoint(
      source: source, entries: entries, damage: isCut ? nil : checkpoint.damage,
      tail: isCut ? Tail(bytes: 1024, markerIsZero: true) : checkpoint.tail)
  }
}
