import Glibc

extension HostProbe {
  /// Where runtimes and specifications put masks and read-only paths: in these folders everything
  /// is listed, so that an absence is known whatever path an archive names.
  private static let listed = [
    "/", "/srv", "/run/netns", "/proc", "/proc/fs", "/proc/sys", "/proc/sys/kernel", "/proc/sys/fs",
    "/proc/self/ns", "/proc/bus",
    "/proc/driver", "/proc/tty", "/proc/pressure", "/sys", "/sys/dev", "/sys/firmware", "/sys/fs",
    "/sys/kernel", "/sys/kernel/security", "/sys/devices", "/sys/devices/virtual",
    "/sys/devices/system", "/sys/devices/system/cpu",
  ]

  /// Runtimes mask this folder of each processor.
  private static let perProcessor = "thermal_throttle"

  static func listing(_ unknown: inout [HostFacts.Unknown]) -> PathListing {
    var listing = PathListing()
    for folder in listed {
      do throws(SystemError) {
        let children = try children(of: folder)
        // Processes come and go, and are no property of a host.
        listing.addListing(
          of: folder, folder == "/proc" ? children.filter { Int($0.0) == nil } : children)
      } catch let error where error.isAbsence {
        if listing[folder] != .absent { listing.add(folder, nil) }
      } catch {
        unknown.append(.init("paths", error.reason))
      }
    }
    let processors = listing.found.keys.filter { isProcessor($0) }.sorted()
    look(for: processors.map { "\($0)/\(perProcessor)" }, in: &listing, &unknown)
    return listing
  }

  /// Looks for each path of which nothing is known.
  static func look(
    for paths: some Sequence<String>, in listing: inout PathListing,
    _ unknown: inout [HostFacts.Unknown]
  ) {
    for path in paths where listing[path] == .unknown {
      do throws(SystemError) {
        listing.add(path, try kind(of: path))
      } catch {
        unknown.append(.init("paths", error.reason))
      }
    }
  }

  /// Not the folders of idle states and frequencies beside them.
  static func isProcessor(_ path: String) -> Bool {
    let prefix = "/sys/devices/system/cpu/cpu"
    guard path.hasPrefix(prefix) else { return false }
    let number = path.utf8.dropFirst(prefix.utf8.count)
    return !number.isEmpty && number.allSatisfy(\.isDigit)
  }

  private static func children(
    of folder: String
  ) throws(SystemError) -> [(String, PathListing.Kind)] {
    guard let stream = opendir(folder) else { throw SystemError(folder, errno) }
    defer { closedir(stream) }
    var result: [(String, PathListing.Kind)] = []
    while true {
      errno = 0
      guard let item = readdir(stream) else { break }
      let name = withUnsafeBytes(of: &item.pointee.d_name) {
        String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
      }
      if name == "." || name == ".." { continue }
      do throws(SystemError) {
        if let kind = try kind(of: "\(folder)/\(name)") { result.append((name, kind)) }
      } catch {
        // There is something, behind a link that this user cannot follow.
        result.append((name, .other))
      }
    }
    if errno != 0 { throw SystemError(folder, errno) }
    return result
  }

  /// What a mountpoint there would be; nil if there is nothing.
  private static func kind(of path: String) throws(SystemError) -> PathListing.Kind? {
    // Archives name paths, too; the C library would see the beginning of this one.
    if path.utf8.contains(0) { return nil }
    var status = stat()
    // A mount follows links.
    guard stat(path, &status) == 0 else {
      let error = SystemError(path, errno)
      if error.isAbsence { return nil }
      throw error
    }
    switch status.st_mode & S_IFMT {
    case S_IFDIR: return .folder
    case S_IFREG: return .file
    default: return .other
    }
  }
}
