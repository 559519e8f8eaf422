/// One change to the entries of a checkpoint. Entries are named by their cleaned path.
public enum Action: Sendable, Hashable, Codable {
  /// Takes an entry of a donor, in place of the input's own if there is one.
  case take(path: String, donor: Int, donorPath: String)
  /// Writes an entry that was made from the rest of the checkpoint.
  case write(path: String, content: Content)
  /// Changes values or records inside an entry; every other byte of it stays.
  case edit(path: String, edits: [Edit])
  /// Stores an entry that is compressed as what it holds.
  case decompress(path: String)
  /// The same, without some ranges of it, and with bytes added.
  case splice(path: String, Splice)
  /// Stores a hard link as the file that it leads to.
  case materialise(path: String, target: String)
  /// Leaves the entry out.
  case remove(path: String)
  /// Keeps the bytes under another name.
  case rename(path: String, to: String)
  /// Moves everything out of one leading folder.
  case unwrap(folder: String)
  /// Leaves out all but the last of several entries with one name.
  case keepLast(path: String)
  /// Keeps the entries that could be read whole; what follows is lost.
  case salvage(entries: Int)
  /// Writes the same entries anew: clean headers, stream and end marker.
  case rewrite
}

extension Action: CustomStringConvertible {
  public var description: String {
    switch self {
    case .take(let path, let donor, let donorPath):
      path == donorPath
        ? "take \(path) from donor \(donor + 1)"
        : "take \(path) from donor \(donor + 1), where it is called \(donorPath)"
    case .write(let path, let content): "write \(path) (\(content.bytes.count) bytes)"
    case .edit(let path, let edits):
      "edit \(path): \(edits.prefix(4).map(\.description).joined(separator: ", "))"
        + (edits.count > 4 ? " and \(edits.count - 4) more" : "")
    case .decompress(let path): "decompress \(path)"
    case .splice(let path, let splice): "change \(path): \(splice)"
    case .materialise(let path, let target): "store \(path) as a file, a copy of \(target)"
    case .remove(let path): "remove \(path)"
    case .rename(let path, let to): "rename \(path) to \(to)"
    case .unwrap(let folder): "move everything out of \(folder)/"
    case .keepLast(let path): "keep only the last \(path)"
    case .salvage(let entries): "keep the \(entries) entries that are whole"
    case .rewrite: "write the archive anew with the same entries"
    }
  }
}
