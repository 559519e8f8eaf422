import Archive
import Checkpoint
import Documents

/// Rules about the specification's mounts, hooks and annotations.
extension Rule {
  /// Where runc lets a mount lie inside `/proc` (contract, §5e): the set of runc 1.1 to 1.4.
  private static let allowedInProc: Set<String> = [
    "/proc/cpuinfo", "/proc/diskstats", "/proc/meminfo", "/proc/stat", "/proc/swaps",
    "/proc/uptime", "/proc/loadavg", "/proc/slabinfo", "/proc/net/dev",
    "/proc/sys/kernel/ns_last_pid", "/proc/sys/crypto/fips_enabled",
  ]

  static let mountInsideProc = Rule(
    id: "spec.mount-inside-proc", stage: .engine,
    title: "No mount of the specification lies inside /proc",
    why: "runc checks every mount at restore, too: “cannot be mounted because it is inside /proc”.",
    remedy: .edit("`repair` drops the mount from spec.dump"),
    needs: [.wholeArchive, .container, .document(.spec), .engine([.podman, .criO])],
    examples: [
      .fires("tmpfs", .minimal.mounting("/proc/scsi", type: "tmpfs")),
      .fires("through dots", .minimal.mounting("/tmp/../proc/scsi", type: "tmpfs")),
      .fires("not a procfs", .minimal.mounting("/proc", type: "tmpfs")),
      .silent("allowed", .minimal.mounting("/proc/cpuinfo", type: "bind")),
      .silent("similar name", .minimal.mounting("/process", type: "tmpfs")),
    ]
  ) { subject, findings in
    if subject.runtime == .crun { return }
    for mount in subject.spec?.mounts ?? [] {
      let path = cleaned(mount.destination ?? "")
      let isProc = path == "/proc" && mount.type != "proc" && !mount.isBind
      guard isProc || path.hasPrefix("/proc/") && !allowedInProc.contains(path) else { continue }
      findings.report(
        .value("spec.dump", mount.pointer),
        "a mount of type \(Escape.text(mount.type ?? "none")) lies at \(Escape.text(path))",
        have: .text(Escape.text(path)), need: "a place outside /proc")
    }
  }

  /// What every kernel refuses, and what it is called: shares of cgroup-v1 (MAX_SHARES in
  /// kernel/sched), and processes (PID_MAX_LIMIT of 64-bit kernels).
  private static let largest: [(String, UInt64, @Sendable (RuntimeSpec.Resources) -> UInt64?)] = [
    ("/linux/resources/cpu/shares", 262_144, { $0.cpuShares }),
    ("/linux/resources/pids/limit", 4_194_304, { $0.pidsLimit.flatMap { UInt64(exactly: $0) } }),
  ]

  static let limitRange = Rule(
    id: "spec.limit-out-of-range", stage: .engine,
    title: "No limit of the specification is larger than a kernel takes",
    why: """
      runc stops before CRIU: “the maximum allowed cpu-shares is 262144”, or “failed to write …       pids.max: invalid argument”.
      """,
    remedy: .manual("set a smaller limit in spec.dump"),
    needs: [.wholeArchive, .container, .document(.spec), .engine([.podman, .criO])],
    examples: [
      .fires(
        "shares",
        .minimal.setting("spec.dump", "/linux/resources", to: #"{"cpu":{"shares":262145}}"#)),
      .fires(
        "processes",
        .minimal.setting(
          "spec.dump", "/linux/resources", to: #"{"pids":{"limit":9223372036854775807}}"#)),
      .silent(
        "the largest",
        .minimal.setting(
          "spec.dump", "/linux/resources",
          to: #"{"cpu":{"shares":262144},"pids":{"limit":4194304}}"#)),
      .silent(
        "none",
        .minimal.setting("spec.dump", "/linux/resources", to: #"{"pids":{"limit":-1}}"#)),
    ]
  ) { subject, findings in
    guard let resources = subject.spec?.linux?.resources else { return }
    for (pointer, limit, value) in largest {
      guard let have = value(resources), have > limit else { continue }
      findings.report(
        .value("spec.dump", pointer), "the limit is \(have), and kernels take \(limit) at most",
        have: .unsigned(have), need: .unsigned(limit))
    }
  }

  static let criuConfig = Rule(
    id: "spec.criu-config-annotation", severity: .warning, consequence: .none, stage: .engine,
    title: "No annotation changes CRIU's configuration",
    why: """
      runc and crun hand the annotation's file to CRIU, where it outranks every option of the \
      restore; a stale or hostile one changes what CRIU does.
      """,
    remedy: .edit("`repair` can drop the annotation if told to"),
    needs: [.wholeArchive, .container, .document(.spec), .engine([.podman, .criO])],
    examples: [
      .fires(
        "set",
        .minimal.setting("spec.dump", "/annotations/org.criu.config", to: #""/etc/criu/x.conf""#)),
      .silent("not set", .minimal),
    ]
  ) { subject, findings in
    guard let file = subject.spec?.annotations["org.criu.config"], !file.isEmpty else { return }
    findings.report(
      .value("spec.dump", "/annotations/org.criu.config"),
      "CRIU will read its configuration from \(Escape.text(file))", have: .text(Escape.text(file)))
  }

  static let hooks = Rule(
    id: "spec.hooks-need-host", severity: .warning, consequence: .refused, stage: .engine,
    title: "Programs of hooks exist on the host",
    why: "A hook whose program is missing fails the restore: “action scripts failed”.",
    remedy: .manual("install the program on the host, or take the hook out of spec.dump"),
    needs: [.wholeArchive, .container, .document(.spec), .engine([.podman, .criO])],
    examples: [
      .fires(
        "prestart",
        .minimal.setting("spec.dump", "/hooks", to: #"{"prestart":[{"path":"/opt/hook"}]}"#)),
      .silent("none", .minimal),
    ]
  ) { subject, findings in
    for hook in subject.spec?.hooks ?? [] {
      findings.report(
        .value("spec.dump", hook.program.pointer),
        "the restore runs the \(hook.stage) hook \(Escape.text(hook.program.path))",
        need: .text(Escape.text(hook.program.path)))
    }
  }
}

extension Sketch {
  /// One more mount in the specification.
  fileprivate func mounting(_ destination: String, type: String) -> Sketch {
    setting(
      "spec.dump", "/mounts/3",
      to: #"{"destination":"\#(destination)","type":"\#(type)","source":"none"}"#)
  }
}
