/// What lies between the slashes of a path, where that is not empty. A kernel sees bytes; to Swift a
/// slash with a combining character after it is another character than a slash.
public func components(of path: String) -> [String] {
  path.utf8.split(separator: UInt8(ascii: "/")).map { String(Substring($0)) }
}

/// An absolute path without `.`, `..` and doubled slashes, by its text alone.
public func cleaned(_ path: String) -> String {
  var parts: [String] = []
  for part in components(of: path) where part != "." {
    if part == ".." { _ = parts.popLast() } else { parts.append(part) }
  }
  return "/" + parts.joined(separator: "/")
}

/// What follows `folder` in `path`, without slashes at its ends; nil if `path` is not within it.
/// Empty and `.` components do not count.
public func relativePath(of path: String, below folder: String) -> String? {
  let parts = components(of: path).filter { $0 != "." }
  let prefix = components(of: folder).filter { $0 != "." }
  guard parts.starts(with: prefix) else { return nil }
  return parts.dropFirst(prefix.count).joined(separator: "/")
}
