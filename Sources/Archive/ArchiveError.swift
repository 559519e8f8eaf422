public import SystemPackage

/// Reading or writing cannot go on.
///
/// What is wrong *inside* an archive is `damaged`: it carries a value that a rule can turn into a
/// finding. Everything else is the caller's environment: a path, a permission, a full disk.
public enum ArchiveError: Error, Sendable, Hashable {
  /// The archive cannot be read past this point.
  case damaged(Damage)
  /// A system call on the input failed.
  case cannotRead(path: String, Errno)
  /// A system call on the output failed, or the compressor did.
  case cannotWrite(path: String, reason: String)
  /// An entry that no output may hold, or not beside those before it.
  case refused(entry: EntryName, reason: String)
  /// The output is already there, and nothing is ever replaced unasked.
  case outputExists(path: String)
  /// The path names neither a regular file, a pipe nor a folder.
  case notAnArchive(path: String, reason: String)
  /// The work was interrupted by a signal.
  case interrupted(signal: Int32)
}

extension ArchiveError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .damaged(let damage): "\(damage)"
    case .cannotRead(let path, let errno): "cannot read \(Escape.text(path)): \(errno)"
    case .cannotWrite(let path, let reason): "cannot write \(Escape.text(path)): \(reason)"
    case .refused(let entry, let reason): "no output may hold \(entry): it \(reason)"
    case .outputExists(let path): "\(Escape.text(path)) exists; it is not replaced"
    case .notAnArchive(let path, let reason): "\(Escape.text(path)) is not an archive: \(reason)"
    case .interrupted(let signal): "interrupted by signal \(signal)"
    }
  }
}
