import Archive
import CRIUImages
import Glibc
import SystemPackage

/// Looks through a folder for what can be judged.
enum FolderWalk {
  /// The archives, unpacked checkpoints and OCI images below `path` in byte order, or `path` itself
  /// where it is one. What cannot be looked through is among them, with its error.
  static func inputs(in path: String) -> [Input] {
    var status = stat()
    // What is named itself may be a link; what is found may not.
    guard path != "-" else { return [Input(path)] }
    guard stat(path, &status) == 0 else {
      let cause = Errno(rawValue: errno)
      // The name of an image is no path.
      let isNoPath = [.noSuchFileOrDirectory, .notDirectory].contains(cause)
      return [Input(path, isNoPath ? nil : .cannotRead(path: path, cause))]
    }
    guard status.st_mode & S_IFMT == S_IFDIR else { return [Input(path)] }
    var found: [Input] = []
    look(through: path, O_DIRECTORY, into: &found)
    if found.isEmpty {
      let reason = "there is no archive and no unpacked checkpoint in it"
      return [Input(path, .notAnArchive(path: path, reason: reason))]
    }
    return found.sorted { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
  }

  private static func look(through path: String, _ flags: Int32, into found: inout [Input]) {
    let opened = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | flags)
    guard opened >= 0, let folder = fdopendir(opened) else {
      found.append(Input(path, .cannotRead(path: path, Errno(rawValue: errno))))
      if opened >= 0 { close(opened) }
      return
    }
    let (entries, failure) = names(in: folder)
    closedir(folder)
    // What was not seen must not look like what is not there.
    if let failure { found.append(Input(path, .cannotRead(path: path, failure))) }
    if isCheckpoint(entries) || hasImages(path, entries) {
      found.append(Input(path))
      return
    }
    let prefix = path.hasSuffix("/") ? path : path + "/"
    for entry in entries {
      let below = prefix + entry.name
      if let failure = entry.failure {
        found.append(Input(below, .cannotRead(path: below, failure)))
        continue
      }
      switch entry.kind {
      case S_IFDIR: look(through: below, O_DIRECTORY | O_NOFOLLOW, into: &found)
      case S_IFREG where Compression.promised(byName: entry.name) != nil:
        found.append(Input(below, entry.fault(at: below)))
      default: break
      }
    }
  }

  /// Whether a folder of these names is read as one checkpoint or image, whole or not.
  private static func isCheckpoint(_ entries: [Found]) -> Bool {
    entries.contains { entry in
      entry.kind == S_IFREG
        && (signs.contains(entry.name) || ImageName(fileName: entry.name) != nil)
    }
  }

  /// Whether what is left of a checkpoint is a folder of images; any folder may have that name.
  private static func hasImages(_ path: String, _ entries: [Found]) -> Bool {
    entries.contains { entry in
      guard entry.kind == S_IFDIR, imageFolders.contains(entry.name) else { return false }
      let opened = open(
        "\(path)/\(entry.name)", O_RDONLY | O_CLOEXEC | O_DIRECTORY | O_NOFOLLOW)
      guard opened >= 0, let folder = fdopendir(opened) else { return false }
      defer { closedir(folder) }
      return isCheckpoint(names(in: folder).found)
    }
  }

  private static let signs: Set<String> = [
    "config.dump", "spec.dump", "pod.options", "oci-layout",
  ]
  private static let imageFolders: Set<String> = ["checkpoint", "pre-checkpoint"]

  private struct Found {
    var name: String
    /// 0 where it cannot be told.
    var kind: mode_t
    var failure: Errno?
    /// Whether the name is what is on disk: text that is not UTF-8 has no path of ours.
    var isExact: Bool

    func fault(at path: String) -> ArchiveError? {
      isExact ? nil : .notAnArchive(path: path, reason: "its name is not UTF-8; rename it")
    }
  }

  /// What is in a folder, and what kept the rest from being read, if anything did.
  private static func names(in folder: OpaquePointer) -> (found: [Found], failure: Errno?) {
    var result: [Found] = []
    while true {
      // Only errno tells a failure from the end.
      errno = 0
      guard let entry = readdir(folder) else {
        return (result, errno == 0 ? nil : Errno(rawValue: errno))
      }
      let bytes = withUnsafeBytes(of: &entry.pointee.d_name) { Array($0.prefix { $0 != 0 }) }
      if bytes == Array(".".utf8) || bytes == Array("..".utf8) { continue }
      var status = stat()
      let isThere = (bytes + [0]).withUnsafeBytes { name in
        name.withMemoryRebound(to: CChar.self) { name in
          name.baseAddress.map { fstatat(dirfd(folder), $0, &status, AT_SYMLINK_NOFOLLOW) } == 0
        }
      }
      let failure = isThere ? nil : Errno(rawValue: errno)
      if failure == .noSuchFileOrDirectory { continue }
      let text = String(decoding: bytes, as: UTF8.self)
      result.append(
        Found(
          name: text, kind: isThere ? status.st_mode & S_IFMT : 0, failure: failure,
          isExact: Array(text.utf8) == bytes))
    }
  }
}
