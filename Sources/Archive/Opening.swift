import SystemPackage

extension FileDescriptor {
  /// Opens `path` for reading. A signal ends the wait for the writer of a FIFO.
  static func openToRead(_ path: String) throws(ArchiveError) -> FileDescriptor {
    while true {
      try Interruption.check()
      do {
        return try open(FilePath(path), .readOnly, options: [.closeOnExec], retryOnInterrupt: false)
      } catch {
        let cause = error as? Errno ?? .ioError
        if cause != .interrupted { throw .cannotRead(path: path, cause) }
      }
    }
  }
}
