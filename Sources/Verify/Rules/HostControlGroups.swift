import CRIUImages
import Checkpoint
import Documents
import Host

/// Rules about the host's control groups (archive contract, §7; engines-measured.md, §2).
extension Rule {
  static let controlGroupRules: [Rule] = [versionDiffers, controllerMissing, processorsMissing]

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

  /// Version 1 takes processors that are in use, version 2 all that the kernel has room for
  /// (kernel/cgroup/cpuset.c, cpuset_bind and update_cpumask).
  private static let processorsMissing = Rule(
    id: "host.cpuset-not-available", stage: .host,
    title: "The host has the processors that the specification asks for",
    why: """
      The runtime writes cpuset.cpus before CRIU starts, and the kernel refuses processors that it \
      does not have: “cpuset.cpus: invalid argument”. Version 2 of control groups takes those that \
      are not in use, and the container runs on others.
      """,
    remedy: .manual("restore on a host with these processors, or take the limit out of spec.dump"),
    needs: [.wholeArchive, .document(.spec), .host],
    examples: [
      .fires("more than there are", on: .minimal, .onProcessors("2-4")),
      .fires("no such processor", on: .unified, .onProcessors("0,8")),
      .fires("none of them in use", on: .unified, .onProcessors("4-7")),
      .silent("there", on: .minimal, .onProcessors("0,2-3")),
      .silent("some in use", on: .unified, .onProcessors("3-7")),
      .silent("no limit", on: .minimal, .minimal),
      .silent("no list", on: .minimal, .onProcessors("all")),
      .silent(
        "nobody knows", on: .minimal.with { $0.processor?.online = nil }, .onProcessors("2-4")),
    ]
  ) { subject, findings in
    guard let host = subject.host, let text = subject.spec?.linux?.resources?.cpus,
      let need = NumberList(text), !need.isEmpty
    else { return }
    guard let online = host.processor?.online.flatMap({ NumberList($0) }),
      let possible = host.processor?.possible.flatMap({ NumberList($0) }),
      let mode = host.controlGroups?.mode
    else { return findings.notKnown("which processors it has", host) }
    let isSecond = mode == .unified
    let missing = need.subtracting(isSecond ? possible : online)
    let isRefused = !missing.isEmpty
    guard isRefused || need.subtracting(online) == need else { return }
    let edit = "set /linux/resources/cpu/cpus of spec.dump to \"\(shown(online.text))\""
    findings.report(
      .value("spec.dump", "/linux/resources/cpu/cpus"),
      "the container is to run on the processors \(need.text), and \(shown(host.name)) has \(online.text)"
        + (isRefused ? "" : ": it runs on others"),
      have: .text(online.text), need: .text(need.text), severity: isRefused ? nil : .warning,
      consequence: isRefused ? nil : .silentLoss,
      remedy: .manual("\(edit), or restore on a host that has \(need.text)"))
  }
}

extension HostFacts {
  fileprivate static let unified = minimal.with { $0.controlGroups?.mode = .unified }
}

extension Sketch {
  fileprivate static func onProcessors(_ list: String) -> Sketch {
    minimal.setting("spec.dump", "/linux/resources", to: #"{"cpu":{"cpus":"\#(list)"}}"#)
  }
}
