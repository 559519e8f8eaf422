import CLinux
import Glibc
import SystemPackage

/// A new archive or folder that is complete or absent.
///
/// Entries are written beside the target: an archive into a file without a name, which vanishes
/// with the process however it ends, a folder into a hidden work folder. `publish()` flushes it
/// and gives it its name. Without it, nothing is left behind.
public struct Output: ~Copyable {
  public enum Form: Sendable, Hashable {
    case tar(Compression)
    case folder
  }

  public let path: String
  public let form: Form
  private let workplace: Workplace
  private let sink: any EntrySink

  /// Starts an output at `path`, where nothing may be yet. `level` is the compressor's; nil is
  /// its default.
  public init(path: String, form: Form, level: Int? = nil) throws(ArchiveError) {
    let workplace = try Workplace(path: path, isFolder: form == .folder)
    let sink: any EntrySink =
      switch form {
      case .tar(let compression):
        try TarSink(workplace.descriptor, path: path, compression: compression, level: level)
      case .folder: FolderSink(workplace.descriptor, path: path)
      }
    self.path = path
    self.form = form
    self.workplace = workplace
    self.sink = sink
  }

  /// Starts an entry; its `size` bytes must follow.
  public mutating func begin(_ entry: Entry) throws(ArchiveError) {
    try Interruption.check()
    try sink.begin(entry)
  }

  public mutating func write(_ bytes: UnsafeRawBufferPointer) throws(ArchiveError) {
    try Interruption.check()
    try sink.write(bytes)
  }

  /// Finishes writing; the output can now be read, and is still unpublished.
  public mutating func end() throws(ArchiveError) { try sink.end() }

  /// A reader of the unpublished output.
  public func reader(limits: Limits = Limits()) throws(ArchiveError) -> ArchiveReader {
    let descriptor = FileDescriptor(
      rawValue: fcntl(workplace.descriptor.rawValue, F_DUPFD_CLOEXEC, 0))
    if form != .folder { _ = try? descriptor.seek(offset: 0, from: .start) }
    return try ArchiveReader(descriptor, path: path, owned: true, limits: limits)
  }

  /// Makes the output visible under its name, whole.
  public consuming func publish() throws(ArchiveError) {
    try Interruption.check()
    try workplace.publish()
  }
}

/// The place beside the target where an output grows.
private final class Workplace {
  let descriptor: FileDescriptor
  private let path: String
  private let name: String
  private let parent: FileDescriptor
  /// The name of the work folder, or of a file on a file system without O_TMPFILE.
  private var workName: String?
  private let isFolder: Bool

  init(path: String, isFolder: Bool) throws(ArchiveError) {
    self.path = path
    self.isFolder = isFolder
    let target = FilePath(path).lexicallyNormalized()
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
    var status = stat()
    if fstatat(parent.rawValue, name, &status, AT_SYMLINK_NOFOLLOW) == 0 {
      try? parent.close()
      throw .outputExists(path: path)
    }
    Leftovers.remove(of: name, in: parent)
    do throws(ArchiveError) {
      (descriptor, workName) = try Self.make(name, isFolder, in: parent, path: path)
    } catch {
      try? parent.close()
      throw error
    }
  }

  deinit {
    if let workName { Leftovers.removeTree(workName.utf8CString.map { $0 }, in: parent) }
    try? descriptor.close()
    try? parent.close()
  }

  private static func make(
    _ name: String, _ isFolder: Bool, in parent: FileDescriptor, path: String
  ) throws(ArchiveError) -> (FileDescriptor, String?) {
    if !isFolder {
      let unnamed = ckptmend_open_unnamed(parent.rawValue, 0o600)
      if unnamed >= 0 { return (FileDescriptor(rawValue: unnamed), nil) }
    }
    let workName = Leftovers.workName(of: name)
    var opened: Int32 = -1
    if isFolder {
      if mkdirat(parent.rawValue, workName, 0o700) == 0 {
        opened = openat(
          parent.rawValue, workName, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
      }
    } else {
      opened = openat(
        parent.rawValue, workName, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
    }
    guard opened >= 0 else {
      throw .cannotWrite(path: path, reason: "\(Errno(rawValue: errno))")
    }
    flock(opened, LOCK_EX | LOCK_NB)
    return (FileDescriptor(rawValue: opened), workName)
  }

  func publish() throws(ArchiveError) {
    let fd = descriptor.rawValue
    let flushed = isFolder ? ckptmend_sync_file_system(fd) : fsync(fd)
    guard flushed == 0 else { throw failure() }
    let named =
      if let workName {
        ckptmend_rename_new(parent.rawValue, workName, parent.rawValue, name)
      } else {
        ckptmend_link_unnamed(fd, parent.rawValue, name)
      }
    guard named == 0 else {
      if errno == EEXIST { throw .outputExists(path: path) }
      throw failure()
    }
    workName = nil
    guard fsync(parent.rawValue) == 0 else { throw failure() }
  }

  private func failure() -> ArchiveError {
    .cannotWrite(path: path, reason: "\(Errno(rawValue: errno))")
  }
}
