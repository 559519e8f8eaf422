import CRIUImages
import Checkpoint
import Documents

/// The names under which a runtime offers mounts to CRIU at restore, as far as they follow from the
/// specification (archive contract, §4d, §4e, §5d).
struct OfferedKeys {
  /// Devices that runc offers whatever the specification says.
  private static let devices: Set<String> = [
    "/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom", "/dev/tty",
  ]
  /// Places where an engine mounts something of its own, in the specification or not.
  static let suppliedByEngine: [Engine: Set<String>] = [
    .podman: [
      "/etc/hosts", "/etc/hostname", "/etc/resolv.conf", "/run/.containerenv", "/run/secrets",
      "/dev/shm",
    ],
    .criO: [
      "/etc/hosts", "/etc/hostname", "/etc/resolv.conf", "/run/.containerenv", "/run/secrets",
      "/dev/shm", "/dev/termination-log", "/var/run/secrets/kubernetes.io/serviceaccount",
      "/run/secrets/kubernetes.io/serviceaccount",
    ],
  ]

  private var keys: Set<String>
  private let binds: [String]
  /// Where cgroup controllers are offered, each under its name.
  private var controllerFolders: Set<String> = []
  private let masks: Set<String>

  init(_ spec: RuntimeSpec, _ runtime: Runtime?, _ engine: Engine?) {
    binds = spec.mounts.filter(\.isBind).compactMap { $0.destination.map(cleaned) }
    masks = Set((spec.linux?.maskedPaths ?? []).map { cleaned($0.path) })
    keys = Set(binds).union(engine.flatMap { Self.suppliedByEngine[$0] } ?? [])
    if runtime == .crun {
      keys.formUnion(masks)
    } else {
      keys.formUnion(Self.devices)
      keys.formUnion((spec.linux?.devices ?? []).map { cleaned($0.path) })
    }
    if spec.linux?.namespace("cgroup") == nil {
      controllerFolders = Set(
        spec.mounts.filter { $0.type == "cgroup" }.compactMap { $0.destination.map(cleaned) })
    }
  }

  enum Answer {
    case yes, no
    /// A bind mount may come to lie there over symbolic links in the root file system.
    case overLinks
  }

  func offer(_ key: String) -> Answer {
    let parts = components(of: key)
    let folder = "/" + parts.dropLast().joined(separator: "/")
    if keys.contains(key) || controllerFolders.contains(folder) { return .yes }
    // crun's empty folder, offered as soon as one masked folder exists on the host.
    if key.hasSuffix("/.empty-directory"), !masks.isEmpty { return .yes }
    return binds.contains { components(of: $0).last == parts.last } ? .overLinks : .no
  }

}

