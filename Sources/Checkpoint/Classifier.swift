import CRIUImages

/// Says from its name alone what an entry holds, before it is known how the archive is laid out:
/// the names are looked up as they are, and below one more folder (a wrapped archive, a pod).
enum Classifier {
  static func content(of path: String) -> Part.Content? {
    if let content = local(path) { return content }
    guard let slash = path.utf8.firstIndex(of: UInt8(ascii: "/")) else { return nil }
    return local(String(path[path.utf8.index(after: slash)...]))
  }

  private static func local(_ path: String) -> Part.Content? {
    if let part = Part.named(path) { return part.content }
    if path == "descriptors.json" { return .document(.descriptors) }
    let slash = path.utf8.lastIndex(of: UInt8(ascii: "/"))
    let folder = path[..<(slash ?? path.startIndex)]
    if folder == "volumes", path.hasSuffix(".tar") {
      return .nested(.volume(name: String(split(path).name.dropLast(4))))
    }
    guard imageFolders.contains(folder), let image = ImageName(fileName: split(path).name) else {
      return nil
    }
    switch image.type {
    case .tmpfsDev, .tmpfs: return .nested(.tmpfs)
    default: return .image
    }
  }

  /// Where images lie: an engine's archive, its pre-dump, the pre-dump's unpacked link, and the
  /// root for a bare image set.
  private static let imageFolders: Set<Substring> = [
    "checkpoint", "pre-checkpoint", "checkpoint/parent", "parent", "",
  ]

  static func split(_ path: String) -> (folder: String, name: String) {
    guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return ("", path) }
    return (String(path[..<slash]), String(path[path.utf8.index(after: slash)...]))
  }
}
