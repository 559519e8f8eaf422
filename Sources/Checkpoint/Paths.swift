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
  func names(_ path: String) -> [Substring.UTF8View] {
    path.utf8.split(separator: UInt8(ascii: "/")).filter { !$0.elementsEqual(".".utf8) }
  }
  let parts = names(path)
  let prefix = names(folder)
  guard parts.starts(with: prefix, by: { $0.elementsEqual($1) }) else { return nil }
  return parts.dropFirst(prefix.count).map { Substring($0) }.joined(separator: "/")
}
