import Glibc
import SystemPackage

/// A stage of the pipeline from tar blocks to stored bytes.
///
/// What a stage holds back when it goes away unfinished is lost, never written: a compressed
/// stream that was given up must not look complete.
protocol ByteSink: AnyObject {
  func write(_ bytes: UnsafeRawBufferPointer) throws(ArchiveError)
  /// Whether it may take what lies in a file.
  var takesCopies: Bool { get }
  /// Takes what lies in a file; false where it must be written.
  func copy(_ bytes: StoredBytes) throws(ArchiveError) -> Bool
  /// Whether copies would share blocks with the file, if the place is right.
  func mayShare(_ bytes: StoredBytes) -> Bool
  /// Hands on what is left, and finishes the stages below. Nothing may follow.
  func finish() throws(ArchiveError)
}

extension ByteSink {
  var takesCopies: Bool { false }
  func copy(_ bytes: StoredBytes) throws(ArchiveError) -> Bool { false }
  func mayShare(_ bytes: StoredBytes) -> Bool { false }

  func write(_ bytes: RawSpan) throws(ArchiveError) {
    try bytes.withUnsafeBytes { (bytes) throws(ArchiveError) in try write(bytes) }
  }
}

/// An open file or pipe, from where it stands. It stays open.
final class FileSink: ByteSink {
  private let descriptor: FileDescriptor
  private let path: String

  init(_ descriptor: FileDescriptor, path: String) {
    self.descriptor = descriptor
    self.path = path
  }

  func write(_ bytes: UnsafeRawBufferPointer) throws(ArchiveError) {
    var rest = bytes
    while !rest.isEmpty {
      let count = Glibc.write(descriptor.rawValue, rest.baseAddress, rest.count)
      if count > 0 {
        rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(count))
        continue
      }
      switch errno {
      // A reader that does not read must not keep a signal from ending this.
      case EINTR: try Interruption.check()
      case EAGAIN: try waitForRoom()
      default: throw .cannotWrite(path: path, reason: "\(Errno(rawValue: errno))")
      }
    }
  }

  var takesCopies: Bool { true }

  func copy(_ bytes: StoredBytes) throws(ArchiveError) -> Bool {
    try bytes.copy(to: descriptor, path: path)
  }

  func mayShare(_ bytes: StoredBytes) -> Bool { bytes.isShared(with: descriptor) }

  func finish() {}

  /// A pipe may have been made non-blocking by whoever shares it.
  private func waitForRoom() throws(ArchiveError) {
    var place = pollfd(fd: descriptor.rawValue, events: Int16(POLLOUT), revents: 0)
    poll(&place, 1, -1)
    try Interruption.check()
  }
}

/// Counts what passes and takes its digest.
final class DigestSink: ByteSink {
  private let next: any ByteSink
  private var hash = SHA256()
  private(set) var count: Int64 = 0

  init(_ next: any ByteSink) { self.next = next }

  /// The SHA-256 of all bytes so far, as OCI writes it.
  var digest: String { hash.digest() }

  func write(_ bytes: UnsafeRawBufferPointer) throws(ArchiveError) {
    hash.update(bytes)
    count += Int64(bytes.count)
    try next.write(bytes)
  }

  func finish() throws(ArchiveError) { try next.finish() }
}
