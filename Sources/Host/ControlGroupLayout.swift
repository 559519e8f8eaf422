/// How control groups are mounted.
enum ControlGroupLayout: Hashable {
  /// Version 2 at a folder, whose `cgroup.controllers` names the controllers.
  case unified(at: String)
  case versionOne(HostFacts.ControlGroups)

  /// Where runtimes look; they take the host for unified if version 2 is mounted right here
  /// (runc: libcontainer/cgroups/utils.go, IsCgroup2UnifiedMode).
  private static let root = "/sys/fs/cgroup"

  /// The names that controllers have in the options of a version 1 hierarchy, beside options that
  /// are none (kernel: include/linux/cgroup_subsys.h, cgroup1_show_options).
  private static let known: Set<String> = [
    "blkio", "cpu", "cpuacct", "cpuset", "debug", "devices", "dmem", "freezer", "hugetlb", "memory",
    "misc", "net_cls", "net_prio", "perf_event", "pids", "rdma",
  ]

  /// nil if there are none.
  init?(_ mounts: [MountTable.Entry]) {
    let second = mounts.filter { $0.type == "cgroup2" }
    if mounts.last(where: { $0.mountpoint == Self.root })?.type == "cgroup2" {
      self = .unified(at: Self.root)
      return
    }
    let first = mounts.filter { $0.type == "cgroup" }
    if first.isEmpty {
      guard let only = second.first else { return nil }
      self = .unified(at: only.mountpoint)
      return
    }
    let controllers = first.flatMap(\.options).compactMap { option -> String? in
      if option.hasPrefix("name=") { return String(option.dropFirst(5)) }
      return Self.known.contains(option) ? option : nil
    }
    // Controllers that version 2 has beside version 1 are of no use to a runtime.
    self = .versionOne(
      HostFacts.ControlGroups(
        mode: second.isEmpty ? .legacy : .hybrid, controllers: Set(controllers).sorted()))
  }

  /// The names in `cgroup.controllers`, with blanks between (kernel: admin-guide/cgroup-v2.rst); in
  /// order.
  static func controllers(_ text: String) -> [String]? {
    let names = text.split { $0 == " " || $0 == "\n" }
    let isPlain = names.allSatisfy { name in
      name.utf8.allSatisfy { $0 == 0x5F || $0.isDigit || (0x61...0x7A).contains($0) }
    }
    return isPlain ? names.map { String($0) }.sorted() : nil
  }
}

extension HostProbe {
  static func controlGroups(
    _ unknown: inout [HostFacts.Unknown]
  ) -> HostFacts.ControlGroups? {
    let fact = "controlGroups"
    let mounts = read("/proc/self/mountinfo", fact, &unknown, MountTable.entries)
    guard let mounts else { return nil }
    switch ControlGroupLayout(mounts) {
    case .versionOne(let groups): return groups
    case .unified(let folder):
      return read("\(folder)/cgroup.controllers", fact, &unknown, ControlGroupLayout.controllers)
        .map { HostFacts.ControlGroups(mode: .unified, controllers: $0) }
    case nil:
      unknown.append(.init(fact, "none are mounted"))
      return nil
    }
  }
}
