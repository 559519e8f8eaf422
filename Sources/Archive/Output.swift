import SystemPackage

/// A new archive or folder that is complete or absent.
///
/// Entries are written beside the target: an archive into a file without a name, which vanishes
/// with the process however it ends, a folder into a hidden work folder. `publish()` flushes it
/// and gives it its name. Without it, nothing is left behind.
///
/// What goes to standard output cannot be taken back; there, `publish()` writes what makes the
/// stream complete: without it, no reader takes what came for a whole archive.
public struct Output: ~Copyable {
  public enum Form: Sendable, Hashable {
    case tar(Compression)
    case folder
    /// An OCI image of one layer, whose root is the archive's root.
    case image(ImageReference.Form, tag: String?, layer: Compression)

    /// What its bytes are compressed with: those of an image's layer; nil for a folder.
    public var compression: Compression? {
      switch self {
      case .tar(let compression), .image(_, _, let compression): compression
      case .folder: nil
      }
    }
  }

  /// Where it goes; `-` is standard output.
  public let path: String
  public let form: Form
  private let backend: any OutputBackend
  private var state = State.open

  private enum State { case open, failed, ended }

  /// Starts an output at `path`, where nothing may be yet, or with `-` on standard output. `level`
  /// is the compressor's; nil is its default. The bytes do not depend on the number of threads
  /// that compress.
  public init(
    path: String, form: Form, level: Int? = nil, threads: Int = Processors.usable
  ) throws(ArchiveError) {
    try self.init(path: path, form: form, level: level, threads: threads, allowingUnnamed: true)
  }

  /// `allowingUnnamed` is false where a test wants the way of file systems without O_TMPFILE.
  init(path: String, form: Form, level: Int?, threads: Int, allowingUnnamed: Bool)
    throws(ArchiveError)
  {
    self.path = path
    self.form = form
    switch form {
    case .tar(let compression) where path == Self.standardOutput:
      backend = try StreamOutput(
        .standardOutput, path: "(standard output)", compression, level: level, threads: threads)
    case .tar(let compression):
      let workplace = try Workplace(
        path: path, isFolder: false, allowingUnnamed: allowingUnnamed)
      let sink = try compression.tarSink(
        to: FileSink(workplace.descriptor, path: path), path: path, level: level,
        threads: threads)
      backend = WorkOutput(workplace, sink, path: path)
    case .folder:
      let workplace = try Workplace(path: path, isFolder: true, allowingUnnamed: false)
      backend = WorkOutput(workplace, FolderSink(workplace.descriptor, path: path), path: path)
    case .image(let form, let tag, let layer):
      backend = try ImageOutput(
        path: path, form, tag: tag, layer, level: level, threads: threads,
        allowingUnnamed: allowingUnnamed)
    }
  }

  /// Starts an entry; its `size` bytes must follow.
  public mutating func begin(_ entry: Entry) throws(ArchiveError) {
    try step { (backend) throws(ArchiveError) in try backend.sink.begin(entry) }
  }

  /// The same for an entry whose bytes `writeRest` will take from `reader`.
  package mutating func begin(_ entry: Entry, from reader: borrowing ArchiveReader)
    throws(ArchiveError)
  {
    let stored = reader.storedBytes
    try step { (backend) throws(ArchiveError) in try backend.sink.begin(entry, stored: stored) }
  }

  /// Writes all that is left of the entry that `reader` stands at, holes as such.
  package mutating func writeRest(of reader: inout ArchiveReader) throws(ArchiveError) {
    if let stored = reader.storedBytes {
      var isDone = false
      try step { (backend) throws(ArchiveError) in isDone = try backend.sink.copy(stored) }
      if isDone { return }
    }
    while let chunk = try reader.nextChunkOrHole() {
      switch chunk {
      case .bytes(let bytes): try write(bytes)
      case .hole(let count): try writeHole(count)
      }
    }
  }

  public mutating func write(_ bytes: UnsafeRawBufferPointer) throws(ArchiveError) {
    try step { (backend) throws(ArchiveError) in try backend.sink.write(bytes) }
  }

  public mutating func write(_ bytes: [UInt8]) throws(ArchiveError) {
    try step { (backend) throws(ArchiveError) in try backend.sink.write(bytes.span.bytes) }
  }

  /// Writes `count` zeros, which a folder need not store.
  public mutating func writeHole(_ count: Int64) throws(ArchiveError) {
    try step { (backend) throws(ArchiveError) in try backend.sink.writeHole(count) }
  }

  /// Finishes writing; the output can now be read, and is still unpublished.
  public mutating func end() throws(ArchiveError) {
    try step { (backend) throws(ArchiveError) in try backend.end() }
    state = .ended
  }

  /// A reader of the unpublished output. Only one at a time can be used. An image that is not
  /// described yet is read as its layer, a plain archive; what went to standard output cannot be
  /// read.
  public func reader(limits: Limits = Limits()) throws(ArchiveError) -> ArchiveReader {
    try backend.reader(limits: limits)
  }

  /// Says what an image is, after its end: an image needs that before it can be published.
  public mutating func describe(_ description: ImageDescription) throws(ArchiveError) {
    guard state == .ended, let image = backend as? ImageOutput else {
      throw .cannotWrite(path: path, reason: "it is no image, or not complete")
    }
    state = .failed
    try image.describe(description)
    state = .ended
  }

  /// Makes the output visible under its name, whole; on standard output, finishes the stream.
  public consuming func publish() throws(ArchiveError) {
    guard state == .ended else {
      throw .cannotWrite(path: path, reason: "it is not complete")
    }
    try Interruption.check()
    try backend.publish()
  }

  /// An output that has once failed can no longer become complete.
  private mutating func step(_ work: (any OutputBackend) throws(ArchiveError) -> Void)
    throws(ArchiveError)
  {
    guard state == .open else {
      throw .cannotWrite(
        path: path, reason: state == .ended ? "it is complete" : "an earlier step failed")
    }
    state = .failed
    try Interruption.check()
    try work(backend)
    state = .open
  }
}
