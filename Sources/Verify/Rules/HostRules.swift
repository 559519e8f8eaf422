import CRIUImages
import Checkpoint
import Host

/// Rules about the host where a checkpoint is to be restored; silent unless one is named.
extension Rule {
  static let hostRules: [Rule] = [maskMissingOnHost]

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
        switch host.paths[path] {
        case .present: break
        case .unknown:
          findings.notChecked("the host facts do not tell whether \(shown(path)) exists")
        case .absent:
          findings.report(
            subject.location(mount),
            "\(mount.title): the kernel of \(shown(host.name)) (\(shown(host.kernel.release))) has no \(shown(path))",
            have: "absent on the host", need: .text(shown(path)),
            evidence: ["field": "mountpoint"])
        }
      }
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
  /// A host whose kernel has everything but one path.
  fileprivate static func lacking(_ path: String) -> HostFacts {
    var facts = HostFacts(
      name: "node7", kernel: Kernel(release: "6.1.0", machine: "x86_64"))
    for known in ["/proc/keys", "/proc/acpi", "/proc/sys"] {
      facts.paths.add(known, known == path ? nil : known == "/proc/keys" ? .file : .folder)
    }
    return facts
  }
}
