import CLinux
import Glibc

/// The root file system that a container is restored into, as far as somebody looked: an unpacked
/// image, or a mounted root.
public struct RootFilesystem: Sendable, Hashable {
  public struct File: Sendable, Hashable {
    public var isRegular: Bool
    /// In bytes.
    public var size: UInt64
    /// As `st_mode` has it, type included.
    public var mode: UInt32
    /// The GNU build id of an ELF file; nil if it has none or cannot be read.
    public var buildID: [UInt8]?

    public init(isRegular: Bool, size: UInt64, mode: UInt32, buildID: [UInt8]? = nil) {
      self.isRegular = isRegular
      self.size = size
      self.mode = mode
      self.buildID = buildID
    }
  }

  /// Where it is.
  public var path: String
  /// What was found, by absolute path inside; nil where there is nothing.
  public var files: [String: File?]
  /// What a restore that failed left behind: `*.cr.N.ghost`.
  public var leftovers: [String]

  public init(path: String, files: [String: File?] = [:], leftovers: [String] = []) {
    self.path = path
    self.files = files
    self.leftovers = leftovers
  }

  /// Looks for `paths` below the folder `root`; nil if that cannot be opened. Neither links nor `..`
  /// lead out of it.
  public static func probe(_ root: String, paths: some Sequence<String>) -> RootFilesystem? {
    let folder = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard folder >= 0 else { return nil }
    defer { close(folder) }
    var result = RootFilesystem(path: root)
    var folders: Set<String> = []
    for path in paths where result.files[path] == nil {
      // Not to wait for a pipe, and not to take a terminal.
      let file = ckptmend_open_in_root(folder, path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)
      if file >= 0 {
        result.files[path] = .some(describe(file))
        close(file)
      } else if errno == ENOENT || errno == ENOTDIR {
        result.files.updateValue(nil, forKey: path)
      }
      folders.insert(String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)]))
    }
    result.leftovers = folders.sorted().flatMap { leftovers(in: $0, folder) }
    return result
  }

  private static func describe(_ file: Int32) -> File? {
    var status = stat()
    guard fstat(file, &status) == 0 else { return nil }
    let isRegular = status.st_mode & S_IFMT == S_IFREG
    return File(
      isRegular: isRegular, size: UInt64(max(0, status.st_size)), mode: status.st_mode,
      buildID: isRegular ? BuildID.read(file) : nil)
  }

  /// CRIU makes a deleted file anew under such a name, and takes it away at the end.
  private static func leftovers(in folder: String, _ root: Int32) -> [String] {
    (names(in: folder, root) ?? []).map { String(decoding: $0, as: UTF8.self) }
      .filter { $0.hasSuffix(".ghost") && $0.contains(".cr.") }.map { "\(folder)/\($0)" }.sorted()
  }

  /// The names in each of `folders` below the folder `root`, in byte order; folders that are not
  /// there are left out. nil if `root` cannot be opened.
  public static func list(_ root: String, folders: some Sequence<String>) -> [String: [[UInt8]]]? {
    let descriptor = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var result: [String: [[UInt8]]] = [:]
    for folder in folders {
      result[folder] = names(in: folder, descriptor)?.sorted { $0.lexicographicallyPrecedes($1) }
    }
    return result
  }

  private static func names(in folder: String, _ root: Int32) -> [[UInt8]]? {
    let opened = ckptmend_open_in_root(
      root, folder.isEmpty ? "/" : folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard opened >= 0 else { return nil }
    guard let stream = fdopendir(opened) else {
      close(opened)
      return nil
    }
    defer { closedir(stream) }
    var names: [[UInt8]] = []
    while let item = readdir(stream) {
      let name = withUnsafeBytes(of: &item.pointee.d_name) { Array($0.prefix { $0 != 0 }) }
      if name != [0x2E], name != [0x2E, 0x2E] { names.append(name) }
    }
    return names
  }
}
