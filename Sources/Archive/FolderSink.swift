import Glibc
import SystemPackage

/// Unpacks entries into one folder and nowhere else: every component of every name is created or
/// opened by itself, without following a link, and no file that exists is ever opened for writing.
final class FolderSink: EntrySink {
  private let root: FileDescriptor
  private let path: String
  /// Only root can give files away, and only root can enter a folder without the x bit, which is
  /// how Podman and CRI-O store `checkpoint/` (mode 0600).
  private let isRoot = geteuid() == 0
  private var file: (descriptor: FileDescriptor, entry: Entry, written: Int64)?
  private var directories: [Entry] = []

  init(_ root: FileDescriptor, path: String) {
    self.root = root
    self.path = path
  }

  deinit { if let file { try? file.descriptor.close() } }

  func begin(_ entry: Entry) throws(ArchiveError) {
    try closeFile()
    if let reason = entry.name.escape {
      throw .cannotWrite(path: path, reason: "the name \(entry.name) \(reason)")
    }
    var components = entry.name.components
    guard let last = components.popLast() else {
      // `./` itself: the folder is there already.
      if entry.kind == .directory { return }
      throw .cannotWrite(path: path, reason: "an entry has no name")
    }
    let parent = try open(components, creating: true)
    defer { try? parent.close() }
    let name = c(last)
    switch entry.kind {
    case .directory:
      if mkdirat(parent.rawValue, name, 0o700) != 0, errno != EEXIST { throw failure(entry) }
      directories.append(entry)
    case .symlink(let target):
      if symlinkat(c(target), parent.rawValue, name) != 0 { throw failure(entry) }
    case .file:
      let opened = openat(
        parent.rawValue, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
      guard opened >= 0 else { throw failure(entry) }
      file = (FileDescriptor(rawValue: opened), entry, 0)
    default:
      throw .cannotWrite(
        path: path, reason: "\(entry.name) is a \(entry.kind.noun), which is never written")
    }
  }

  func write(_ bytes: UnsafeRawBufferPointer) throws(ArchiveError) {
    guard let file else { return }
    do {
      try file.descriptor.writeAll(bytes)
    } catch {
      throw failure(file.entry, error as? Errno ?? .ioError)
    }
    self.file?.written += Int64(bytes.count)
  }

  func end() throws(ArchiveError) {
    try closeFile()
    // Deepest first: a folder's time changes when something is made in it.
    for entry in directories.sorted(by: { $0.name.depth > $1.name.depth }) {
      let folder = try open(entry.name.components, creating: false)
      defer { try? folder.close() }
      var entry = entry
      if !isRoot { entry.mode |= 0o700 }
      try apply(entry, to: folder)
    }
  }

  private func closeFile() throws(ArchiveError) {
    guard let (descriptor, entry, written) = file else { return }
    defer {
      try? descriptor.close()
      file = nil
    }
    if written != entry.size {
      throw .cannotWrite(
        path: path, reason: "\(entry.name) got \(written) of \(entry.size) bytes")
    }
    try apply(entry, to: descriptor)
  }

  private func apply(_ entry: Entry, to descriptor: FileDescriptor) throws(ArchiveError) {
    let fd = descriptor.rawValue
    let owner = uid_t(truncatingIfNeeded: entry.owner)
    let group = gid_t(truncatingIfNeeded: entry.group)
    if isRoot, fchown(fd, owner, group) != 0 { throw failure(entry) }
    if let errno = ExtendedAttributes.write(entry.attributes, to: descriptor) {
      throw failure(entry, errno)
    }
    if fchmod(fd, entry.mode) != 0 { throw failure(entry) }
    let modified = timespec(
      tv_sec: Int(entry.modified.seconds), tv_nsec: entry.modified.nanoseconds)
    var times = [modified, modified]
    if futimens(fd, &times) != 0 { throw failure(entry) }
  }

  private func open(_ components: [[UInt8]], creating: Bool) throws(ArchiveError) -> FileDescriptor
  {
    var current = FileDescriptor(rawValue: fcntl(root.rawValue, F_DUPFD_CLOEXEC, 0))
    for component in components {
      let name = c(component)
      if creating, mkdirat(current.rawValue, name, 0o700) != 0, errno != EEXIST {
        let cause = Errno(rawValue: errno)
        try? current.close()
        throw .cannotWrite(path: path, reason: "\(Escape.text(component)): \(cause)")
      }
      let next = openat(
        current.rawValue, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
      let cause = Errno(rawValue: errno)
      try? current.close()
      guard next >= 0 else {
        throw .cannotWrite(path: path, reason: "\(Escape.text(component)): \(cause)")
      }
      current = FileDescriptor(rawValue: next)
    }
    return current
  }

  private func failure(_ entry: Entry, _ cause: Errno = Errno(rawValue: errno)) -> ArchiveError {
    .cannotWrite(path: path, reason: "\(entry.name): \(cause)")
  }

  private func c(_ bytes: [UInt8]) -> [CChar] { bytes.map { CChar(bitPattern: $0) } + [0] }
}
