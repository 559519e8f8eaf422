import Glibc
import SystemPackage

/// Work files and folders beside a target. A living run holds a lock on its own; one that can be
/// locked was left by a run that was killed.
enum Leftovers {
  /// The name for this process; another for each `attempt`, as a process number says little where
  /// containers share a folder.
  static func workName(of name: String, _ attempt: Int) -> String {
    "\(prefix(of: name))\(getpid())" + (attempt == 0 ? "" : "-\(attempt)")
  }

  private static func prefix(of name: String) -> String {
    var stem = name[...]
    // A name has at most 255 bytes.
    while stem.utf8.count > 200 { stem.removeLast() }
    return ".\(stem).ckptmend-"
  }

  /// Locks a new work file or folder. False if another run has taken it for a leftover first.
  static func lock(_ made: FileDescriptor, _ name: String, in parent: FileDescriptor)
    throws(Errno) -> Bool
  {
    while flock(made.rawValue, LOCK_EX) != 0 {
      // A file system without locks has nobody who could tell a leftover.
      if errno != EINTR { return true }
    }
    var (ours, named) = (stat(), stat())
    guard fstat(made.rawValue, &ours) == 0,
      fstatat(parent.rawValue, name, &named, AT_SYMLINK_NOFOLLOW) == 0
    else {
      if errno == ENOENT { return false }
      throw Errno(rawValue: errno)
    }
    return ours.st_ino == named.st_ino && ours.st_dev == named.st_dev
  }

  /// Removes what dead runs of this user left for the same target.
  static func remove(of name: String, in parent: FileDescriptor) {
    let prefix = prefix(of: name).utf8
    for candidate in names(in: parent) where candidate.starts(with: prefix) {
      let name = candidate.asCString
      // Anybody may have made a FIFO of that name; opening one must not wait.
      let opened = openat(
        parent.rawValue, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)
      guard opened >= 0 else { continue }
      var status = stat()
      if fstat(opened, &status) == 0, status.st_uid == geteuid(),
        [S_IFREG, S_IFDIR].contains(status.st_mode & S_IFMT), flock(opened, LOCK_EX | LOCK_NB) == 0
      {
        removeTree(name, in: parent)
      }
      close(opened)
    }
  }

  /// Removes a file, or a folder with all below it, without following a link. `name` ends in 0.
  static func removeTree(_ name: [CChar], in parent: FileDescriptor) {
    if unlinkat(parent.rawValue, name, 0) == 0 { return }
    let opened = openat(
      parent.rawValue, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
    guard opened >= 0 else { return }
    let folder = FileDescriptor(rawValue: opened)
    // An entry's mode may forbid the removal of what is in it.
    fchmod(opened, 0o700)
    for child in names(in: folder) { removeTree(child.asCString, in: folder) }
    try? folder.close()
    unlinkat(parent.rawValue, name, AT_REMOVEDIR)
  }

  /// As far as they can be read: what cannot be removed stays.
  private static func names(in folder: FileDescriptor) -> [[UInt8]] {
    var result: [[UInt8]] = []
    guard var stream = try? FolderStream(folder) else { return [] }
    while let item = try? stream.next() { result.append(item.name) }
    return result
  }
}
