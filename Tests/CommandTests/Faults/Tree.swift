import Foundation
import Glibc

/// All that lies below a folder.
struct Tree: Equatable {
  struct Item: Equatable {
    var mode: mode_t
    var owner: [uid_t]
    /// The bytes of a file, or where a link leads.
    var content: Data
    var modified: [Int]
  }

  private(set) var items: [String: Item] = [:]

  /// Times count below `timed` only: what a program makes itself is as old as it is.
  init(_ folder: String, timed: String?) throws {
    for name in try FileManager.default.subpathsOfDirectory(atPath: folder) {
      let path = "\(folder)/\(name)"
      var status = stat()
      guard lstat(path, &status) == 0 else { throw POSIXError(.EIO) }
      let content: Data =
        switch status.st_mode & S_IFMT {
        case S_IFREG: try Data(contentsOf: URL(fileURLWithPath: path))
        case S_IFLNK: Data(try FileManager.default.destinationOfSymbolicLink(atPath: path).utf8)
        default: Data()
        }
      let isTimed = timed.map { name.hasPrefix("\($0)/") } ?? false
      items[name] = Item(
        mode: status.st_mode, owner: [status.st_uid, status.st_gid], content: content,
        modified: isTimed ? [status.st_mtim.tv_sec, status.st_mtim.tv_nsec] : [])
    }
  }

  /// What tells whether anything below a folder was written to, without reading it.
  static func stamps(of folder: String) throws -> [String: [Int]] {
    var result: [String: [Int]] = [:]
    for name in try FileManager.default.subpathsOfDirectory(atPath: folder) {
      var status = stat()
      guard lstat("\(folder)/\(name)", &status) == 0 else { throw POSIXError(.EIO) }
      result[name] = [
        Int(status.st_ino), Int(status.st_mode), Int(status.st_size), Int(status.st_nlink),
        Int(status.st_uid), Int(status.st_gid), status.st_mtim.tv_sec, status.st_mtim.tv_nsec,
        status.st_ctim.tv_sec, status.st_ctim.tv_nsec,
      ]
    }
    return result
  }

  /// The part of which `isIncluded` holds.
  func filter(_ isIncluded: (String) -> Bool) -> Tree {
    var tree = self
    tree.items = items.filter { isIncluded($0.key) }
    return tree
  }
}
