import Archive
import Checkpoint
import Documents

/// Rules about what `spec.dump` says (engines-measured.md, §5). containerd makes the container from
/// the new request and reads the specification for one id only, so it is exempt (contract, §4c).
extension Rule {
  static let specRules: [Rule] = [
    specRule(
      "spec.missing-process", consequence: .crash, "The specification has a process and a root",
      why: "Podman dereferences both without looking and panics.",
      remedy: .donor("spec.dump of the same checkpoint"),
      examples: [
        .fires("no process", .minimal.unsetting("spec.dump", "/process")),
        .fires("no root", .minimal.unsetting("spec.dump", "/root")),
        .fires("empty", .minimal.replacing("spec.dump", text: "{}")),
        .fires("null", .minimal.replacing("spec.dump", text: "null")),
        .silent("containerd", .minimalContainerd.replacing("spec.dump", text: "{}")),
      ]
    ) { spec, report in
      if spec.process == nil { report("/process", "the process is missing", nil, "an object") }
      if spec.root == nil { report("/root", "the root file system is missing", nil, "an object") }
    },
    specRule(
      "spec.no-command", "The process has arguments and a working folder",
      why: "runc: “args must not be empty”, “Cwd property must not be empty”.",
      remedy: .donor("spec.dump of the same checkpoint"),
      examples: [
        .fires("no args", .minimal.setting("spec.dump", "/process/args", to: "[]")),
        .fires("no cwd", .minimal.unsetting("spec.dump", "/process/cwd")),
      ]
    ) { spec, report in
      guard let process = spec.process else { return }
      if process.args.isEmpty { report("/process/args", "the command is empty", nil, "a program") }
      if process.cwd?.hasPrefix("/") != true {
        report(
          "/process/cwd",
          "the working folder is \(process.cwd == nil ? "missing" : "not absolute")",
          process.cwd, "an absolute path")
      }
    },
    specRule(
      "spec.missing-capabilities", "The process has a list of capabilities",
      why: "Without it the restored process is refused, without a message that says so.",
      remedy: .donor("spec.dump of the same checkpoint"),
      examples: [.fires("gone", .minimal.unsetting("spec.dump", "/process/capabilities"))]
    ) { spec, report in
      guard let process = spec.process, !process.hasCapabilities else { return }
      report("/process/capabilities", "the capabilities are missing", nil, "an object")
    },
    specRule(
      "spec.user-not-set", "The user is a real one",
      why: "Podman takes the largest 32-bit number for “not set”: “please set User explicitly”.",
      remedy: .donor("spec.dump of the same checkpoint"),
      examples: [
        .fires("uid", .minimal.setting("spec.dump", "/process/user/uid", to: "4294967295"))
      ]
    ) { spec, report in
      guard spec.process?.uid == .max else { return }
      report("/process/user/uid", "the user is 4294967295, which means none", "4294967295", "a uid")
    },
    specRule(
      "spec.namespace-missing", "What a namespace would isolate is not set without it",
      why: "runc validates the specification before it restores, and refuses the pair.",
      remedy: .donor("spec.dump of the same checkpoint"),
      examples: [
        .fires("uts", removingNamespace(3)),
        .fires("mount", removingNamespace(4)),
        .fires(
          "network sysctl",
          removingNamespace(1).setting(
            "spec.dump", "/linux/sysctl", to: #"{"net.ipv4.ping_group_range":"0 0"}"#)),
        .silent("ipc", removingNamespace(2)),
        .silent("pid", removingNamespace(0)),
      ]
    ) { spec, report in
      for (type, setting) in namespacedSettings(of: spec)
      where spec.linux?.namespace(type) == nil {
        report(
          "/linux/namespaces", "\(setting) is set, but there is no private \(type) namespace",
          nil, type)
      }
    },
    specRule(
      "spec.user-namespace-unmapped", "A user namespace has mappings",
      why: "runc: “User namespaces enabled, but no uid mappings found”.",
      remedy: .donor("spec.dump of the same checkpoint"),
      examples: [
        .fires(
          "no mappings",
          .minimal.setting("spec.dump", "/linux/namespaces/5", to: #"{"type":"user"}"#))
      ]
    ) { spec, report in
      guard let linux = spec.linux, let user = linux.namespace("user"), user.path ?? "" == "",
        linux.uidMappingCount == 0 || linux.gidMappingCount == 0
      else { return }
      report(user.pointer, "the user namespace has no uid or gid mappings", "0", "at least 1")
    },
    specRule(
      "spec.seccomp-action", "Every seccomp action is a known one",
      why: "runc refuses an action that it cannot translate.",
      remedy: .donor("spec.dump of the same checkpoint"),
      examples: [
        .fires(
          "unknown",
          .minimal.setting("spec.dump", "/linux/seccomp", to: #"{"defaultAction":"SCMP_ACT_NOPE"}"#)
        ),
        .silent(
          "known",
          .minimal.setting(
            "spec.dump", "/linux/seccomp", to: #"{"defaultAction":"SCMP_ACT_ERRNO"}"#)
        ),
      ]
    ) { spec, report in
      guard let seccomp = spec.linux?.seccomp else { return }
      for action in [seccomp.defaultAction ?? ""] + seccomp.actions
      where !seccompActions.contains(action) {
        report(
          "/linux/seccomp", "the seccomp action \(Escape.text(action)) is unknown", action,
          "an action of libseccomp")
      }
    },
    mountInsideProc, limitRange, criuConfig, hooks,
  ]

  /// The names of the runtime specification.
  private static let seccompActions: Set<String> = [
    "SCMP_ACT_KILL", "SCMP_ACT_KILL_PROCESS", "SCMP_ACT_KILL_THREAD", "SCMP_ACT_TRAP",
    "SCMP_ACT_ERRNO", "SCMP_ACT_TRACE", "SCMP_ACT_ALLOW", "SCMP_ACT_LOG", "SCMP_ACT_NOTIFY",
  ]

  private static func removingNamespace(_ index: Int) -> Sketch {
    Sketch.minimal.unsetting("spec.dump", "/linux/namespaces/\(index)")
  }

  /// Settings of the specification with the type of namespace that runc demands for each.
  private static func namespacedSettings(of spec: RuntimeSpec) -> [(type: String, name: String)] {
    var settings: [(String, String)] = []
    if spec.hostname ?? "" != "" { settings.append(("uts", "hostname")) }
    guard let linux = spec.linux else { return settings }
    if !linux.maskedPaths.isEmpty || !linux.readonlyPaths.isEmpty {
      settings.append(("mount", "a masked or read-only path"))
    }
    if let name = linux.sysctls.first(where: { $0.hasPrefix("net.") }) {
      settings.append(("network", "the sysctl \(Escape.text(name))"))
    }
    let ipc = ["kernel.msg", "kernel.sem", "kernel.shm", "fs.mqueue."]
    if let name = linux.sysctls.first(where: { name in ipc.contains { name.hasPrefix($0) } }) {
      settings.append(("ipc", "the sysctl \(Escape.text(name))"))
    }
    return settings
  }

  private typealias Reporter = (
    _ pointer: String, _ message: String, _ have: String?, _ need: String
  ) -> Void

  /// A rule that looks at the typed specification only.
  private static func specRule(
    _ id: String, consequence: Consequence = .refused, _ title: String, why: String,
    remedy: Remedy, examples: [Example],
    check: @escaping @Sendable (RuntimeSpec, Reporter) -> Void
  ) -> Rule {
    Rule(
      id: id, consequence: consequence, stage: .engine, title: title, why: why, remedy: remedy,
      needs: [.wholeArchive, .container, .document(.spec), .engine([.podman, .criO])],
      examples: examples + [.silent("minimal", .minimal)]
    ) { subject, findings in
      guard let spec = subject.spec else { return }
      check(spec) { pointer, message, have, need in
        findings.report(
          .value("spec.dump", pointer), message, have: have.map { .text(Escape.text($0)) },
          need: .text(need))
      }
    }
  }
}
