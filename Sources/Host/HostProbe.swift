import Glibc

/// Looks at this host; nothing here needs root.
public enum HostProbe {
  /// The facts about this host. `paths` are looked for one by one, beside what is always listed.
  public static func run(paths: some Sequence<String> = EmptyCollection<String>()) -> HostFacts {
    let system = names()
    return HostFacts(
      name: system.node,
      kernel: HostFacts.Kernel(release: system.release, machine: system.machine),
      paths: listing(with: paths))
  }

  private static func names() -> (node: String, release: String, machine: String) {
    var system = utsname()
    guard uname(&system) == 0 else { return ("", "", "") }
    func text<Field>(_ field: Field) -> String {
      withUnsafeBytes(of: field) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }
    return (text(system.nodename), text(system.release), text(system.machine))
  }

  /// Where runtimes and specifications put masks and read-only paths: in these folders everything
  /// is listed, so that an absence is known whatever path an archive names.
  private static let listed = [
    "/proc", "/proc/fs", "/proc/sys", "/proc/sys/kernel", "/proc/sys/fs", "/proc/bus",
    "/proc/driver", "/proc/tty", "/proc/pressure", "/sys", "/sys/firmware", "/sys/fs",
    "/sys/kernel", "/sys/kernel/security", "/sys/devices", "/sys/devices/virtual",
    "/sys/devices/system", "/sys/devices/system/cpu", "/sys/module", "/sys/class",
  ]

  /// Runtimes mask this folder of each processor.
  private static let perProcessor = "thermal_throttle"

  private static func listing(with paths: some Sequence<String>) -> PathListing {
    var listing = PathListing()
    for folder in listed {
      guard let children = children(of: folder) else { continue }
      // Processes come and go, and are no property of a host.
      listing.addListing(of: folder, children.filter { Int($0.0) == nil })
    }
    for folder in listing.found.keys.sorted()
    where folder.hasPrefix("/sys/devices/system/cpu/cpu") {
      listing.add("\(folder)/\(perProcessor)", kind(of: "\(folder)/\(perProcessor)"))
    }
    for path in paths where listing[path] == .unknown { listing.add(path, kind(of: path)) }
    return listing
  }

  private static func children(of folder: String) -> [(String, PathListing.Kind)]? {
    guard let stream = opendir(folder) else { return nil }
    defer { closedir(stream) }
    var result: [(String, PathListing.Kind)] = []
    while let item = readdir(stream) {
      let name = withUnsafeBytes(of: &item.pointee.d_name) {
        String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
      }
      if name == "." || name == ".." { continue }
      if let kind = kind(of: "\(folder)/\(name)") { result.append((name, kind)) }
    }
    return result
  }

  /// What a mountpoint there would be; nil if there is nothing.
  private static func kind(of path: String) -> PathListing.Kind? {
    var status = stat()
    // A mount follows links.
    guard stat(path, &status) == 0 else { return nil }
    switch status.st_mode & S_IFMT {
    case S_IFDIR: return .folder
    case S_IFREG: return .file
    default: return .other
    }
  }
}
