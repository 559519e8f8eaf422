import Foundation

/// What strace wrote (with -f -y): one call a line, paths in quotes, `3</folder>` for a descriptor.
struct SystemCalls {
  private let lines: [Substring]

  init(_ trace: String) { lines = trace.split(separator: "\n") }

  /// The calls that name a file, make, open for writing or change one.
  private static let changing: Set<Substring> = [
    "creat", "mkdir", "mkdirat", "mknod", "mknodat", "rename", "renameat", "renameat2", "link",
    "linkat", "symlink", "symlinkat", "unlink", "unlinkat", "rmdir", "chmod", "fchmod", "fchmodat",
    "fchmodat2", "chown", "lchown", "fchown", "fchownat", "truncate", "ftruncate", "fallocate",
    "utime", "utimes", "futimesat", "utimensat", "setxattr", "lsetxattr", "fsetxattr",
    "removexattr", "lremovexattr", "fremovexattr", "mount", "umount2", "pivot_root", "chroot",
  ]

  /// Those that change something that is neither below `folder`, nor without a name.
  func writes(allowing folder: String) -> [String] {
    var found: [String] = []
    for line in lines {
      guard let call = Call(line) else { continue }
      let opens = ["open", "openat", "openat2"].contains(call.name)
      let isWriting =
        opens
        && ["O_WRONLY", "O_RDWR", "O_CREAT", "O_TRUNC", "O_APPEND", "O_TMPFILE"].contains {
          call.arguments.contains($0)
        }
      guard isWriting || Self.changing.contains(call.name) else { continue }
      // The target of a symbolic link is what is written, not where.
      let isSymlink = call.name.hasPrefix("symlink")
      let paths = call.paths(folder: folder).suffix(isSymlink ? 1 : .max)
      for path in paths where !Self.isAllowed(path, folder) {
        found.append("\(path) by \(line)")
      }
    }
    return found
  }

  /// Descriptors without a path: memory, pipes, a file that has no name yet.
  private static func isAllowed(_ path: String, _ folder: String) -> Bool {
    if path == folder || path.hasPrefix(folder + "/") && !path.contains("/../") { return true }
    return ["/dev/null", "/dev/tty"].contains(path) || path.hasPrefix("/memfd:")
      || path.hasPrefix("pipe:") || path.hasPrefix("/proc/self/fd/")
  }

  private struct Call {
    var name: Substring
    var arguments: Substring

    /// `1234 openat(3</tmp/x>, "name", O_RDONLY) = 4</tmp/x/name>`
    init?(_ line: Substring) {
      let text = line.drop { $0.isNumber || $0 == " " }
      guard let open = text.firstIndex(of: "(") else { return nil }
      name = text[..<open]
      arguments = text[text.index(after: open)...]
      // A call during which another thread makes one takes two lines; the first has what it changes.
      for end in [") = ", " <unfinished ...>"] {
        if let range = arguments.range(of: end) { arguments = arguments[..<range.lowerBound] }
      }
    }

    /// Each path in quotes, below the descriptor before it, and descriptors that stand alone.
    func paths(folder: String) -> [String] {
      var result: [String] = []
      var base: String?
      var rest = arguments
      while let next = rest.firstIndex(where: { $0 == "\"" || $0 == "<" }) {
        let isText = rest[next] == "\""
        rest = rest[rest.index(after: next)...]
        guard let end = rest.firstIndex(of: isText ? "\"" : ">") else { break }
        let value = String(rest[..<end])
        rest = rest[rest.index(after: end)...]
        if !isText {
          if let base { result.append(base) }
          base = value
          continue
        }
        // Values that are no paths: of attributes.
        if ["setxattr", "lsetxattr", "fsetxattr"].contains(String(name)),
          !result.isEmpty || base != nil && name == "fsetxattr"
        {
          continue
        }
        if value.hasPrefix("/") {
          result.append(value)
        } else {
          let above = base ?? folder
          result.append(value.isEmpty || value == "." ? above : "\(above)/\(value)")
        }
        base = nil
      }
      if let base { result.append(base) }
      return result
    }
  }
}
