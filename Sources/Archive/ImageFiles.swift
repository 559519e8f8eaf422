import Glibc
import SystemPackage

/// The files of an OCI image layout, by name.
protocol ImageFiles: AnyObject {
  /// The content of a file; nil if there is none of this name. Only the last source that was asked
  /// for may be read.
  func source(of name: String) throws(ArchiveError) -> (any ByteSource)?
}

extension ImageFiles {
  /// The whole of a small file.
  func bytes(of name: String) throws(ArchiveError) -> [UInt8]? {
    guard let source = try source(of: name) else { return nil }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = try buffer.read(upTo: buffer.count, from: source)
      if count == 0 { return bytes }
      bytes += buffer[..<count]
      if bytes.count > ImageManifest.sizeLimit {
        throw .damaged(
          Damage(
            .limitExceeded, have: UInt64(bytes.count), need: UInt64(ImageManifest.sizeLimit),
            unit: "bytes at most", detail: "\(name) is too large for a document"))
      }
    }
  }
}

/// A layout in a folder. No link is followed, and nothing but regular files is opened.
final class FolderBlobs: ImageFiles {
  private let root: FileDescriptor
  private let path: String

  /// Owns `root`.
  init(_ root: FileDescriptor, path: String) {
    self.root = root
    self.path = path
  }

  deinit { try? root.close() }

  /// Whether `folder` is an image layout rather than an unpacked checkpoint.
  static func isLayout(_ folder: FileDescriptor, path: String) throws(ArchiveError) -> Bool {
    for name in [ImageLayout.marker, ImageLayout.index] {
      var status = stat()
      if fstatat(folder.rawValue, name, &status, AT_SYMLINK_NOFOLLOW) != 0 {
        if errno == ENOENT { return false }
        throw .cannotRead(path: "\(path)/\(name)", Errno(rawValue: errno))
      }
      if status.st_mode & S_IFMT != S_IFREG { return false }
    }
    return true
  }

  func source(of name: String) throws(ArchiveError) -> (any ByteSource)? {
    var folder = root.rawValue
    defer { if folder != root.rawValue { close(folder) } }
    let components = name.split(separator: "/").map(String.init)
    for component in components.dropLast() {
      let next = openat(folder, component, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
      if next < 0 { return try missing(name) }
      if folder != root.rawValue { close(folder) }
      folder = next
    }
    let file = openat(
      folder, components.last ?? "", O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
    if file < 0 { return try missing(name) }
    let source = try FileSource(
      FileDescriptor(rawValue: file), path: "\(path)/\(name)", owned: true)
    // Only a regular file has a length.
    guard source.length != nil else { return nil }
    return source
  }

  private func missing(_ name: String) throws(ArchiveError) -> (any ByteSource)? {
    // ELOOP and ENOTDIR: a link or a file where a folder should be.
    if [ENOENT, ELOOP, ENOTDIR].contains(errno) { return nil }
    throw .cannotRead(path: "\(path)/\(name)", Errno(rawValue: errno))
  }
}

/// A layout as a tar in a regular file, which is read again for each of its members.
final class TarBlobs: ImageFiles {
  private let file: FileSource
  private let path: String
  private let limits: Limits
  /// Which entry has a name; of two with one name the last counts, as when it is unpacked.
  private var positions: [String: Int] = [:]

  /// nil, with `file` at its start again, if the tar in it is no layout.
  init?(_ file: FileSource, path: String, limits: Limits) throws(ArchiveError) {
    self.file = file
    self.path = path
    self.limits = limits
    let tar = try open()
    var count = 0
    while let entry = try tar.next() {
      if entry.kind == .file { positions[entry.name.path] = count }
      count += 1
      if let damage = limits.excess(ofEntries: count, at: entry.name) { throw .damaged(damage) }
    }
    if positions[ImageLayout.marker] == nil || positions[ImageLayout.index] == nil {
      _ = try file.rewind()
      return nil
    }
  }

  func source(of name: String) throws(ArchiveError) -> (any ByteSource)? {
    guard let position = positions[name] else { return nil }
    let tar = try open()
    for _ in 0..<position { _ = try tar.next() }
    guard let entry = try tar.next(), entry.name.path == name else {
      throw .notAnArchive(path: path, reason: "it changed while it was read")
    }
    return EntrySource(tar, Turn())
  }

  private func open() throws(ArchiveError) -> TarBackend {
    guard try file.rewind() else {
      throw .notAnArchive(
        path: path, reason: "an OCI archive is read more than once: give a file, not a pipe")
    }
    return try ArchiveReader.tar(in: file, limits).1
  }
}
