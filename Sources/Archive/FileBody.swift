import CLinux
import Glibc
import SystemPackage

/// The content of a regular file, and the holes in it.
struct FileBody {
  /// At least so many bytes are not stored.
  let holes: Int64
  private let descriptor: FileDescriptor
  private let entry: Entry
  private let path: String
  private var place: Int64 = 0
  /// Up to where the file is known to store what it holds. Most files have no hole and are not
  /// asked.
  private var dataEnd: Int64

  init(_ descriptor: FileDescriptor, _ entry: Entry, stored: Int64, path: String) {
    self.descriptor = descriptor
    self.entry = entry
    self.path = path
    holes = max(0, entry.size - stored)
    dataEnd = holes > 0 ? 0 : entry.size
  }

  func close() { try? descriptor.close() }

  /// The length of the hole that the next bytes lie in, nil if they are stored.
  mutating func nextHole() -> Int64? {
    if place < dataEnd || place >= entry.size { return nil }
    // No data up to the end is an error to lseek; so is a file system that cannot tell.
    let next = ckptmend_next_data(descriptor.rawValue, place)
    let isLast = next < 0 && errno == ENXIO
    let data = next >= 0 ? min(next, entry.size) : isLast ? entry.size : place
    let end = data < entry.size ? ckptmend_next_hole(descriptor.rawValue, data) : entry.size
    dataEnd = end > data ? end : entry.size
    if data == place { return nil }
    defer { place = data }
    return data - place
  }

  /// The next bytes; nil at the end. A file that is longer or shorter than when it was opened is
  /// damaged.
  mutating func nextBytes(into buffer: UnsafeMutableRawBufferPointer) throws(ArchiveError)
    -> UnsafeRawBufferPointer?
  {
    let room = place < dataEnd ? min(Int64(buffer.count), dataEnd - place) : Int64(buffer.count)
    var count = -1
    repeat {
      try Interruption.check()
      count = pread(descriptor.rawValue, buffer.baseAddress, Int(room), off_t(place))
    } while count < 0 && errno == EINTR
    guard count >= 0 else {
      throw .cannotRead(path: "\(path)/\(entry.name.path)", Errno(rawValue: errno))
    }
    place += Int64(count)
    Progress.advance(Int64(count))
    if count > 0, place <= entry.size {
      return UnsafeRawBufferPointer(rebasing: buffer.prefix(count))
    }
    if place != entry.size {
      throw .damaged(
        Damage(
          .truncated, entry: entry.name, have: UInt64(place), need: UInt64(entry.size),
          detail: "the file changed while it was read"))
    }
    return nil
  }
}
