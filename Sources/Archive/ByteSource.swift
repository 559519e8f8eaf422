import Glibc
import SystemPackage

/// A stage of the pipeline from stored bytes to tar blocks.
///
/// Stages are classes, and internal, because libarchive's callbacks need a stable address; each is
/// owned by exactly one reader.
protocol ByteSource: AnyObject {
  /// Fills `buffer` from its start and returns how much, 0 only at the end.
  func read(into buffer: UnsafeMutableRawBufferPointer) throws(ArchiveError) -> Int
  /// Moves on without reading, by at most `count`; returns by how much. 0 where that is impossible.
  func skip(_ count: Int64) -> Int64
  /// The whole length in bytes, where it is known before the end.
  var length: Int64? { get }
  /// Once all is read: how many stored bytes follow that are not part of the stream.
  func trailingBytes() throws(ArchiveError) -> UInt64
  /// Where `count` bytes from `offset` on lie in a regular file as they are; nil where they do not.
  func stored(at offset: Int64, count: Int64) -> StoredBytes?
}

extension ByteSource {
  func trailingBytes() -> UInt64 { 0 }
  func stored(at offset: Int64, count: Int64) -> StoredBytes? { nil }
}

/// An open file, pipe or socket.
final class FileSource: ByteSource {
  private let descriptor: FileDescriptor
  private let path: String
  private let owned: Bool
  private var position: Int64 = 0
  /// Set for regular files only: nothing else can be skipped.
  let length: Int64?

  /// Reads `descriptor` from where it stands; closes it at the end if `owned`, also where it cannot
  /// be told what was opened.
  init(_ descriptor: FileDescriptor, path: String, owned: Bool) throws(ArchiveError) {
    do throws(Errno) {
      length = try Self.rest(of: descriptor)
    } catch {
      if owned { try? descriptor.close() }
      throw .cannotRead(path: path, error)
    }
    self.descriptor = descriptor
    self.path = path
    self.owned = owned
    Progress.open(length: length ?? 0)
  }

  deinit {
    Progress.close(rest: length.map { $0 - position } ?? 0)
    if owned { try? descriptor.close() }
  }

  /// Goes back to where reading began; false for what can be read only once.
  func rewind() throws(ArchiveError) -> Bool {
    if length == nil { return false }
    if lseek(descriptor.rawValue, off_t(-position), SEEK_CUR) < 0 {
      throw .cannotRead(path: path, Errno(rawValue: errno))
    }
    Progress.advance(-position)
    position = 0
    return true
  }

  /// How much of a regular file follows; nil for anything else.
  private static func rest(of descriptor: FileDescriptor) throws(Errno) -> Int64? {
    var status = stat()
    if fstat(descriptor.rawValue, &status) != 0 { throw Errno(rawValue: errno) }
    if status.st_mode & S_IFMT != S_IFREG { return nil }
    let here = lseek(descriptor.rawValue, 0, SEEK_CUR)
    if here < 0 { throw Errno(rawValue: errno) }
    return Int64(status.st_size) - Int64(here)
  }

  func read(into buffer: UnsafeMutableRawBufferPointer) throws(ArchiveError) -> Int {
    while true {
      // A signal must end the wait for a pipe that delivers nothing.
      try Interruption.check()
      let count = Glibc.read(descriptor.rawValue, buffer.baseAddress, buffer.count)
      if count > 0 {
        advance(Int64(count))
        return count
      }
      if count == 0 {
        try checkUnchanged()
        return 0
      }
      let cause = Errno(rawValue: errno)
      if cause != .interrupted { throw .cannotRead(path: path, cause) }
    }
  }

  private func checkUnchanged() throws(ArchiveError) {
    guard let length else { return }
    let rest: Int64?
    do throws(Errno) { rest = try Self.rest(of: descriptor) } catch {
      throw .cannotRead(path: path, error)
    }
    guard let rest else { return }
    let now = position + rest
    if now != length || position != length {
      throw .damaged(
        Damage(
          .truncated, have: UInt64(max(0, now)), need: UInt64(max(0, length)),
          detail: "the file changed while it was read"))
    }
  }

  func skip(_ count: Int64) -> Int64 {
    guard let length, let rest = try? Self.rest(of: descriptor) else { return 0 }
    let step = min(count, length - position)
    // What a file that shrinks meanwhile has lost must not count as skipped; reading will tell.
    guard step > 0, step <= rest,
      (try? descriptor.seek(offset: step, from: .current)) != nil
    else { return 0 }
    advance(step)
    return step
  }

  func stored(at offset: Int64, count: Int64) -> StoredBytes? {
    let here = lseek(descriptor.rawValue, 0, SEEK_CUR)
    guard let length, offset >= 0, count <= length - offset, here >= position else { return nil }
    return StoredBytes(file: descriptor, offset: Int64(here) - position + offset, count: count)
  }

  private func advance(_ count: Int64) {
    position += count
    Progress.advance(count)
  }
}

/// Bytes in memory.
final class MemorySource: ByteSource {
  private let bytes: [UInt8]
  private var position = 0
  let length: Int64?

  init(_ bytes: [UInt8]) {
    self.bytes = bytes
    length = Int64(bytes.count)
  }

  func read(into buffer: UnsafeMutableRawBufferPointer) -> Int {
    let count = min(buffer.count, bytes.count - position)
    bytes.withUnsafeBytes { source in
      buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: source[position..<position + count]))
    }
    position += count
    return count
  }

  func skip(_ count: Int64) -> Int64 {
    let step = min(count, Int64(bytes.count - position))
    position += Int(step)
    return step
  }
}

/// Gives back bytes that were read to recognise a format, then goes on with the source they came
/// from.
final class PeekedSource: ByteSource {
  private let upstream: any ByteSource
  private var head: ArraySlice<UInt8>

  /// Reads the first `count` bytes, fewer where the source is shorter.
  init(_ upstream: any ByteSource, count: Int) throws(ArchiveError) {
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: count)
    while bytes.count < count {
      let got = try buffer.read(upTo: count - bytes.count, from: upstream)
      if got == 0 { break }
      bytes += buffer[..<got]
    }
    self.upstream = upstream
    head = bytes[...]
  }

  var peeked: ArraySlice<UInt8> { head }
  var length: Int64? { upstream.length }

  func stored(at offset: Int64, count: Int64) -> StoredBytes? {
    upstream.stored(at: offset, count: count)
  }

  func read(into buffer: UnsafeMutableRawBufferPointer) throws(ArchiveError) -> Int {
    if head.isEmpty { return try upstream.read(into: buffer) }
    let count = min(buffer.count, head.count)
    buffer.copyBytes(from: head.prefix(count))
    head = head.dropFirst(count)
    return count
  }

  func skip(_ count: Int64) -> Int64 {
    if head.isEmpty { return upstream.skip(count) }
    let step = min(count, Int64(head.count))
    head = head.dropFirst(Int(step))
    return step
  }
}

extension [UInt8] {
  /// Reads at most `limit` bytes into the start of the array.
  mutating func read(upTo limit: Int, from source: any ByteSource) throws(ArchiveError) -> Int {
    // withUnsafeMutableBytes rethrows untyped; carry the typed error out by hand.
    let result: Result<Int, ArchiveError> = withUnsafeMutableBytes { buffer in
      do throws(ArchiveError) {
        return .success(
          try source.read(into: UnsafeMutableRawBufferPointer(rebasing: buffer.prefix(limit))))
      } catch {
        return .failure(error)
      }
    }
    return try result.get()
  }
}
