/// What lies between the slashes of a path, where that is not empty. A kernel sees bytes; to Swift a
/// slash with a combining character after it is another character than a slash.
public func components(of path: String) -> [String] {
  path.utf8.split(separator: UInt8(ascii: "/")).map { String(Substring($0)) }
}

/// An absolute path without `.`, `..` and doubled slashes, by its text alone.
public func cleaned(_ path: String) -> String {
  if isClean(path) { return path }
  var parts: [String] = []
  for part in components(of: path) where part != "." {
    if part == ".." { _ = parts.popLast() } else { parts.append(part) }
  }
  return "/" + parts.joined(separator: "/")
}

/// Whether cleaning an absolute path would change nothing: the common case, checked without allocating.
private func isClean(_ path: String) -> Bool {
  var isStart = false
  for byte in path.utf8 {
    let isSlash = byte == UInt8(ascii: "/")
    // A name that begins with a dot is left to the long way.
    if isStart, isSlash || byte == UInt8(ascii: ".") { return false }
    isStart = isSlash
  }
  return path.utf8.first == UInt8(ascii: "/") && (!isStart || path.utf8.count == 1)
}

/// What follows `folder` in `path`, without slashes at its ends; nil if `path` is not within it.
/// Empty and `.` components do not count.
public func relativePath(of path: String, below folder: String) -> String? {
  if isClean(path), isClean(folder) {
    let base = folder.utf8.count == 1 ? 0 : folder.utf8.count
    guard path.utf8.starts(with: folder.utf8.prefix(base)) else { return nil }
    let rest = path.utf8.dropFirst(base)
    if let next = rest.first, next != UInt8(ascii: "/") { return nil }
    return String(Substring(rest.dropFirst()))
  }
  let parts = components(of: path).filter { $0 != "." }
  let prefix = components(of: folder).filter { $0 != "." }
  guard parts.starts(with: prefix) else { return nil }
  return parts.dropFirst(prefix.count).joined(separator: "/")
}
