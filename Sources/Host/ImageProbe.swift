import Glibc

extension HostProbe {
  /// The images of Podman's storage, as this user sees it, read without Podman; nil if there is
  /// none, or if not all can be seen.
  static func images(_ unknown: inout [HostFacts.Unknown]) -> [HostFacts.Image]? {
    do throws(SystemError) {
      let storage = try Storage.current()
      guard !storage.settings.hasOtherStores else {
        unknown.append(.init("images", "some are in further stores, which are not read"))
        return nil
      }
      guard let root = storage.root, root.hasPrefix("/"), !root.contains("$") else {
        unknown.append(.init("images", "nothing tells where Podman's storage is"))
        return nil
      }
      for driver in storage.settings.driver.map({ [$0] }) ?? Storage.drivers {
        let path = "\(root)/\(driver)-images/images.json"
        do {
          if let images = ImageList.images(try SystemFile.bytes(path)) { return images }
          unknown.append(.init("images", "\(path) has another form than expected"))
          return nil
        } catch let error where error.isAbsence {
          continue
        }
      }
      return []
    } catch {
      unknown.append(.init("images", error.reason))
      return nil
    }
  }
}

/// Where Podman keeps images (containers/storage: types/options.go).
private struct Storage {
  /// Podman takes the first that it finds in use.
  static let drivers = ["overlay", "btrfs", "zfs", "vfs"]

  var settings: StorageSettings
  var root: String?

  static func current() throws(SystemError) -> Storage {
    let home = variable("HOME")
    let system = ["/etc/containers/storage.conf", "/usr/share/containers/storage.conf"]
    if geteuid() == 0 {
      let settings = try read(variable("CONTAINERS_STORAGE_CONF").map { [$0] } ?? system)
      let root = settings?.root ?? "/var/lib/containers/storage"
      return Storage(settings: settings ?? StorageSettings(), root: expand(root, home))
    }
    let folder = variable("XDG_CONFIG_HOME") ?? home.map { "\($0)/.config" }
    let own = try read(
      [variable("CONTAINERS_STORAGE_CONF"), folder.map { "\($0)/containers/storage.conf" }]
        .compactMap { $0 })
    let shared = try read(system)
    let data = variable("XDG_DATA_HOME") ?? home.map { "\($0)/.local/share" }
    var settings = own ?? shared ?? StorageSettings()
    settings.driver = settings.driver ?? shared?.driver
    let root = own?.root ?? shared?.userRoot ?? data.map { "\($0)/containers/storage" }
    return Storage(settings: settings, root: root.map { expand($0, home) })
  }

  /// The first of the files that is there.
  private static func read(_ paths: [String]) throws(SystemError) -> StorageSettings? {
    for path in paths {
      do {
        return StorageSettings(try SystemFile.text(path))
      } catch let error where error.isAbsence {
        continue
      }
    }
    return nil
  }

  private static func variable(_ name: String) -> String? {
    let value = getenv(name).map { String(cString: $0) }
    return value?.isEmpty == false ? value : nil
  }

  private static func expand(_ path: String, _ home: String?) -> String {
    path.split(separator: "/", omittingEmptySubsequences: false).map { part in
      switch part {
      case "$HOME": home ?? "$HOME"
      case "$UID": "\(geteuid())"
      default: String(part)
      }
    }.joined(separator: "/")
  }
}
