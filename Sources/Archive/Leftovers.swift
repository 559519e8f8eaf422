import Glibc
import SystemPackage

/// Work folders beside a target. A living run holds a lock on its own; one that can be locked was
/// left by a run that was killed.
enum Leftovers {
  static func workName(of name: String) -> String { prefix(of: name) + "\(getpid())" }

  private static func prefix(of name: String) -> String { ".\(name.prefix(200)).ckptmend-" }

  /// Removes what dead runs left for the same target.
  static func remove(of name: String, in parent: FileDescriptor) {
    let prefix = prefix(of: name).utf8.map { CChar(bitPattern: $0) }
    for candidate in names(in: parent) where candidate.starts(with: prefix) {
      let opened = openat(parent.rawValue, candidate, O_RDONLY | O_NOFOLLOW | O_CLOEXEC)
      guard opened >= 0 else { continue }
      if flock(opened, LOCK_EX | LOCK_NB) == 0 { removeTree(candidate, in: parent) }
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
    for child in names(in: folder) { removeTree(child, in: folder) }
    try? folder.close()
    unlinkat(parent.rawValue, name, AT_REMOVEDIR)
  }

  /// The names in a folder, each with its final 0.
  private static func names(in folder: FileDescriptor) -> [[CChar]] {
    let copy = openat(folder.rawValue, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard copy >= 0, let stream = fdopendir(copy) else { return [] }
    defer { closedir(stream) }
    var result: [[CChar]] = []
    while let item = readdir(stream) {
      let name = withUnsafeBytes(of: &item.pointee.d_name) {
        $0.prefix { $0 != 0 }.map { CChar(bitPattern: $0) } + [0]
      }
      if name != [0x2E, 0], name != [0x2E, 0x2E, 0] { result.append(name) }
    }
    return result
  }
}
