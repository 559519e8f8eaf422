import CRIUImages
import Checkpoint
import Host

/// Rules about what confines processes on the host: security modules and user namespaces.
extension Rule {
  static let hostConfinementRules: [Rule] = [
    hostSecurityModule, profileMissing, labelEnforced, userNamespaces,
  ]

  /// R-84
  private static let hostSecurityModule = Rule(
    id: "host.lsm-differs", stage: .host,
    title: "The host has the security module whose profile threads were under",
    why: "CRIU sets the profile of each thread: “can't write lsm profile”.",
    remedy: .manual(
      "enable the module on the host and load the profile, or name another with --lsm-profile"),
    needs: [.wholeArchive, .images, .image(.inventory), .host],
    examples: [
      .fires("AppArmor", on: .minimal, .confined(2)),
      .silent(
        "there", on: .minimal.with { $0.kernel.securityModules = ["apparmor"] }, .confined(2)),
      .silent("no profile", on: .minimal, .minimal),
    ]
  ) { subject, findings in
    guard let host = subject.host, let (module, threads) = subject.confined,
      let thread = threads.first
    else { return }
    guard let have = host.kernel.securityModules else {
      return findings.notKnown("which security modules are active", host)
    }
    if have.contains(module) { return }
    findings.report(
      thread.location,
      "thread \(thread.id) is under a profile of \(module), which is not active on \(shown(host.name))",
      have: .list(have.map(shown)), need: .text(module), evidence: ["field": "lsm_profile"])
  }

  /// CRIU writes `changeprofile NAME` (criu/apparmor.c, render_aa_profile); the kernel knows loaded
  /// profiles only. Namespaces of AppArmor CRIU makes itself, with the profiles in apparmor.img.
  private static let profileMissing = Rule(
    id: "host.lsm-profile-missing", stage: .host,
    title: "Every AppArmor profile that threads were under is loaded on the host",
    why: """
      CRIU puts each thread under its old profile, and the kernel knows those that are loaded: “can't \
      write lsm profile -2” (podman#12437). Podman's own profile has the version of its library in \
      its name, so that another Podman loads another; after a start of the host it is loaded only when \
      Podman makes its first container.
      """,
    remedy: .manual("load the profile on the host with `apparmor_parser -r`"),
    needs: [.wholeArchive, .images, .image(.inventory), .host],
    examples: [
      .fires("another", on: .withProfiles("containers-default-0.57.4"), .confined(2)),
      .fires("one of a stack", on: .withProfiles("profile"), .under("profile//&extra")),
      .silent("loaded", on: .withProfiles("profile"), .confined(2)),
      .silent("a stack", on: .withProfiles("extra", "profile"), .under("profile//&extra")),
      .silent("in a namespace", on: .withProfiles(), .under(":inner:profile")),
      .silent("unconfined", on: .withProfiles(), .under("unconfined")),
      .silent(
        "nobody knows", on: .withProfiles().with { $0.kernel.profiles = nil }, .confined(2)),
      .silent("SELinux", on: .withProfiles(), .confined(1)),
    ]
  ) { subject, findings in
    guard let host = subject.host, case let ("apparmor", threads)? = subject.confined,
      host.kernel.securityModules?.contains("apparmor") != false
    else { return }
    var users: [String: [ThreadState]] = [:]
    for thread in threads {
      for name in profiles(thread.core.creds.lsmProfileText ?? "") {
        users[name, default: []].append(thread)
      }
    }
    if users.isEmpty { return }
    guard let loaded = host.kernel.profiles else {
      return findings.notKnown("which AppArmor profiles are loaded, which only root can read", host)
    }
    for (name, threads) in users.sorted(by: { $0.key < $1.key }) where !loaded.contains(name) {
      // The likeliest replacement: the same profile of another version.
      let stem = name.prefix { !$0.isNumber }
      let similar = loaded.filter { stem.count > 3 && $0.hasPrefix(stem) }
      let other = similar.first ?? loaded.first ?? "PROFILE"
      findings.report(
        threads[0].location,
        "\(counted(threads.count, "thread")) under the AppArmor profile \(shown(name)), which is not loaded on \(shown(host.name))"
          + (similar.isEmpty ? "" : ": it has \(similar.map(shown).joined(separator: ", "))"),
        have: .list((similar.isEmpty ? loaded : similar).prefix(16).map(shown)),
        need: .text(shown(name)), evidence: ["field": "lsm_profile"],
        remedy: .manual(
          "load it on \(shown(host.name)) with `apparmor_parser -r FILE`, or have CRIU take another: `lsm-profile apparmor:\(shown(other))` in /etc/criu/\(subject.runtime?.rawValue ?? "runc").conf"
        ))
    }
  }

  /// The loaded profiles that a label names: several where profiles are stacked.
  private static func profiles(_ label: String) -> [String] {
    label.split(separator: "//&").map { String($0) }
      .filter { !$0.hasPrefix(":") && $0 != "unconfined" }
  }

