import CLinux
import Glibc
import SystemPackage

/// The place beside the target where an output grows.
final class Workplace {
  let descriptor: FileDescriptor
  private let path: String
  private let name: String
  private let parent: FileDescriptor
  /// The name of the work folder, or of a file on a file system without O_TMPFILE.
  private var workName: String?
  private let isFolder: Bool
  /// Whether a file that has the name already gives way.
  private let replaces: Bool

  init(path: String, isFolder: Bool, allowingUnnamed: Bool, replacing: Bool = false)
    throws(ArchiveError)
  {
    self.path = path
    self.isFolder = isFolder
    replaces = replacing
    // Not normalised further: with a link in it, `a/../b` is not `b`.
    let target = FilePath(path)
    guard let last = target.lastComponent, last.kind == .regular else {
      throw .cannotWrite(path: path, reason: "it names no file or folder")
    }
    name = last.string
    let folder = target.removingLastComponent()
    do {
      parent = try FileDescriptor.open(
        folder.isEmpty ? "." : folder, .readOnly, options: [.directory, .closeOnExec])
    } catch {
      throw .cannotWrite(path: path, reason: "its folder: \(error as? Errno ?? .ioError)")
    }
    do throws(ArchiveError) {
      Leftovers.remove(of: name, in: parent)
      if !replacing { try Self.checkAbsent(name, in: parent, path: path) }
      let unnamed =
        isFolder || replacing || !allowingUnnamed
        ? -1 : ckptmend_open_unnamed(parent.rawValue, 0o600)
      if unnamed >= 0 {
        descriptor = FileDescriptor(rawValue: unnamed)
      } else {
        (descriptor, workName) = try Self.make(name, isFolder, in: parent, path: path)
      }
    } catch {
      try? parent.close()
      throw error
    }
  }

  deinit {
    if let workName { Leftovers.removeTree(Array(workName.utf8CString), in: parent) }
    try? descriptor.close()
    try? parent.close()
  }

  private static func checkAbsent(_ name: String, in parent: FileDescriptor, path: String)
    throws(ArchiveError)
  {
    var status = stat()
    if fstatat(parent.rawValue, name, &status, AT_SYMLINK_NOFOLLOW) == 0 {
      throw .outputExists(path: path)
    }
    if errno != ENOENT { throw .cannotWrite(path: path, reason: "\(Errno(rawValue: errno))") }
  }

  /// Makes a work file or folder, and locks it so that no other run takes it for a leftover. One
  /// that was faster has removed it: then once more.
  private static func make(
    _ name: String, _ isFolder: Bool, in parent: FileDescriptor, path: String
  ) throws(ArchiveError) -> (FileDescriptor, String?) {
    for attempt in 0..<100 {
      let workName = Leftovers.workName(of: name, attempt)
      var opened: Int32 = -1
      var isMade = false
      if isFolder {
        isMade = mkdirat(parent.rawValue, workName, 0o700) == 0
        if isMade {
          opened = openat(
            parent.rawValue, workName, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        }
      } else {
        opened = openat(
          parent.rawValue, workName, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
      }
      if opened < 0 {
        let cause = Errno(rawValue: errno)
        if cause == .fileExists || cause == .noSuchFileOrDirectory { continue }
        if isMade { unlinkat(parent.rawValue, workName, AT_REMOVEDIR) }
        throw .cannotWrite(path: path, reason: "\(cause)")
      }
      let descriptor = FileDescriptor(rawValue: opened)
      do throws(Errno) {
        if try Leftovers.lock(descriptor, workName, in: parent) { return (descriptor, workName) }
        try? descriptor.close()
      } catch {
        try? descriptor.close()
        unlinkat(parent.rawValue, workName, isFolder ? AT_REMOVEDIR : 0)
        throw .cannotWrite(path: path, reason: "\(error)")
      }
    }
    throw .cannotWrite(path: path, reason: "no name for a work file is free")
  }

  /// A descriptor of the output for reading, from the start.
  func duplicate() throws(ArchiveError) -> FileDescriptor {
    let copy = fcntl(descriptor.rawValue, F_DUPFD_CLOEXEC, 0)
    guard copy >= 0, isFolder || lseek(copy, 0, SEEK_SET) == 0 else {
      let failure = failure()
      if copy >= 0 { close(copy) }
      throw failure
    }
    return FileDescriptor(rawValue: copy)
  }

  func publish() throws(ArchiveError) {
    let fd = descriptor.rawValue
    let flushed = isFolder ? ckptmend_sync_file_system(fd) : fsync(fd)
    guard flushed == 0 else { throw failure() }
    guard giveName() else {
      if errno == EEXIST { throw .outputExists(path: path) }
      throw failure()
    }
    let workName = workName
    self.workName = nil
    guard fsync(parent.rawValue) == 0 else {
      let failure = failure()
      withdraw(to: workName)
      throw failure
    }
  }

  /// Takes the name away again, as the caller is told that there is no output. What another file
  /// had to give way to stays: the other is lost already.
  private func withdraw(to workName: String?) {
    if replaces { return }
    guard isFolder, let workName else {
      unlinkat(parent.rawValue, name, 0)
      return
    }
    // Not removed where it is: it would be seen in parts.
    if renameat(parent.rawValue, name, parent.rawValue, workName) == 0 {
      self.workName = workName
    }
  }

  private func giveName() -> Bool {
    guard let workName else {
      return ckptmend_link_unnamed(descriptor.rawValue, parent.rawValue, name) == 0
    }
    if replaces { return renameat(parent.rawValue, workName, parent.rawValue, name) == 0 }
    if ckptmend_rename_new(parent.rawValue, workName, parent.rawValue, name) == 0 { return true }
    // Not every file system can rename without replacing.
    if errno != EINVAL && errno != ENOSYS { return false }
    if !isFolder {
      guard linkat(parent.rawValue, workName, parent.rawValue, name, 0) == 0 else { return false }
      unlinkat(parent.rawValue, workName, 0)
      return true
    }
    // Could replace nothing but an empty folder that was made just now. Making it here first would
    // leave it, empty, when this run is killed in between.
    var status = stat()
    if fstatat(parent.rawValue, name, &status, AT_SYMLINK_NOFOLLOW) == 0 {
      errno = EEXIST
      return false
    }
    if errno != ENOENT { return false }
    if renameat(parent.rawValue, workName, parent.rawValue, name) == 0 { return true }
    if errno == ENOTEMPTY || errno == ENOTDIR { errno = EEXIST }
    return false
  }

  private func failure() -> ArchiveError {
    .cannotWrite(path: path, reason: "\(Errno(rawValue: errno))")
  }
}
