import Foundation
import Glibc
import Support

/// A folder with an `out` in it where the program may write, and files beside and above that nobody
/// may touch; with the names that hostile archives lead to.
final class Canary {
  let scratch: ScratchFolder
  private let before: [String: String]

  var folder: String { "\(scratch.path)/canary" }
  var input: String { "\(scratch.path)/input.tar" }

  init(_ archive: [UInt8], owner: HostileRun.User) throws {
    scratch = try ScratchFolder()
    let root = "\(scratch.path)/canary"
    for name in ["", "/beside", "/etc", "/l", "/out"] { try makeFolder(root + name) }
    for name in ["x", "y", "spec.dump", "beside/x", "etc/passwd", "l/x", "out/bystander"] {
      try write(Array("canary".utf8), to: "\(root)/\(name)")
      chmod("\(root)/\(name)", 0o640)
    }
    try write(archive, to: "\(scratch.path)/input.tar")
    if HostileRun.isRoot, owner == .nobody {
      _ = try Tool(name: "chown").run("-R", "65534:65534", scratch.path)
    }
    before = try Self.state(of: scratch.path)
  }

  /// Names, kinds, modes, owners, times and bytes of all but what was made in `out`.
  func changes() throws -> [String] {
    let after = try Self.state(of: scratch.path)
    let keys = Set(before.keys).union(after.keys).filter { !$0.hasPrefix("canary/out/made") }
    return keys.filter { before[$0] != after[$0] }.sorted()
  }

  /// What lies in `out` beside the bystander.
  var made: [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: "\(folder)/out")) ?? [])
      .filter { $0 != "bystander" }
  }

  private static func state(of root: String) throws -> [String: String] {
    var result: [String: String] = [:]
    for name in try FileManager.default.subpathsOfDirectory(atPath: root) {
      var status = stat()
      guard lstat("\(root)/\(name)", &status) == 0 else { continue }
      // Its time changes when something is made in it.
      let time =
        name == "canary/out" ? 0 : status.st_mtim.tv_sec * 1_000_000_000 + status.st_mtim.tv_nsec
      let isFile = status.st_mode & S_IFMT == S_IFREG
      let content =
        isFile && status.st_size < 1000 && name != "input.tar"
        ? try bytes(of: "\(root)/\(name)").hashValue : 0
      result[name] = "\(status.st_mode) \(status.st_uid) \(status.st_size) \(time) \(content)"
    }
    return result
  }
}
