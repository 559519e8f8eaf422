import CLinux
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
  private var writing: Writing
  private var file: FileDescriptor?
  /// How much of the file has been written or passed over.
  private var place: Int64 = 0
  /// A file that ends in a hole must be made that long.
  private var endsInHole = false
  /// What may still become holes of what came as zeros: readers refuse a folder with too many.
  private var zerosToPass = Limits().holes / 2
  /// Whom the file system gives new files to: the same for all, if we are root.
  private var maker: (owner: uid_t, group: gid_t)?
  /// The folder of the last entry, which is mostly that of the next.
  private var parent: (components: [[UInt8]], folder: FileDescriptor)?
  /// Folders get their mode and time when all is in them; of two with one name the last counts.
  private var directories: [String: Entry] = [:]

  init(_ root: FileDescriptor, path: String) {
    self.root = root
    self.path = path
    writing = Writing(path: path)
  }

  deinit {
    try? file?.close()
    try? parent?.folder.close()
  }

  func begin(_ entry: Entry, stored: StoredBytes?) throws(ArchiveError) {
    try endEntry()
    try writing.begin(entry)
    if let reason = entry.name.escape {
      throw .refused(entry: entry.name, reason: reason)
    }
    var components = entry.name.components
    guard let last = components.popLast() else {
      // `./` itself: the folder is there already.
      if entry.kind == .directory { return }
      throw .refused(entry: entry.name, reason: "names the folder itself")
    }
    let parent = try open(parent: components, of: entry)
    let name = last.asCString
    switch entry.kind {
    case .directory:
      let made = try open(last, of: entry, in: parent, creating: true)
      try? made.close()
      directories[entry.name.path] = entry
    case .symlink(let target):
      guard symlinkat(target.asCString, parent.rawValue, name) == 0 else { throw failure(entry) }
      try applyToLink(entry, name, in: parent)
    case .file:
      let opened = openat(
        parent.rawValue, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
      guard opened >= 0 else { throw failure(entry) }
      file = FileDescriptor(rawValue: opened)
      if isRoot, maker == nil { maker = try owner(of: opened, entry) }
      place = 0
      endsInHole = false
    default:
      throw .refused(entry: entry.name, reason: "is a \(entry.kind.noun)")
    }
  }

  /// Pages of zeros become holes: a checkpoint holds every page that a process has touched.
  func write(_ bytes: UnsafeRawBufferPointer) throws(ArchiveError) {
    try writing.add(Int64(bytes.count))
    try Zeros.visitRuns(of: bytes, at: place) { (run, isZero) throws(ArchiveError) in
      if isZero, run.count <= zerosToPass {
        zerosToPass -= run.count
        try pass(Int64(run.count))
      } else {
        try store(run)
      }
    }
  }

  func writeHole(_ count: Int64) throws(ArchiveError) {
    if count <= 0 { return }
    try writing.add(count)
    try pass(count)
  }

  private func store(_ bytes: UnsafeRawBufferPointer) throws(ArchiveError) {
    do {
      try file?.writeAll(bytes)
    } catch {
      throw failure(writing.entry, error as? Errno ?? .ioError)
    }
    place += Int64(bytes.count)
    endsInHole = false
  }

  /// Leaves a hole.
  private func pass(_ count: Int64) throws(ArchiveError) {
    do {
      try file?.seek(offset: count, from: .current)
    } catch {
      throw failure(writing.entry, error as? Errno ?? .ioError)
    }
    place += count
    endsInHole = true
  }

  func end() throws(ArchiveError) {
    try endEntry()
    // Deepest first: a folder's time changes when something is made in it.
    for entry in directories.values.sorted(by: { $0.name.depth > $1.name.depth }) {
      let folder = try open(entry.name.components, of: entry, creating: false)
      defer { try? folder.close() }
      var entry = entry
      if !isRoot { entry.mode |= 0o700 }
      try apply(entry, to: folder)
    }
  }

  func endEntry() throws(ArchiveError) {
    let entry = writing.entry
    try writing.end()
    guard let file, let entry else { return }
    if endsInHole, ftruncate(file.rawValue, off_t(entry.size)) != 0 { throw failure(entry) }
    try apply(entry, to: file)
    self.file = nil
    // A file system may tell only now that it could not store what was written (close(2)).
    guard close(file.rawValue) == 0 else { throw failure(entry) }
  }

  /// Owner first: giving a file away takes away its set-id bits and capabilities.
  private func apply(_ entry: Entry, to descriptor: FileDescriptor) throws(ArchiveError) {
    let fd = descriptor.rawValue
    if isRoot {
      let (owner, group) = try ids(entry)
      let isTheirs = maker.map { $0 == (owner, group) } ?? false
      if !isTheirs, fchown(fd, owner, group) != 0 { throw failure(entry) }
    }
    if let cause = ExtendedAttributes.write(entry.attributes, to: descriptor) {
      throw failure(entry, cause)
    }
    if fchmod(fd, entry.mode) != 0 { throw failure(entry) }
    let times = [entry.modified.timespec, entry.modified.timespec]
    if futimens(fd, times) != 0 { throw failure(entry) }
  }

  private func owner(of file: Int32, _ entry: Entry) throws(ArchiveError) -> (uid_t, gid_t) {
    var status = stat()
    guard fstat(file, &status) == 0 else { throw failure(entry) }
    return (status.st_uid, status.st_gid)
  }

  private func applyToLink(_ entry: Entry, _ name: [CChar], in parent: FileDescriptor)
    throws(ArchiveError)
  {
    if isRoot {
      let (owner, group) = try ids(entry)
      guard fchownat(parent.rawValue, name, owner, group, AT_SYMLINK_NOFOLLOW) == 0 else {
        throw failure(entry)
      }
    }
    let times = [entry.modified.timespec, entry.modified.timespec]
    if utimensat(parent.rawValue, name, times, AT_SYMLINK_NOFOLLOW) != 0 { throw failure(entry) }
  }

  /// The ids as the kernel takes them, where the greatest means "leave it". Cut to 32 bits, others
  /// would name somebody else, root for one.
  private func ids(_ entry: Entry) throws(ArchiveError) -> (uid_t, gid_t) {
    guard let owner = uid_t(exactly: entry.owner), owner != .max,
      let group = gid_t(exactly: entry.group), group != .max
    else {
      throw .refused(
        entry: entry.name, reason: "belongs to \(entry.owner):\(entry.group), which cannot be")
    }
    return (owner, group)
  }

  private func open(parent components: [[UInt8]], of entry: Entry) throws(ArchiveError)
    -> FileDescriptor
  {
    if let parent, parent.components == components { return parent.folder }
    try? parent?.folder.close()
    parent = nil
    let folder = try open(components, of: entry, creating: true)
    parent = (components, folder)
    return folder
  }

  private func open(_ components: [[UInt8]], of entry: Entry, creating: Bool)
    throws(ArchiveError) -> FileDescriptor
  {
    let copy = fcntl(root.rawValue, F_DUPFD_CLOEXEC, 0)
    guard copy >= 0 else { throw failure(entry) }
    var current = FileDescriptor(rawValue: copy)
    for component in components {
      let above = current
      defer { try? above.close() }
      current = try open(component, of: entry, in: above, creating: creating)
    }
    return current
  }

  private func open(
    _ component: [UInt8], of entry: Entry, in folder: FileDescriptor, creating: Bool
  ) throws(ArchiveError) -> FileDescriptor {
    let name = component.asCString
    var opened: Int32 = -1
    if !creating || mkdirat(folder.rawValue, name, 0o700) == 0 || errno == EEXIST {
      opened = openat(
        folder.rawValue, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
    }
    guard opened >= 0 else { throw failure(entry) }
    return FileDescriptor(rawValue: opened)
  }

  /// The work folder is nobody else's: what is in the way there is an entry.
  private func failure(_ entry: Entry?, _ cause: Errno = Errno(rawValue: errno)) -> ArchiveError {
    guard let entry else { return .cannotWrite(path: path, reason: "\(cause)") }
    switch cause {
    case .fileExists: return .refused(entry: entry.name, reason: "lies where another entry is")
    case .notDirectory, .tooManySymbolicLinkLevels:
      return .refused(entry: entry.name, reason: "leads through an entry that is no folder")
    default: return .cannotWrite(path: path, reason: "\(entry.name): \(cause)")
    }
  }
}

extension Entry.Time {
  fileprivate var timespec: Glibc.timespec {
    Glibc.timespec(tv_sec: Int(seconds), tv_nsec: nanoseconds)
  }
}
