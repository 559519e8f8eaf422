import CLinux
import Glibc

/// A folder, and the kernel's notices of files that were closed after writing or moved into it.
struct FolderWatch: ~Copyable {
  enum Notice {
    /// The name of a file, as bytes: no encoding is sure.
    case file([UInt8])
    /// More came than the kernel keeps.
    case overflow
    /// The folder was removed or unmounted.
    case gone
  }

  private let folder: Int32
  private let notices: Int32

  private init(folder: Int32, notices: Int32) {
    self.folder = folder
    self.notices = notices
  }

  /// Watches from now on; nil with `errno` where that is not possible.
  static func start(_ path: String) -> FolderWatch? {
    let folder = Glibc.open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    if folder < 0 { return nil }
    // IN_NONBLOCK and IN_CLOEXEC are O_NONBLOCK and O_CLOEXEC.
    let watch = FolderWatch(folder: folder, notices: inotify_init1(O_NONBLOCK | O_CLOEXEC))
    let events = UInt32(IN_CLOSE_WRITE | IN_MOVED_TO | IN_MOVE_SELF | IN_ONLYDIR)
    if watch.notices < 0 || inotify_add_watch(watch.notices, path, events) < 0 { return nil }
    return watch
  }

  deinit {
    close(folder)
    if notices >= 0 { close(notices) }
  }

  /// The names of what is in the folder, in order. Hidden files are left out: programs that copy
  /// write to one first and rename it.
  borrowing func names() -> [[UInt8]] {
    let copy = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard copy >= 0 else { return [] }
    guard let stream = fdopendir(copy) else {
      close(copy)
      return []
    }
    defer { closedir(stream) }
    var names: [[UInt8]] = []
    while let item = readdir(stream) {
      let name = withUnsafeBytes(of: &item.pointee.d_name) { Array($0.prefix { $0 != 0 }) }
      if !Self.isHidden(name) { names.append(name) }
    }
    return names.sorted { $0.lexicographicallyPrecedes($1) }
  }

  /// Opens a regular file that nobody has open for writing; a link is not followed, and nothing is
  /// waited for. Such a file is given with its size and the time of its last change.
  borrowing func open(_ name: [UInt8]) -> (descriptor: Int32, size: Int64, changed: Int)? {
    let name = name.map { CChar(bitPattern: $0) } + [0]
    let flags = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC
    let opened = openat(folder, name, flags)
    guard opened >= 0 else { return nil }
    var status = stat()
    guard fstat(opened, &status) == 0, status.st_mode & S_IFMT == S_IFREG,
      ckptmend_is_written(opened) == 0
    else {
      close(opened)
      return nil
    }
    return (opened, Int64(status.st_size), status.st_ctim.tv_sec)
  }

  /// The notices that have come, after waiting for one.
  borrowing func next(waiting milliseconds: Int32) -> [Notice] {
    var wait = pollfd(fd: notices, events: Int16(POLLIN), revents: 0)
    guard poll(&wait, 1, milliseconds) > 0 else { return isRemoved ? [.gone] : [] }
    return withUnsafeTemporaryAllocation(byteCount: 1 << 16, alignment: 8) { buffer in
      let count = read(notices, buffer.baseAddress, buffer.count)
      return count > 0 ? Self.notices(in: UnsafeRawBufferPointer(buffer)[..<count]) : []
    }
  }

  private static func notices(in bytes: Slice<UnsafeRawBufferPointer>) -> [Notice] {
    let header = MemoryLayout<inotify_event>.size
    var result: [Notice] = []
    var rest = bytes
    while rest.count >= header {
      let event = UnsafeRawBufferPointer(rebasing: rest).loadUnaligned(as: inotify_event.self)
      let mask = event.mask
      if mask & UInt32(IN_Q_OVERFLOW) != 0 {
        result.append(.overflow)
      } else if mask & UInt32(IN_MOVE_SELF | IN_UNMOUNT | IN_IGNORED) != 0 {
        result.append(.gone)
      } else if mask & UInt32(IN_ISDIR) == 0 {
        let name = Array(rest.dropFirst(header).prefix(Int(event.len)).prefix { $0 != 0 })
        if !isHidden(name) { result.append(.file(name)) }
      }
      rest = rest.dropFirst(header + Int(event.len))
    }
    return result
  }

  /// There is no notice of it, as the folder is open and therefore not deleted yet.
  private var isRemoved: Bool {
    var status = stat()
    return fstat(folder, &status) == 0 && status.st_nlink == 0
  }

  private static func isHidden(_ name: [UInt8]) -> Bool { name.first == 0x2E }
}
