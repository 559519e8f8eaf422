/// Where the sources of bind mounts lie on another host: `OLD=NEW`, for a path and all below it.
public struct MountMap: Sendable, Hashable {
  public var old: String
  public var new: String

  /// nil unless both are absolute paths.
  public init?(_ text: String) {
    guard let equals = text.firstIndex(of: "="), text.hasPrefix("/") else { return nil }
    old = Self.trimmed(text[..<equals])
    new = Self.trimmed(text[text.index(after: equals)...])
    guard new.hasPrefix("/") else { return nil }
  }

  private static func trimmed(_ path: Substring) -> String {
    var path = path
    while path.count > 1, path.last == "/" { path.removeLast() }
    return String(path)
  }

  /// Where `path` lies now; nil if it is not below the old place.
  func mapped(_ path: String) -> String? {
    if path == old { return new }
    let prefix = old == "/" ? old : old + "/"
    guard path.hasPrefix(prefix) else { return nil }
    return (new == "/" ? new : new + "/") + path.dropFirst(prefix.count)
  }
}

extension [MountMap] {
  /// The most exact map that applies decides.
  func mapped(_ path: String) -> String? {
    sorted { $0.old.utf8.count > $1.old.utf8.count }.lazy.compactMap { $0.mapped(path) }.first
  }
}
