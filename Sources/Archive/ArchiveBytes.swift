import CLinux
import Glibc
import SystemPackage

/// A small archive as bytes: the content of a tmpfs, say.
public enum ArchiveBytes {
  /// The archive of these entries; the same entries always give the same bytes.
  public static func make(
    _ entries: [(entry: Entry, bytes: [UInt8])], compression: Compression = .none
  ) throws(ArchiveError) -> [UInt8] {
    let opened = ckptmend_open_memory()
    guard opened >= 0 else {
      throw .cannotWrite(path: "memory", reason: "\(Errno(rawValue: errno))")
    }
    let file = FileDescriptor(rawValue: opened)
    defer { try? file.close() }
    let sink = try compression.tarSink(
      to: FileSink(file, path: "memory"), path: "memory", level: nil, threads: 1)
    for (entry, bytes) in entries {
      try sink.begin(entry)
      try sink.write(bytes.span.bytes)
    }
    try sink.end()
    do {
      let size = try file.seek(offset: 0, from: .end)
      try file.seek(offset: 0, from: .start)
      return try [UInt8](unsafeUninitializedCapacity: Int(size)) { buffer, count in
        while count < Int(size) {
          let rest = UnsafeMutableRawBufferPointer(buffer)[count...]
          let got = try file.read(into: UnsafeMutableRawBufferPointer(rebasing: rest))
          if got == 0 { break }
          count += got
        }
      }
    } catch {
      throw .cannotWrite(path: "memory", reason: "\(error as? Errno ?? .ioError)")
    }
  }
}
