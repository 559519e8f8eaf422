/// An absolute path without `.`, `..` and doubled slashes, by its text alone.
public func cleaned(_ path: String) -> String {
  var parts: [Substring] = []
  for part in path.split(separator: "/") where part != "." {
    if part == ".." { _ = parts.popLast() } else { parts.append(part) }
  }
  return "/" + parts.joined(separator: "/")
}

/// What follows `folder` in `path`, without slashes at its ends; nil if `path` is not within it.
/// Empty and `.` components do not count.
public func relativePath(of path: String, below folder: String) -> String? {
  let parts = path.split(separator: "/").filter { $0 != "." }
  let prefix = folder.split(separator: "/").filter { $0 != "." }
  guard parts.starts(with: prefix) else { return nil }
  return parts.dropFirst(prefix.count).joined(separator: "/")
}
