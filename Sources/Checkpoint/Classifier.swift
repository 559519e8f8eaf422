import CRIUImages

/// Says from its name alone what an entry holds, before it is known how the archive is laid out:
/// the names are looked up as they are, and below one more folder (a wrapped archive, a pod).
enum Classifier {
  static func content(of path: String) -> Part.Content? {
    if let content = local(path) { return content }
    guard let slash = path.firstIndex(of: "/") else { return nil }
    return local(String(path[path.index(after: slash)...]))
  }

  private static func local(_ path: String) -> Part.Content? {
    if let part = Part.named(path) { return part.content }
    if path == "descriptors.json" { return .document(.descriptors) }
    let (folder, name) = split(path)
    if folder == "volumes", name.hasSuffix(".tar") {
      return .nested(.volume(name: String(name.dropLast(4))))
    }
    guard imageFolders.contains(folder), let image = ImageName(fileName: name) else { return nil }
    switch image.type {
    case .tmpfsDev, .tmpfs: return .nested(.tmpfs)
    default: return .image
    }
  }

  /// Where images lie: an engine's archive, its pre-dump, the pre-dump's unpacked link, and the
  /// root for a bare image set.
  private static let imageFolders: Set<String> = [
    "checkpoint", "pre-checkpoint", "checkpoint/parent", "parent", "",
  ]

  static func split(_ path: String) -> (folder: String, name: String) {
    guard let slash = path.lastIndex(of: "/") else { return ("", path) }
    return (String(path[..<slash]), String(path[path.index(after: slash)...]))
  }
}
