import Glibc
import SystemPackage

/// Where the files of an image go.
protocol BlobStore: AnyObject {
  /// Where the layer grows.
  var layer: FileDescriptor { get }
  /// A descriptor of the layer for reading, from its start.
  func layerCopy() throws(ArchiveError) -> FileDescriptor
  /// Gives the layer its name and writes all that is beside it.
  func finish(_ documents: ImageDocuments) throws(ArchiveError)
}

/// A layout in a folder.
final class LayoutStore: BlobStore {
  let layer: FileDescriptor
  private let root: FileDescriptor
  private let blobs: FileDescriptor
  private let path: String
  private static let layerName = ".layer"

  init(_ root: FileDescriptor, path: String) throws(ArchiveError) {
    self.root = root
    self.path = path
    let folder = try Self.makeFolder("blobs", in: root, path)
    defer { try? folder.close() }
    let blobs = try Self.makeFolder("sha256", in: folder, path)
    do throws(ArchiveError) {
      layer = try Self.makeFile(Self.layerName, in: blobs, path)
    } catch {
      try? blobs.close()
      throw error
    }
    self.blobs = blobs
  }

  deinit {
    try? layer.close()
    try? blobs.close()
  }

  func layerCopy() throws(ArchiveError) -> FileDescriptor {
    let opened = openat(blobs.rawValue, Self.layerName, O_RDONLY | O_NOFOLLOW | O_CLOEXEC)
    guard opened >= 0 else { throw Self.failure(path) }
    return FileDescriptor(rawValue: opened)
  }

  func finish(_ documents: ImageDocuments) throws(ArchiveError) {
    let (from, name) = (Self.layerName, ImageDocuments.fileName(documents.layer))
    guard renameat(blobs.rawValue, from, blobs.rawValue, name) == 0 else {
      throw Self.failure(path)
    }
    for blob in documents.blobs {
      try write(blob.bytes, to: ImageDocuments.fileName(blob.digest), in: blobs)
    }
    for file in documents.files { try write(file.bytes, to: file.name, in: root) }
  }

  private func write(_ bytes: [UInt8], to name: String, in folder: FileDescriptor)
    throws(ArchiveError)
  {
    let file = try Self.makeFile(name, in: folder, path)
    do throws(ArchiveError) {
      try FileSink(file, path: path).write(bytes.span.bytes)
    } catch {
      try? file.close()
      throw error
    }
    // A file system may tell only now that it could not store what was written (close(2)).
    guard close(file.rawValue) == 0 else { throw Self.failure(path) }
  }

  private static func makeFolder(_ name: String, in parent: FileDescriptor, _ path: String)
    throws(ArchiveError) -> FileDescriptor
  {
    guard mkdirat(parent.rawValue, name, 0o700) == 0 else { throw failure(path) }
    let opened = openat(parent.rawValue, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
    guard opened >= 0 else { throw failure(path) }
    return FileDescriptor(rawValue: opened)
  }

  private static func makeFile(_ name: String, in folder: FileDescriptor, _ path: String)
    throws(ArchiveError) -> FileDescriptor
  {
    let opened = openat(
      folder.rawValue, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
    guard opened >= 0 else { throw failure(path) }
    return FileDescriptor(rawValue: opened)
  }

  private static func failure(_ path: String) -> ArchiveError {
    .cannotWrite(path: path, reason: "\(Errno(rawValue: errno))")
  }
}

/// The same files in a tar, the small ones first: a reader on a pipe needs them first.
final class ImageTarStore: BlobStore {
  private let target: FileDescriptor
  private let path: String
  /// Never published: it vanishes with the output.
  private let spool: Workplace

  init(_ target: FileDescriptor, path: String, spool: Workplace) {
    self.target = target
    self.path = path
    self.spool = spool
  }

  var layer: FileDescriptor { spool.descriptor }

  func layerCopy() throws(ArchiveError) -> FileDescriptor { try spool.duplicate() }

  func finish(_ documents: ImageDocuments) throws(ArchiveError) {
    let tar = try TarSink(FileSink(target, path: path), path: path)
    let small =
      documents.files
      + documents.blobs.map { (ImageDocuments.blobPath($0.digest), $0.bytes) }
    for (name, bytes) in small {
      try tar.begin(Entry(name: EntryName(name), kind: .file, size: Int64(bytes.count)))
      try tar.write(bytes.span.bytes)
    }
    let source = try FileSource(layerCopy(), path: path, owned: true)
    let size = documents.layerSize
    try tar.begin(
      Entry(
        name: EntryName(ImageDocuments.blobPath(documents.layer)), kind: .file, size: size))
    var buffer = [UInt8](repeating: 0, count: 1 << 17)
    while true {
      try Interruption.check()
      let count = try buffer.read(upTo: buffer.count, from: source)
      if count == 0 { break }
      try tar.write(buffer.span.extracting(first: count).bytes)
    }
    try tar.end()
  }
}