  private static let labelEnforced = Rule(
    id: "host.selinux-enforcing", severity: .note, consequence: .none, stage: .host,
    title: "The host's SELinux does not have to allow the labels of threads",
    why: """
      CRIU sets the label of each thread, and an enforcing host refuses what its policy does not \
      allow: “can't write lsm profile -13”. Podman tells CRIU another label only with --pod.
      """,
    remedy: .manual("give the container of the restore the same label, or --lsm-profile another"),
    needs: [.wholeArchive, .images, .image(.inventory), .host],
    examples: [
      .fires("enforcing", on: .withSELinux(enforcing: true), .confined(1)),
      .silent("permissive", on: .withSELinux(enforcing: false), .confined(1)),
      .silent("AppArmor", on: .withSELinux(enforcing: true), .confined(2)),
      .silent("no label", on: .withSELinux(enforcing: true), .minimal),
    ]
  ) { subject, findings in
    guard let host = subject.host, case let ("selinux", threads)? = subject.confined,
      let thread = threads.first, host.kernel.securityModules?.contains("selinux") != false
    else { return }
    guard let isEnforcing = host.kernel.isEnforcing else {
      return findings.notKnown("whether its SELinux enforces", host)
    }
    if !isEnforcing { return }
    let labels = Set(threads.compactMap(\.core.creds.lsmProfileText)).sorted()
    findings.report(
      thread.location,
      "\(counted(threads.count, "thread")) with the label \(shown(labels[0])), which the policy of \(shown(host.name)) has to allow: it enforces",
      have: "enforcing", need: .list(labels.prefix(16).map(shown)),
      evidence: ["field": "lsm_profile"],
      remedy: .manual(
        "if it is refused, restore with `--lsm-profile selinux:LABEL`, a label that `seinfo -t` knows, or have `setenforce 0` for the restore"
      ))
  }

  private static let userNamespaces = Rule(
    id: "host.user-namespaces-off", stage: .host,
    title: "The host lets CRIU make the user namespace that the container had",
    why: """
      CRIU makes the namespace anew and writes its maps. user.max_user_namespaces holds for root, \
      too: at 0 the kernel answers “No space left on device”. The ranges of /etc/subuid and \
      kernel.unprivileged_userns_clone bind users only, and engines restore as root.
      """,
    remedy: .manual("set user.max_user_namespaces on the host to more than 0"),
    needs: [.wholeArchive, .images, .image(.inventory), .host],
    examples: [
      .fires("forbidden", on: .minimal.with { $0.kernel.userNamespaceLimit = 0 }, .ownUsers),
      .fires("not built in", on: .minimal.with { $0.paths.add(ofUsers, nil) }, .ownUsers),
      .silent("allowed", on: .minimal, .ownUsers),
      .silent(
        "nobody knows", on: .minimal.with { $0.kernel.userNamespaceLimit = nil }, .ownUsers),
      .silent(
        "not needed", on: .minimal.with { $0.kernel.userNamespaceLimit = 0 }, .minimal),
    ]
  ) { subject, findings in
    guard let host = subject.host, subject.namespaces.isOwn(.user) == true,
      let id = subject.namespaces.root?.userNsID
    else { return }
    let location = subject.firstRecord(of: ImageName(.userns, UInt64(id)))
    if host.paths[ofUsers] == .absent {
      return findings.report(
        location,
        "the container has a user namespace, and the kernel of \(shown(host.name)) (\(shown(host.kernel.release))) has none",
        have: "absent on the host", need: .text(ofUsers),
        remedy: .manual("restore on a host whose kernel has CONFIG_USER_NS"))
    }
    guard let limit = host.kernel.userNamespaceLimit else {
      return findings.notKnown("user.max_user_namespaces", host)
    }
    if limit > 0 { return }
    findings.report(
      location,
      "the container has a user namespace, and user.max_user_namespaces of \(shown(host.name)) is 0",
      have: .unsigned(limit), need: 1,
      remedy: .manual("`sysctl user.max_user_namespaces=10000` on \(shown(host.name))"))
  }

  /// Kernels have it from CONFIG_USER_NS on.
  static let ofUsers = "/proc/self/ns/user"
}

extension Subject {
  /// The module whose profiles threads were under, and those threads.
  fileprivate var confined: (module: String, threads: [ThreadState])? {
    let modules: [UInt32: String] = [1: "selinux", 2: "apparmor"]
    let inventory = checkpoint.images[.inventory]?.first(InventoryEntry.self)
    guard let module = modules[inventory?.lsmtype ?? 0] else { return nil }
    return (module, threads.filter { $0.core.creds.lsmProfileText?.isEmpty == false })
  }
}

extension HostFacts {
  fileprivate static func withProfiles(_ names: String...) -> HostFacts {
    minimal.with {
      $0.kernel.securityModules = ["apparmor"]
      $0.kernel.profiles = names
    }
  }

  fileprivate static func withSELinux(enforcing: Bool) -> HostFacts {
    minimal.with {
      $0.kernel.securityModules = ["selinux"]
      $0.kernel.isEnforcing = enforcing
    }
  }
}

extension Sketch {
  fileprivate static func under(_ label: String) -> Sketch {
    confined(2).core(1) { $0.threadCore.creds.lsmProfile = utf8(label) }
  }

  fileprivate static let ownUsers = minimal.ids(1) { $0.userNsID = 14 }
}
