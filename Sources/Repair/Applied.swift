import Archive
import Checkpoint

/// What becomes of the input's entries, and what is added: a plan made ready to run. The same value
/// tells what the result will be, and drives the executor.
struct Applied: Sendable {
  /// One entry of the result.
  struct Piece: Sendable {
    enum Source: Sendable, Hashable {
      /// The input's entry at this position.
      case input(Int)
      case donor(Int, path: String)
      case bytes([UInt8])
    }

    var name: EntryName
    var source: Source
    /// The path of the input's entry that a hard link, made a file, takes its bytes from.
    var link: String?
    var isDecompressed = false
    /// Made of the decompressed bytes.
    var splice: Splice?
    /// In the order in which they are made.
    var edits: [[Edit]] = []
  }

  /// Those of the input in its order, then what is added in order of first mention.
  private(set) var pieces: [Piece]

  init(_ actions: [Action], to checkpoint: Checkpoint) {
    pieces = checkpoint.entries.indices.map {
      Piece(name: checkpoint.entries[$0].entry.name, source: .input($0))
    }
    for action in actions { apply(action) }
  }

  private mutating func apply(_ action: Action) {
    switch action {
    case .take(let path, let donor, let donorPath):
      replace(path, by: .donor(donor, path: donorPath))
    case .write(let path, let content): replace(path, by: .bytes(content.bytes))
    case .edit(let path, let edits): change(path) { $0.edits.append(edits) }
    case .decompress(let path): change(path) { $0.isDecompressed = true }
    case .splice(let path, let splice):
      change(path) {
        $0.isDecompressed = true
        $0.splice = splice
      }
    case .materialise(let path, let target): change(path) { $0.link = target }
    case .remove(let path): pieces.removeAll { $0.name.path == path }
    case .rename(let path, let to):
      for index in pieces.indices where pieces[index].name.path == path {
        pieces[index].name = EntryName(to)
      }
    case .unwrap(let folder):
      pieces.removeAll { $0.name.path == folder }
      for index in pieces.indices where pieces[index].name.path.hasPrefix(folder + "/") {
        let rest = pieces[index].name.components.dropFirst()
        pieces[index].name = EntryName(Array(rest.joined(separator: [0x2F])))
      }
    case .keepLast(let path):
      let last = pieces.lastIndex { $0.name.path == path }
      var index = -1
      pieces.removeAll { piece in
        index += 1
        return index != last && piece.name.path == path
      }
    case .salvage(let count):
      pieces.removeAll {
        if case .input(let position) = $0.source { position >= count } else { false }
      }
    case .rewrite: break
    }
  }

  private mutating func replace(_ path: String, by source: Piece.Source) {
    pieces.removeAll { $0.name.path == path }
    pieces.append(Piece(name: EntryName(path), source: source))
  }

  /// Of several entries of one name it is the last that counts.
  private mutating func change(_ path: String, _ edit: (inout Piece) -> Void) {
    guard let index = pieces.lastIndex(where: { $0.name.path == path }) else { return }
    edit(&pieces[index])
  }

  var paths: Set<String> { Set(pieces.map(\.name.path)) }

  /// The checkpoint that the executor will write.
  func result(of checkpoint: Checkpoint, donors: [Checkpoint], isCut: Bool) -> Checkpoint {
    let entries = pieces.compactMap { piece -> StoredEntry? in
      let stored: StoredEntry? =
        switch piece.source {
        case .input(let position): checkpoint.entries[position]
        case .donor(let donor, let path): donors[donor][path]
        case .bytes(let bytes): StoredEntry.read(piece.name.path, bytes)
        }
      guard var entry = stored else { return nil }
      if let link = piece.link { entry = entry.materialised(from: checkpoint[link]) }
      if piece.isDecompressed { entry = entry.decompressed(piece.splice) }
      for edits in piece.edits { entry = entry.edited(edits) }
      return entry.renamed(piece.name)
    }
    var source = checkpoint.source
    source.storedSize = nil
    return Checkpoint(
      source: source, entries: entries, damage: isCut ? nil : checkpoint.damage,
      tail: isCut ? Tail(bytes: 1024, markerIsZero: true) : checkpoint.tail)
  }
}
