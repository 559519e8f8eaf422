import SystemPackage

/// How one kind of output is written, read again and made visible.
protocol OutputBackend: AnyObject {
  var sink: any EntrySink { get }
  /// After the last entry; checks that it is whole.
  func end() throws(ArchiveError)
  func reader(limits: Limits) throws(ArchiveError) -> ArchiveReader
  func publish() throws(ArchiveError)
}

/// A tar or a folder, beside its place until it is published.
final class WorkOutput: OutputBackend {
  let sink: any EntrySink
  private let workplace: Workplace
  private let path: String

  init(_ workplace: Workplace, _ sink: any EntrySink, path: String) {
    self.workplace = workplace
    self.sink = sink
    self.path = path
  }

  func end() throws(ArchiveError) { try sink.end() }

  func reader(limits: Limits) throws(ArchiveError) -> ArchiveReader {
    try ArchiveReader(try workplace.duplicate(), path: path, owned: true, limits: limits)
  }

  func publish() throws(ArchiveError) { try workplace.publish() }
}

/// A tar on a pipe. Its end marker, and the end of the compressed stream, come only when it is
/// published.
final class StreamOutput: OutputBackend {
  let sink: any EntrySink
  private let path: String

  init(
    _ descriptor: FileDescriptor, path: String, _ compression: Compression, level: Int?,
    threads: Int
  ) throws(ArchiveError) {
    self.path = path
    sink = try compression.tarSink(
      to: LaggingSink(FileSink(descriptor, path: path)), path: path, level: level,
      threads: threads)
  }

  func end() throws(ArchiveError) { try sink.endEntry() }

  func reader(limits: Limits) throws(ArchiveError) -> ArchiveReader {
    throw .cannotWrite(path: path, reason: "what went there cannot be read again")
  }

  func publish() throws(ArchiveError) { try sink.end() }
}

/// Keeps the last byte back until the end: a stream that is given up then stops inside a block of
/// the tar, or inside a gzip member. At a border, tar and gzip readers would take it for complete.
private final class LaggingSink: ByteSink {
  private let next: any ByteSink
  private var held: [UInt8] = []

  init(_ next: any ByteSink) { self.next = next }

  func write(_ bytes: UnsafeRawBufferPointer) throws(ArchiveError) {
    guard let last = bytes.last else { return }
    // A slice would be appended byte by byte.
    let ready = held + UnsafeRawBufferPointer(rebasing: bytes.dropLast())
    held = [last]
    try next.write(ready.span.bytes)
  }

  func finish() throws(ArchiveError) {
    let ready = held
    held = []
    try next.write(ready.span.bytes)
    try next.finish()
  }
}
