import CLinux
import Glibc
import SystemPackage

/// The bytes of an entry as they lie in a regular file. The kernel copies them without a detour through
/// this process, and where file systems share blocks (XFS, Btrfs) without copying anything, if source
/// and target lie alike within a block.
struct StoredBytes {
  /// Open until the reader goes on.
  let file: FileDescriptor
  let offset: Int64
  let count: Int64

  /// Less is not worth the calls.
  static let least: Int64 = 1 << 17
  /// Of the file systems that share blocks.
  static let block: Int64 = 4096
  /// A signal waits for so much at the most.
  private static let step: Int64 = 1 << 25

  /// Copies them to where `target` stands. False where the kernel cannot, and nothing was written.
  func copy(to target: FileDescriptor, path: String) throws(ArchiveError) -> Bool {
    var place = offset
    let end = offset + count
    // Up to the next block, so that what follows can be shared.
    var step = min(count, (Self.block - offset % Self.block) % Self.block)
    var probe: UInt8 = 0
    while place < end {
      try Interruption.check()
      let asked = step > 0 ? step : min(end - place, Self.step)
      step = 0
      let done = ckptmend_copy_range(file.rawValue, &place, target.rawValue, Int(asked))
      if done > 0 { continue }
      let cause = Errno(rawValue: errno)
      if done < 0, cause == .interrupted { continue }
      // To read and write tells which of the two it is that fails.
      let isOfEither = [.ioError, .staleNFSFileHandle].contains(cause)
      if place == offset, done == 0 || isOfEither || Self.unable.contains(cause) { return false }
      if done < 0, isOfEither, pread(file.rawValue, &probe, 1, off_t(place)) < 0 {
        throw .cannotRead(path: "the input", cause)
      }
      if done < 0 { throw .cannotWrite(path: path, reason: "\(cause)") }
      throw .damaged(
        Damage(
          .truncated, have: UInt64(place), need: UInt64(end),
          detail: "the file changed while it was read"))
    }
    return true
  }

  /// What copy_file_range(2) says of files that it does not copy.
  private static let unable: Set<Errno> = [
    .improperLink, .invalidArgument, .noFunction, .notSupported, .notPermitted, .textFileBusy,
    .overflow, .badFileDescriptor,
  ]

  /// Whether a file system might share their blocks with `target`.
  func isShared(with target: FileDescriptor) -> Bool {
    var (own, other) = (stat(), stat())
    return fstat(file.rawValue, &own) == 0 && fstat(target.rawValue, &other) == 0
      && own.st_dev == other.st_dev
      && Self.sharing.contains(ckptmend_file_system_kind(target.rawValue))
  }

  /// XFS and Btrfs (statfs(2)).
  private static let sharing: Set<Int64> = [0x5846_5342, 0x9123_683E]
}
