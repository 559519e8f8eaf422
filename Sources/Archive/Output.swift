import SystemPackage

/// A new archive or folder that is complete or absent.
///
/// Entries are written beside the target: an archive into a file without a name, which vanishes
/// with the process however it ends, a folder into a hidden work folder. `publish()` flushes it
/// and gives it its name. Without it, nothing is left behind.
public struct Output: ~Copyable {
  public enum Form: Sendable, Hashable {
    case tar(Compression)
    case folder
  }

  public let path: String
  public let form: Form
  private let workplace: Workplace
  private let sink: any EntrySink
  private var state = State.open

  private enum State { case open, failed, ended }

  /// Starts an output at `path`, where nothing may be yet. `level` is the compressor's; nil is
  /// its default. The bytes do not depend on the number of threads that compress.
  public init(
    path: String, form: Form, level: Int? = nil, threads: Int = Processors.usable
  ) throws(ArchiveError) {
    try self.init(path: path, form: form, level: level, threads: threads, allowingUnnamed: true)
  }

  /// `allowingUnnamed` is false where a test wants the way of file systems without O_TMPFILE.
  init(path: String, form: Form, level: Int?, threads: Int, allowingUnnamed: Bool)
    throws(ArchiveError)
  {
    let workplace = try Workplace(
      path: path, isFolder: form == .folder, allowingUnnamed: allowingUnnamed)
    let sink: any EntrySink =
      switch form {
      case .tar(let compression):
        try compression.tarSink(
          to: FileSink(workplace.descriptor, path: path), path: path, level: level,
          threads: threads)
      case .folder: FolderSink(workplace.descriptor, path: path)
      }
    self.path = path
    self.form = form
    self.workplace = workplace
    self.sink = sink
  }

  /// Starts an entry; its `size` bytes must follow.
  public mutating func begin(_ entry: Entry) throws(ArchiveError) {
    try step { (sink) throws(ArchiveError) in try sink.begin(entry) }
  }

  public mutating func write(_ bytes: UnsafeRawBufferPointer) throws(ArchiveError) {
    try step { (sink) throws(ArchiveError) in try sink.write(bytes) }
  }

  public mutating func write(_ bytes: [UInt8]) throws(ArchiveError) {
    // withUnsafeBytes rethrows untyped; carry the typed error out by hand.
    let result: Result<Void, ArchiveError> = bytes.withUnsafeBytes { content in
      do throws(ArchiveError) { return .success(try write(content)) } catch {
        return .failure(error)
      }
    }
    try result.get()
  }

  /// Writes `count` zeros, which a folder need not store.
  public mutating func writeHole(_ count: Int64) throws(ArchiveError) {
    try step { (sink) throws(ArchiveError) in try sink.writeHole(count) }
  }

  /// Finishes writing; the output can now be read, and is still unpublished.
  public mutating func end() throws(ArchiveError) {
    try step { (sink) throws(ArchiveError) in try sink.end() }
    state = .ended
  }

  /// A reader of the unpublished output. Only one at a time can be used.
  public func reader(limits: Limits = Limits()) throws(ArchiveError) -> ArchiveReader {
    try ArchiveReader(try workplace.duplicate(), path: path, owned: true, limits: limits)
  }

  /// Makes the output visible under its name, whole.
  public consuming func publish() throws(ArchiveError) {
    guard state == .ended else {
      throw .cannotWrite(path: path, reason: "it is not complete")
    }
    try Interruption.check()
    try workplace.publish()
  }

  /// An output that has once failed can no longer become complete.
  private mutating func step(_ work: (any EntrySink) throws(ArchiveError) -> Void)
    throws(ArchiveError)
  {
    guard state == .open else {
      throw .cannotWrite(
        path: path, reason: state == .ended ? "it is complete" : "an earlier step failed")
    }
    state = .failed
    try Interruption.check()
    try work(sink)
    state = .open
  }
}
