import CLinux
import Glibc
import SystemPackage

/// Reads an unpacked checkpoint: the same entries, in byte order of their names, through one open
/// folder at a time. No link is followed and nothing but regular files is opened.
final class FolderBackend: EntryBackend {
  private let path: String
  private let limits: Limits
  /// Folders whose names are still to be handed out, the innermost last.
  private var stack: [Level]
  private var file: FileBody?
  private var holes: Int64 = 0
  private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 17, alignment: 4096)

  private struct Level {
    let descriptor: FileDescriptor
    /// The name so far, with its final slash.
    let prefix: [UInt8]
    /// What is in it, last first, so that it can be taken from the end.
    var items: [FolderStream.Item] = []
  }

  /// Owns `descriptor`, even if this throws.
  init(_ descriptor: FileDescriptor, path: String, limits: Limits) throws(ArchiveError) {
    self.path = path
    self.limits = limits
    stack = [Level(descriptor: descriptor, prefix: [])]
    stack[0].items = try items(in: descriptor, EntryName([]))
  }

  deinit {
    file?.close()
    for level in stack { try? level.descriptor.close() }
    buffer.deallocate()
  }

  var tail: Tail? { nil }

  func next() throws(ArchiveError) -> Entry? {
    file?.close()
    file = nil
    while let top = stack.indices.last {
      try Interruption.check()
      let folder = stack[top].descriptor
      // In place: a copy of the level would be one of all its names, for each of them.
      guard let item = stack[top].items.popLast() else {
        try? folder.close()
        stack.removeLast()
        continue
      }
      return try entry(
        stack[top].prefix + item.name, item.name.asCString, item.type, in: folder)
    }
    return nil
  }

  func nextChunk() throws(ArchiveError) -> UnsafeRawBufferPointer? {
    try file?.nextBytes(into: buffer)
  }

  func nextChunkOrHole() throws(ArchiveError) -> Chunk? {
    if let hole = file?.nextHole() { return .hole(hole) }
    return try file?.nextBytes(into: buffer).map(Chunk.bytes)
  }

  private func entry(
    _ full: [UInt8], _ name: [CChar], _ type: mode_t, in folder: FileDescriptor
  ) throws(ArchiveError) -> Entry {
    let entryName = EntryName(full)
    var status = stat()
    status.st_mode = type
    // What is opened is asked then.
    if type != S_IFREG, type != S_IFDIR,
      fstatat(folder.rawValue, name, &status, AT_SYMLINK_NOFOLLOW) != 0
    {
      throw cannotRead(entryName)
    }
    switch status.st_mode & S_IFMT {
    case S_IFREG:
      let descriptor = try open(entryName, name, &status, in: folder, O_NONBLOCK)
      var entry = Self.entry(entryName, .file, status)
      entry.size = Int64(status.st_size)
      entry.attributes = try attributes(of: descriptor, entryName)
      let body = FileBody(descriptor, entry, stored: 512 * Int64(status.st_blocks), path: path)
      file = body
      if let damage = limits.add(body.holes, to: &holes, of: entry) { throw .damaged(damage) }
      return entry
    case S_IFDIR:
      if let damage = limits.excess(of: entryName) { throw .damaged(damage) }
      let descriptor = try open(entryName, name, &status, in: folder, O_DIRECTORY)
      stack.append(Level(descriptor: descriptor, prefix: full + [UInt8(ascii: "/")]))
      var entry = Self.entry(entryName, .directory, status)
      entry.attributes = try attributes(of: descriptor, entryName)
      stack[stack.count - 1].items = try items(in: descriptor, entryName)
      return entry
    case S_IFLNK:
      return Self.entry(entryName, .symlink(target: try target(entryName, name, folder)), status)
    case S_IFIFO: return Self.entry(entryName, .fifo, status)
    case S_IFCHR: return Self.entry(entryName, .characterDevice, status)
    case S_IFBLK: return Self.entry(entryName, .blockDevice, status)
    case S_IFSOCK: return Self.entry(entryName, .socket, status)
    default: return Self.entry(entryName, .other, status)
    }
  }

  private static func entry(_ name: EntryName, _ kind: Entry.Kind, _ status: stat) -> Entry {
    Entry(
      name: name, kind: kind, mode: status.st_mode & 0o7777, owner: Int64(status.st_uid),
      group: Int64(status.st_gid),
      modified: Entry.Time(
        seconds: Int64(status.st_mtim.tv_sec), nanoseconds: Int(status.st_mtim.tv_nsec)))
  }

  /// Opens what has the type in `status`, and brings `status` up to date: another file may have taken
  /// the name since.
  private func open(
    _ entryName: EntryName, _ name: [CChar], _ status: inout stat, in folder: FileDescriptor,
    _ flags: Int32
  ) throws(ArchiveError) -> FileDescriptor {
    let type = status.st_mode & S_IFMT
    let opened = openat(
      folder.rawValue, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY | flags)
    guard opened >= 0 else { throw cannotRead(entryName) }
    guard fstat(opened, &status) == 0 else {
      let error = cannotRead(entryName)
      close(opened)
      throw error
    }
    guard status.st_mode & S_IFMT == type else {
      close(opened)
      throw .damaged(
        Damage(.badHeader, entry: entryName, detail: "the entry changed while it was read"))
    }
    return FileDescriptor(rawValue: opened)
  }

  private func attributes(of descriptor: FileDescriptor, _ entryName: EntryName)
    throws(ArchiveError) -> [Entry.Attribute]
  {
    do throws(Errno) {
      return try ExtendedAttributes.read(descriptor)
    } catch {
      throw cannotRead(entryName, error)
    }
  }

  private func target(_ entryName: EntryName, _ name: [CChar], _ folder: FileDescriptor)
    throws(ArchiveError) -> [UInt8]
  {
    var target = [CChar](repeating: 0, count: Int(PATH_MAX))
    let count = readlinkat(folder.rawValue, name, &target, target.count)
    guard count >= 0 else { throw cannotRead(entryName) }
    return target.prefix(count).map { UInt8(bitPattern: $0) }
  }

  private func items(in folder: FileDescriptor, _ entryName: EntryName) throws(ArchiveError)
    -> [FolderStream.Item]
  {
    var stream: FolderStream
    do throws(Errno) {
      stream = try FolderStream(folder)
    } catch {
      throw cannotRead(entryName, error)
    }
    var result: [FolderStream.Item] = []
    while true {
      do throws(Errno) {
        guard let item = try stream.next() else { break }
        result.append(item)
      } catch {
        throw cannotRead(entryName, error)
      }
      if let damage = limits.excess(ofEntries: result.count, at: entryName) {
        throw .damaged(damage)
      }
    }
    return result.sorted { $1.name.lexicographicallyPrecedes($0.name) }
  }

  private func cannotRead(_ name: EntryName, _ cause: Errno = Errno(rawValue: errno))
    -> ArchiveError
  {
    .cannotRead(path: name.bytes.isEmpty ? path : "\(path)/\(name.path)", cause)
  }
}
