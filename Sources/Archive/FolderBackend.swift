import Glibc
import SystemPackage

/// Reads an unpacked checkpoint: the same entries, in byte order of their names, through one open
/// folder at a time. No link is followed and nothing but regular files is opened.
final class FolderBackend: EntryBackend {
  private let path: String
  private let limits: Limits
  /// Folders whose names are still to be handed out: an open descriptor, the name so far, and the
  /// names below it in reverse order.
  private var stack: [Level] = []
  private var file: FileDescriptor?
  private var current: Entry?
  private var delivered: Int64 = 0
  private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 17, alignment: 4096)

  private struct Level {
    var descriptor: FileDescriptor
    var prefix: [UInt8]
    var names: [[UInt8]]
  }

  init(_ descriptor: FileDescriptor, path: String, limits: Limits) throws(ArchiveError) {
    self.path = path
    self.limits = limits
    stack = [Level(descriptor: descriptor, prefix: [], names: try names(in: descriptor))]
  }

  deinit {
    closeFile()
    for level in stack { try? level.descriptor.close() }
    buffer.deallocate()
  }

  var tail: Tail? { nil }

  func next() throws(ArchiveError) -> Entry? {
    closeFile()
    while let level = stack.last {
      guard let name = level.names.last else {
        try? level.descriptor.close()
        stack.removeLast()
        continue
      }
      stack[stack.count - 1].names.removeLast()
      return try entry(level.prefix + name, name, in: level.descriptor)
    }
    return nil
  }

  func nextChunk() throws(ArchiveError) -> UnsafeRawBufferPointer? {
    guard let file, let current else { return nil }
    do {
      let count = try file.read(into: buffer, retryOnInterrupt: true)
      delivered += Int64(count)
      if count > 0, delivered <= current.size {
        return UnsafeRawBufferPointer(rebasing: buffer.prefix(count))
      }
    } catch {
      throw .cannotRead(path: shown(current.name), error as? Errno ?? .ioError)
    }
    closeFile()
    if delivered != current.size {
      throw .damaged(
        Damage(
          .truncated, entry: current.name, have: UInt64(delivered), need: UInt64(current.size),
          detail: "the file changed while it was read"))
    }
    return nil
  }

  private func entry(_ full: [UInt8], _ name: [UInt8], in folder: FileDescriptor)
    throws(ArchiveError) -> Entry
  {
    let entryName = EntryName(full)
    let c = name.map { CChar(bitPattern: $0) } + [0]
    var status = stat()
    guard fstatat(folder.rawValue, c, &status, AT_SYMLINK_NOFOLLOW) == 0 else {
      throw .cannotRead(path: shown(entryName), Errno(rawValue: errno))
    }
    var entry = Entry(name: entryName, kind: kind(status, c, folder))
    entry.mode = status.st_mode & 0o7777
    entry.owner = Int64(status.st_uid)
    entry.group = Int64(status.st_gid)
    entry.modified = Entry.Time(
      seconds: Int64(status.st_mtim.tv_sec), nanoseconds: Int(status.st_mtim.tv_nsec))
    switch entry.kind {
    case .file:
      entry.size = Int64(status.st_size)
      let opened = openat(folder.rawValue, c, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)
      guard opened >= 0 else { throw .cannotRead(path: shown(entryName), Errno(rawValue: errno)) }
      let descriptor = FileDescriptor(rawValue: opened)
      file = descriptor
      entry.attributes = ExtendedAttributes.read(descriptor)
    case .directory:
      guard stack.count <= limits.depth else {
        throw .damaged(
          Damage(
            .limitExceeded, entry: entryName, have: UInt64(stack.count + 1),
            need: UInt64(limits.depth), unit: "folders deep at most",
            detail: "the folders are nested too deeply"))
      }
      let opened = openat(folder.rawValue, c, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_DIRECTORY)
      guard opened >= 0 else { throw .cannotRead(path: shown(entryName), Errno(rawValue: errno)) }
      let descriptor = FileDescriptor(rawValue: opened)
      entry.attributes = ExtendedAttributes.read(descriptor)
      stack.append(
        Level(
          descriptor: descriptor, prefix: full + [UInt8(ascii: "/")],
          names: try names(in: descriptor)))
    default: break
    }
    current = entry
    delivered = 0
    return entry
  }

  private func kind(_ status: stat, _ name: [CChar], _ folder: FileDescriptor) -> Entry.Kind {
    switch status.st_mode & S_IFMT {
    case S_IFREG: return .file
    case S_IFDIR: return .directory
    case S_IFLNK:
      var target = [CChar](repeating: 0, count: Int(PATH_MAX))
      let count = readlinkat(folder.rawValue, name, &target, target.count)
      return .symlink(target: target.prefix(max(0, count)).map { UInt8(bitPattern: $0) })
    case S_IFIFO: return .fifo
    case S_IFCHR: return .characterDevice
    case S_IFBLK: return .blockDevice
    case S_IFSOCK: return .socket
    default: return .other
    }
  }

  /// The names in a folder, last first, so that they can be taken from the end.
  private func names(in folder: FileDescriptor) throws(ArchiveError) -> [[UInt8]] {
    let copy = dup(folder.rawValue)
    guard copy >= 0, let stream = fdopendir(copy) else {
      throw .cannotRead(path: path, Errno(rawValue: errno))
    }
    defer { closedir(stream) }
    var result: [[UInt8]] = []
    while let item = readdir(stream) {
      let name = withUnsafeBytes(of: &item.pointee.d_name) { Array($0.prefix { $0 != 0 }) }
      if name == [0x2E] || name == [0x2E, 0x2E] { continue }
      result.append(name)
      if result.count > limits.entries {
        throw .damaged(
          Damage(
            .limitExceeded, have: UInt64(result.count), need: UInt64(limits.entries),
            unit: "entries at most", detail: "the folder holds too many entries"))
      }
    }
    return result.sorted { $1.lexicographicallyPrecedes($0) }
  }

  private func shown(_ name: EntryName) -> String { "\(path)/\(name.path)" }

  private func closeFile() {
    if let file { try? file.close() }
    file = nil
  }
}
