import CRIUImages
import Checkpoint
import Documents
import Host

/// Rules about the host's control groups (archive contract, §7; engines-measured.md, §2).
extension Rule {
  static let controlGroupRules: [Rule] = [versionDiffers, controllerMissing]

  private static let versionDiffers = Rule(
    id: "host.cgroup-version-differs", stage: .host,
    title: "The host has the version of control groups that the dump mounts",
    why: """
      The mounts of controllers are external: the runtime binds them from the host, which has them \
      only in the same version.
      """,
    remedy: .manual("restore on a host with the same version, or boot this one with it"),
    needs: [.wholeArchive, .images, .host],
    examples: [
      .fires(
        "version 2 only", on: .minimal.with { $0.controlGroups?.mode = .unified }, .controllers),
      .silent("hybrid", on: .minimal, .controllers),
      .silent("no mounts", on: .minimal.with { $0.controlGroups?.mode = .unified }, .minimal),
    ]
  ) { subject, findings in
    guard let host = subject.host else { return }
    let version1 = subject.mounts.all.first { $0.filesystem == .cgroup }
    let version2 = subject.mounts.all.first { $0.filesystem == .cgroup2 }
    guard version1 != nil || version2 != nil else { return }
    guard let groups = host.controlGroups else {
      return findings.notKnown("its control groups", host)
    }
    let cases = [(version1, 1, groups.mode == .unified), (version2, 2, groups.mode == .legacy)]
    for case (let mount?, let version, true) in cases {
      findings.report(
        subject.location(mount),
        "\(mount.title) is of version \(version), and \(shown(host.name)) has version \(3 - version) only",
        have: .text(groups.mode.rawValue), need: .text("version \(version)"),
        evidence: ["field": "fstype"])
    }
  }

  /// The limits of a specification, and the controller that each takes.
  private static func limits(_ resources: RuntimeSpec.Resources) -> [(
    name: String, controller: String
  )] {
    [
      (resources.pidsLimit.map { $0 > 0 } == true ? "pids.limit" : nil, "pids"),
      (resources.memoryLimit.map { $0 > 0 } == true ? "memory.limit" : nil, "memory"),
      (resources.cpuShares.map { $0 > 0 } == true ? "cpu.shares" : nil, "cpu"),
      (resources.cpus?.isEmpty == false ? "cpu.cpus" : nil, "cpuset"),
    ].compactMap { name, controller in name.map { ($0, controller) } }
  }

  private static let controllerMissing = Rule(
    id: "host.cgroup-controller-missing", stage: .host,
    title: "The host has the controllers that the specification's limits need",
    why: "The runtime stops before CRIU: “openat2 …/pids.max: no such file or directory”.",
    remedy: .manual("enable the controller on the host, or take the limit out of spec.dump"),
    needs: [.wholeArchive, .document(.spec), .host],
    examples: [
      .fires(
        "pids", on: .minimal.with { $0.controlGroups?.controllers = ["cpu"] },
        .minimal.setting("spec.dump", "/linux/resources", to: #"{"pids":{"limit":100}}"#)),
      .silent(
        "there", on: .minimal,
        .minimal.setting("spec.dump", "/linux/resources", to: #"{"pids":{"limit":100}}"#)),
      .silent(
        "no limit", on: .minimal.with { $0.controlGroups?.controllers = [] }, .minimal),
    ]
  ) { subject, findings in
    guard let host = subject.host, let resources = subject.spec?.linux?.resources else { return }
    let needed = limits(resources)
    if needed.isEmpty { return }
    guard let groups = host.controlGroups else {
      return findings.notKnown("its controllers", host)
    }
    for limit in needed where !groups.controllers.contains(limit.controller) {
      findings.report(
        .value("spec.dump", "/linux/resources/\(limit.name.split(separator: ".")[0])"),
        "\(limit.name) needs the controller \(limit.controller), which \(shown(host.name)) lacks",
        have: .list(groups.controllers.map(shown)), need: .text(limit.controller))
    }
  }
}
