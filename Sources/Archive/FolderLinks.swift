import CLinux
import Glibc
import SystemPackage

/// Puts links into a folder in the place of what is there, and takes them out again.
///
/// What a link replaces is kept beside it under a hidden name that begins as no part of a checkpoint
/// does; where there was nothing, a link to nowhere keeps that in mind. A name always leads either
/// to what was there or to the tree, whenever the work is stopped; doing it again, or undoing it,
/// then goes on from there.
public struct FolderLinks: ~Copyable {
  private let folder: FileDescriptor
  private let path: String

  /// Opens the folder that the links are for.
  public init(path: String) throws(ArchiveError) {
    self.path = path
    do {
      folder = try FileDescriptor.open(
        FilePath(path), .readOnly, options: [.directory, .closeOnExec], retryOnInterrupt: true)
    } catch {
      throw .cannotWrite(path: path, reason: "\(error as? Errno ?? .ioError)")
    }
  }

  deinit { try? folder.close() }

  /// Makes each of `names` a link to the same name in `tree`, or changes nothing.
  public func link(_ names: [String], to tree: String) throws(ArchiveError) {
    guard let target = realpath(tree, nil) else { throw failure(tree) }
    defer { free(target) }
    let top = String(cString: target)
    for name in names {
      if linkTarget(of: name) != nil {
        throw refusal(name, "is a link already; --unlink undoes it")
      }
      guard faccessat(AT_FDCWD, "\(top)/\(name)", F_OK, 0) == 0 else { throw failure(name) }
    }
    var done: [String] = []
    do throws(ArchiveError) {
      for name in names {
        try Interruption.check()
        try link(name, to: "\(top)/\(name)")
        done.append(name)
      }
      try flush()
    } catch {
      for name in done { _ = try? unlink(name) }
      throw error
    }
  }

  /// Brings back what `link` put aside. Names that are no links of its making stay.
  public func unlink(_ names: [String]) throws(ArchiveError) -> [String] {
    var undone: [String] = []
    for name in names where try unlink(name) { undone.append(name) }
    try flush()
    return undone
  }

  private func link(_ name: String, to target: String) throws(ArchiveError) {
    let kept = Self.keptName(of: name)
    // A run that was stopped before it exchanged the names leaves its link here.
    if linkTarget(of: kept) != nil { try remove(kept) }
    guard try exists(name) else {
      guard symlinkat(Self.nowhere, folder.rawValue, kept) == 0 else { throw failure(kept) }
      if symlinkat(target, folder.rawValue, name) != 0 {
        let failure = failure(name)
        unlinkat(folder.rawValue, kept, 0)
        throw failure
      }
      return
    }
    guard symlinkat(target, folder.rawValue, kept) == 0 else { throw failure(kept) }
    if ckptmend_exchange(folder.rawValue, name, kept) != 0 {
      let failure = failure(name)
      unlinkat(folder.rawValue, kept, 0)
      throw failure
    }
  }

  @discardableResult
  private func unlink(_ name: String) throws(ArchiveError) -> Bool {
    let kept = Self.keptName(of: name)
    guard try exists(kept) else { return false }
    guard linkTarget(of: name) != nil else {
      // The names were never exchanged, or are so again already.
      if linkTarget(of: kept) != nil { try remove(kept) }
      return false
    }
    if linkTarget(of: kept) == Self.nowhere {
      try remove(name)
    } else if ckptmend_exchange(folder.rawValue, name, kept) != 0 {
      throw failure(name)
    }
    try remove(kept)
    return true
  }

  private func exists(_ name: String) throws(ArchiveError) -> Bool {
    if faccessat(folder.rawValue, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0 { return true }
    if errno != ENOENT { throw failure(name) }
    return false
  }

  /// Where a link leads; nil if the name is none.
  private func linkTarget(of name: String) -> String? {
    var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
    let count = readlinkat(folder.rawValue, name, &buffer, buffer.count)
    guard count >= 0 else { return nil }
    return String(decoding: buffer.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  private func remove(_ name: String) throws(ArchiveError) {
    if unlinkat(folder.rawValue, name, 0) != 0 { throw failure(name) }
  }

  private func flush() throws(ArchiveError) {
    if fsync(folder.rawValue) != 0 { throw failure(".") }
  }

  private static let nowhere = "nothing-was-here"

  private static func keptName(of name: String) -> String { ".ckptmend-kept-\(name)" }

  private func failure(_ name: String) -> ArchiveError {
    refusal(name, "\(Errno(rawValue: errno))")
  }

  private func refusal(_ name: String, _ reason: String) -> ArchiveError {
    .cannotWrite(path: "\(path)/\(name)", reason: reason)
  }
}