/// Rules about external mounts: the image against the specification.
extension Rule {
  /// R-94
  static let keyUnmapped = Rule(
    id: "mnt.ext-key-unmapped", stage: .mounts,
    title: "The runtime offers every external mount that the dump names",
    why: """
      CRIU asks for each external mount by the name in the dump, and the runtime offers what the \
      specification mounts: without an offer it stops with “No mapping for …:(null) mountpoint”.
      """,
    remedy: .manual("add the mount to spec.dump, or have `repair` drop its entry from the image"),
    needs: [.wholeArchive, .images, .document(.spec), .engine([.podman, .criO])],
    examples: [
      .fires("a bind mount removed", .minimal.unsetting("spec.dump", "/mounts/2")),
      .fires(
        "moved", .minimal.setting("spec.dump", "/mounts/2/destination", to: #""/data-moved""#)),
      .fires("a control group", .controllers),
      .silent(
        "a control group of the specification",
        .controllers.setting(
          "spec.dump", "/mounts/3",
          to: #"{"destination":"/sys/fs/cgroup","type":"cgroup","source":"cgroup"}"#)),
      .silent("masks removed", .minimal.setting("spec.dump", "/linux/maskedPaths", to: "[]")),
      .silent(
        "supplied by the engine",
        .minimal.mount(270) {
          $0.mountpoint = utf8("/etc/hosts")
          $0.extKey = utf8("/etc/hosts")
        }),
    ]
  ) { subject, findings in
    guard let spec = subject.spec else { return }
    let keys = OfferedKeys(spec, subject.runtime, subject.engine)
    var unmapped: [String: [MountTable.Mount]] = [:]
    for mount in subject.mounts.all {
      guard let key = mount.key, key.hasPrefix("/"), !subject.isForeign(key, mount, keys) else {
        continue
      }
      switch keys.offer(cleaned(key)) {
      case .yes: break
      case .overLinks:
        findings.notChecked("whether links in the root file system lead a bind mount to \(key)")
      case .no:
        // All controllers come and go with one mount of the specification.
        let folder = components(of: key).dropLast().joined(separator: "/")
        unmapped[mount.filesystem == .cgroup ? folder : key, default: []].append(mount)
      }
    }
    for (_, group) in unmapped.sorted(by: { $0.key < $1.key }) {
      let first = group[0]
      let names = group.compactMap(\.key).map(shown)
      let more = names.count > 1 ? " and \(names.count - 1) more" : ""
      // CRI-O takes bind mounts from the request, which may have more than spec.dump.
      let isCertain = subject.engine == .podman || first.filesystem == .cgroup
      findings.report(
        subject.location(first),
        "ext_key of \(first.title) is \(shown(first.key ?? ""))\(more), and nothing in spec.dump makes the runtime offer that",
        have: .list(names), need: "mounts of spec.dump with these destinations",
        evidence: ["field": "ext_key"], severity: isCertain ? .error : .warning,
        remedy: subject.edit(offering: first))
    }
  }

  /// archive contract, §5d
  static let keyForeign = Rule(
    id: "mnt.ext-key-foreign-runtime", stage: .mounts,
    title: "Masks are named as the runtime that restores names them",
    why: """
      runc names a masked file /dev/null, crun by its own path, and a masked folder of crun is its \
      empty folder. Neither knows the names of the other: “No mapping for … mountpoint”.
      """,
    remedy: .edit(
      "restore with the runtime that dumped, or let `repack --runtime` rename the keys"),
    needs: [.wholeArchive, .images],
    examples: [
      .fires(
        "crun's name under runc", .minimal.mount(211) { $0.extKey = utf8("/proc/keys") }),
      .fires(
        "crun's folder under runc",
        .minimal.mount(210) { $0.extKey = utf8("/run/crun/.empty-directory") }),
      .fires(
        "runc's name under crun", .minimal.setting("config.dump", "/runtime", to: #""crun""#)),
      .silent("runc's own", .minimal),
    ]
  ) { subject, findings in
    guard let runtime = subject.runtime else { return }
    let keys = subject.spec.map { OfferedKeys($0, runtime, subject.engine) }
    let foreign = subject.mounts.all.filter { mount in
      mount.key.map { subject.isForeign($0, mount, keys) } ?? false
    }
    guard let first = foreign.first else { return }
    let other = runtime == .runc ? Runtime.crun : .runc
    findings.report(
      subject.location(first),
      "ext_key of \(first.title) is \(shown(first.key ?? "")), as \(other.rawValue) names it, but the restore is \(runtime.rawValue)'s (\(counted(foreign.count, "mount")))",
      have: .list(foreign.map { shown($0.key ?? "") }),
      need: .list(foreign.map { shown(subject.renaming($0) ?? "no mount") }),
      evidence: ["field": "ext_key", "mounts": .list(foreign.map { shown($0.path) })],
      remedy: subject.edit(renaming: foreign))
  }

  /// engines-measured.md, §5
  static let engineBindMoved = Rule(
    id: "mnt.engine-bind-moved", stage: .mounts,
    title: "Files that Podman makes for a container are mounted where Podman mounts them",
    why: """
      Podman makes hosts, hostname and the like anew and mounts them at their usual places. At \
      another place the old path stays, and under a new id it does not exist: “runc: stat …: no such \
      file or directory”.
      """,
    remedy: .edit("`repair` sets the destination back"),
    needs: [.wholeArchive, .images, .document(.spec), .engine([.podman])],
    examples: [
      .fires("moved", .minimal.binding("/etc/hosts-moved")),
      .silent("in place", .minimal.binding("/etc/hosts")),
    ]
  ) { subject, findings in
    let places = [
      "hosts": "/etc/hosts", "hostname": "/etc/hostname", "resolv.conf": "/etc/resolv.conf",
      ".containerenv": "/run/.containerenv",
    ]
    // With established connections Podman restores under the old id only, and the path is right.
    if subject.openFiles.all(InetSkEntry.self).contains(where: \.content.isConnection) { return }
    for mount in subject.spec?.mounts ?? [] where mount.isBind {
      let source = components(of: mount.source ?? "")
      guard source.dropLast().last == "userdata", source.contains("overlay-containers"),
        let place = source.last.flatMap({ places[$0] }),
        let destination = mount.destination, cleaned(destination) != place
      else { continue }
      findings.report(
        .value("spec.dump", "\(mount.pointer)/destination"),
        "\(shown(mount.source ?? "")) is mounted at \(shown(destination)) instead of \(place)",
        have: .text(shown(destination)), need: .text(place))
    }
  }
}

extension Subject {
  /// Whether a key is one that only the other runtime offers.
  fileprivate func isForeign(
    _ key: String, _ mount: MountTable.Mount, _ keys: OfferedKeys?
  ) -> Bool {
    let isOnKernel = mount.path.hasPrefix("/proc/") || mount.path.hasPrefix("/sys/")
    switch runtime {
    case .runc:
      if key.hasSuffix("/.empty-directory") { return true }
      let isController = mount.filesystem == .cgroup || mount.filesystem == .cgroup2
      return isOnKernel && key == mount.path && !isController
        && keys.map { $0.offer(key) == .no } ?? true
    case .crun: return isOnKernel && key == "/dev/null"
    case nil: return false
    }
  }
}
