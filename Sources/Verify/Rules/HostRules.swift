import CRIUImages
import Checkpoint
import Host

/// Rules about the host where a checkpoint is to be restored; silent unless one is named.
extension Rule {
  static let hostRules: [Rule] =
    [maskMissingOnHost] + machineRules + processorRules + versionRules + hostConfinementRules
    + controlGroupRules
    + hostPathRules + toolRules + hostNetworkRules + rootRules

  private static let maskMissingOnHost = Rule(
    id: "mask.mountpoint-missing-on-host", stage: .host,
    title: "The host's kernel has every path that the dump masks or protects",
    why: """
      CRIU mounts what the mountpoints image says, and nobody can make a path of the kernel: “Can't \
      stat mountpoint …: No such file or directory”. Taking the path out of spec.dump alone helps \
      nothing.
      """,
    remedy: .edit("`repair --host` removes the mount of a path that the host lacks"),
    needs: [.wholeArchive, .images, .host],
    examples: [
      .fires("a masked file", on: .lacking("/proc/keys"), .minimal),
      .fires("a masked folder", on: .lacking("/proc/acpi"), .minimal),
      .fires("a read-only path", on: .lacking("/proc/sys"), .minimal),
      .silent("all there", on: .lacking("/proc/asound"), .minimal),
      .silent("no host named", .minimal),
    ]
  ) { subject, findings in
    guard let host = subject.host else { return }
    for tree in subject.mounts.trees {
      for mount in tree.mounts where mount.isOnKernelPath {
        guard let parent = tree.parent(of: mount), let path = parent.kernelPath(of: mount.path)
        else { continue }
        guard findings.isAbsent(path, on: host) else { continue }
        findings.report(
          subject.location(mount),
          "\(mount.title): the kernel of \(shown(host.name)) (\(shown(host.kernel.release))) has no \(shown(path))",
          have: "absent on the host", need: .text(shown(path)),
          evidence: ["field": "mountpoint"])
      }
    }
  }
}

extension Findings {
  /// The facts do not tell something; it is listed as not checked.
  mutating func notKnown(_ what: String, _ host: HostFacts) {
    notChecked("the facts about \(shown(host.name)) do not tell \(what)")
  }

  /// Whether a path is not there; where nobody knows, that is listed as not checked.
  mutating func isAbsent(_ path: String, on host: HostFacts) -> Bool {
    switch host.paths[path] {
    case .present: return false
    case .absent: return true
    case .unknown:
      notKnown("whether \(shown(path)) exists", host)
      return false
    }
  }
}

extension MountTable.Mount {
  /// The path of the host's kernel that a path on this mount shows, if it is a whole procfs or
  /// sysfs.
  fileprivate func kernelPath(of path: String) -> String? {
    let top: String? =
      switch filesystem {
      case .proc: "/proc"
      case .sysfs: "/sys"
      default: nil
      }
    guard let top, showsWholeFilesystem, let rest = relativePath(of: path, below: self.path),
      !rest.isEmpty
    else { return nil }
    return "\(top)/\(rest)"
  }
}

extension HostFacts {
  /// A host on which the smallest checkpoint restores: what examples start from.
  static let minimal: HostFacts = {
    var facts = HostFacts(name: "node7", kernel: Kernel(release: "6.1.0", machine: "x86_64"))
    facts.kernel.pageSize = 4096
    facts.kernel.descriptorLimit = 1 << 20
    facts.kernel.processLimit = 1 << 22
    facts.kernel.securityModules = ["capability"]
    facts.kernel.filesystems = ["proc", "sysfs", "tmpfs", "overlay", "mqueue", "devpts"]
    facts.kernel.profiles = []
    facts.kernel.userNamespaceLimit = 1 << 14
    facts.processor = Processor(stateComponents: 7)
    facts.processor?.online = "0-3"
    facts.processor?.possible = "0-7"
    facts.controlGroups = ControlGroups(mode: .hybrid, controllers: ["cpu", "memory", "pids"])
    facts.tools = [
      "criu": Tool(path: "/usr/sbin/criu", version: "4.2"),
      "runc": Tool(path: "/usr/sbin/runc", version: "1.1.5"),
      "podman": Tool(path: "/usr/bin/podman", version: "4.3.1"),
      "tar": Tool(path: "/usr/bin/tar", version: "1.34"),
    ]
    facts.images = [
      Image(id: String(repeating: "c", count: 64), names: ["localhost/example:latest"])
    ]
    facts.network = Network(addresses: ["127.0.0.1", "192.0.2.1"], listeners: [])
    for (path, kind) in [
      ("/proc/keys", PathListing.Kind.file), ("/proc/acpi", .folder), ("/proc/sys", .folder),
      ("/srv/data", .folder),
    ] {
      facts.paths.add(path, kind)
    }
    return facts
  }()

  func with(_ edit: (inout HostFacts) -> Void) -> HostFacts {
    var copy = self
    edit(&copy)
    return copy
  }

  /// The same without one path.
  static func lacking(_ path: String) -> HostFacts {
    minimal.with {
      $0.paths = PathListing(found: $0.paths.found.filter { $0.key != path }, absent: [path])
    }
  }
}
