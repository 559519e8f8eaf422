import Checkpoint
import Documents
import Host

/// What a person must do beside the host's files.
extension Rule {
  static let archiveReadable = Rule(
    id: "host.archive-readable", severity: .warning, consequence: .none, stage: .host,
    title: "Only its owner can read the archive",
    why:
      "It holds the memory of every process: passwords and keys. Engines write it with mode 0600.",
    remedy: .manual("chmod 600 the archive, and think of who could read it until now"),
    needs: [.host],
    examples: [
      .fires("everybody", on: .minimal, .minimal.with { $0.mode = 0o644 }),
      .silent("the owner", on: .minimal, .minimal.with { $0.mode = 0o600 }),
      .silent("a folder", on: .minimal, .minimal),
    ]
  ) { subject, findings in
    guard let mode = subject.checkpoint.source.mode, mode & 0o044 != 0 else { return }
    findings.report(
      .archive, "the archive's mode is 0\(String(mode, radix: 8)): others can read it",
      have: .text("0" + String(mode, radix: 8)), need: "0600")
  }

  /// Destinations that CRI-O does not ask for (contract, §4b).
  private static let neverRequested: Set<String> = [
    "/proc", "/dev", "/dev/pts", "/dev/mqueue", "/sys", "/sys/fs/cgroup", "/dev/shm",
    "/etc/resolv.conf", "/etc/hostname", "/etc/passwd", "/etc/group", "/run/secrets",
    "/run/.containerenv",
  ]

  static let mountsToRequest = Rule(
    id: "crio.mount-not-requested", severity: .warning, stage: .host,
    title: "The pod requests every mount of the specification",
    why: """
      CRI-O refuses a restore whose request lacks one: “restoring … expects following bind mounts \
      defined”. What a pod will request nobody can tell from here.
      """,
    remedy: .manual(
      "add this to the container in the pod's specification, and volumes of these names"),
    needs: [.wholeArchive, .document(.spec), .engine([.criO]), .host],
    examples: [
      .fires("a volume", on: .minimal, .minimalCRIO),
      .silent("none", on: .minimal, .minimalCRIO.setting("spec.dump", "/mounts", to: "[]")),
      .silent("Podman", on: .minimal, .minimal),
    ]
  ) { subject, findings in
    let mounts = (subject.spec?.mounts ?? []).compactMap { mount -> PodSnippet.Item? in
      guard let path = mount.destination.map(cleaned), !neverRequested.contains(path) else {
        return nil
      }
      let source = mount.isBind ? mount.source : nil
      return PodSnippet.Item(path, source: source, isTemporary: mount.type == "tmpfs")
    }
    if mounts.isEmpty { return }
    let snippet = PodSnippet(mounts).text
    findings.report(
      .value("spec.dump", "/mounts"), "the pod must request \(snippet)",
      need: .list(mounts.map { shown($0.path) }), evidence: ["yaml": .text(snippet)],
      remedy: .manual("add \(snippet)"))
  }
}
