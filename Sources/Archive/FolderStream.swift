import Glibc
import SystemPackage

/// What is in an open folder, in the file system's order.
struct FolderStream: ~Copyable {
  struct Item {
    let name: [UInt8]
    /// What it names, as in `st_mode`; 0 where the file system does not tell (readdir(3)).
    let type: mode_t
  }

  private let stream: OpaquePointer

  init(_ folder: FileDescriptor) throws(Errno) {
    let copy = fcntl(folder.rawValue, F_DUPFD_CLOEXEC, 0)
    guard copy >= 0 else { throw Errno(rawValue: errno) }
    guard let stream = fdopendir(copy) else {
      let cause = Errno(rawValue: errno)
      close(copy)
      throw cause
    }
    self.stream = stream
    // The copy shares its place with the original, which may have been read before.
    rewinddir(stream)
  }

  deinit { closedir(stream) }

  mutating func next() throws(Errno) -> Item? {
    while true {
      // Only errno tells a failure from the end.
      errno = 0
      guard let item = readdir(stream) else {
        if errno != 0 { throw Errno(rawValue: errno) }
        return nil
      }
      let name = withUnsafeBytes(of: &item.pointee.d_name) { Array($0.prefix { $0 != 0 }) }
      if name != [0x2E], name != [0x2E, 0x2E] {
        return Item(name: name, type: mode_t(item.pointee.d_type) << 12)
      }
    }
  }
}

extension [UInt8] {
  /// For system calls; the bytes must hold no NUL.
  var asCString: [CChar] { map { CChar(bitPattern: $0) } + [0] }
}
