import CRIUImages
import Checkpoint
import Documents
import Host

/// Rules about the programs and images on the host.
extension Rule {
  static let toolRules: [Rule] = [
    engineMissing, runtimeMissing, toolMissing, restoreRemoved, imageMissing,
  ]

  private static let engineMissing = Rule(
    id: "host.engine-missing", stage: .host,
    title: "The engine is on the host",
    why: "No engine restores the archive of another as it is.",
    remedy: .manual("install the engine, or convert with `ckptmend repack --engine`"),
    needs: [.container, .host],
    examples: [
      .fires("CRI-O", on: .minimal, .minimalCRIO),
      .silent("there", on: .minimal, .minimal),
      .silent("nobody knows", on: .minimal.with { $0.tools = nil }, .minimal),
    ]
  ) { subject, findings in
    let programs: [Engine: String] = [.podman: "podman", .criO: "crio", .containerd: "containerd"]
    guard let host = subject.host, let engine = subject.engine, let program = programs[engine],
      let tools = host.tools, tools[program] == nil
    else { return }
    findings.report(
      .archive, "\(shown(host.name)) has no \(program)",
      have: .list(programs.values.filter { tools[$0] != nil }.sorted()), need: .text(program))
  }

  private static let runtimeMissing = Rule(
    id: "host.runtime-missing", stage: .host,
    title: "The runtime is on the host",
    why: """
      Podman takes the runtime that config.dump names and no other: “was created with runtime … and \
      cannot be restored with runtime …”.
      """,
    remedy: .manual("install the runtime on the host, or convert with `ckptmend repack --runtime`"),
    needs: [.wholeArchive, .document(.config), .engine([.podman]), .host],
    examples: [
      .fires("missing", on: .minimal.with { $0.tools?["runc"] = nil }, .minimal),
      .fires(
        "another", on: .minimal, .minimal.setting("config.dump", "/runtime", to: #""crun""#)),
      .silent("there", on: .minimal, .minimal),
    ]
  ) { subject, findings in
    guard let host = subject.host, let named = subject.podman?.runtime, !named.isEmpty else {
      return
    }
    guard let tools = host.tools else { return findings.notKnown("which runtimes it has", host) }
    // The one of the dump, and the one that was asked for, if that is another.
    let own = components(of: named).last ?? named
    let needed = [own] + [subject.runtime?.rawValue].compactMap { $0 }.filter { $0 != own }
    for name in needed where tools[name] == nil && host.paths[named] != .present(.file) {
      findings.report(
        .value("config.dump", "/runtime"),
        "the restore needs \(shown(name)), which \(shown(host.name)) does not have",
        have: .list(["runc", "crun"].filter { tools[$0] != nil }), need: .text(shown(name)))
    }
  }

  private static let toolMissing = Rule(
    id: "host.tool-missing", stage: .host,
    title: "Programs that CRIU runs are on the host",
    why: """
      CRIU unpacks the content of each tmpfs with the host's tar, and fails without it. Without the \
      tool that locked the network it logs an error, and the restore succeeds.
      """,
    remedy: .manual("install the program on the host"), needs: [.wholeArchive, .images, .host],
    examples: [
      .fires("no tar", on: .minimal.with { $0.tools?["tar"] = nil }, .minimal),
      .silent("there", on: .minimal, .minimal),
    ]
  ) { subject, findings in
    guard let host = subject.host, let tools = host.tools else { return }
    if tools["tar"] == nil, let image = subject.checkpoint.images.all(.tmpfsDev).first {
      findings.report(
        subject.location(image.name), "\(shown(host.name)) has no tar to unpack \(image.name) with",
        have: "none", need: "tar")
    }
    let inventory = subject.checkpoint.images[.inventory]?.first(InventoryEntry.self)
    let lock: [UInt32: String] = [0: "iptables", 1: "nft"]
    guard subject.openFiles.all(InetSkEntry.self).contains(where: \.content.isConnection),
      let tool = lock[inventory?.networkLockMethod ?? 0], tools[tool] == nil
    else { return }
    findings.report(
      subject.location(ImageName(.inventory)),
      "TCP connections were locked with \(tool), which \(shown(host.name)) does not have",
      have: "none", need: .text(tool), severity: .warning, consequence: Consequence.none)
  }

  private static let restoreRemoved = Rule(
    id: "containerd.restore-removed", stage: .host,
    title: "The host's containerd restores containers",
    why: """
      containerd restores through CreateContainer from 2.1 to 2.3; 2.4 took it out. From 2.2.7 and \
      2.3.4 on it does so only where its configuration asks for it.
      """,
    remedy: .manual("restore with containerd 2.1 to 2.3"),
    needs: [.container, .engine([.containerd]), .host],
    examples: [
      .fires("2.4", on: .withContainerd("2.4.0"), .minimalContainerd),
      .fires("2.0", on: .withContainerd("2.0.5"), .minimalContainerd),
      .fires("2.2.7, which asks", on: .withContainerd("2.2.7"), .minimalContainerd),
      .fires("2.3.4, which asks", on: .withContainerd("2.3.4"), .minimalContainerd),
      .silent("2.2", on: .withContainerd("2.2.6"), .minimalContainerd),
      .silent("2.3", on: .withContainerd("2.3.3"), .minimalContainerd),
    ]
  ) { subject, findings in
    guard let host = subject.host, let containerd = host.tools?["containerd"] else { return }
    guard let text = containerd.version else {
      return findings.notKnown("which containerd it has", host)
    }
    let version = Version(text)
    if version >= Version("2.1"), version < Version("2.4") {
      let option = "enable_experimental_restore_via_create"
      let isThird = version >= Version("2.3")
      if version < Version(isThird ? "2.3.4" : "2.2.7") { return }
      return findings.report(
        .archive,
        "containerd \(shown(text)) of \(shown(host.name)) restores only with \(option) in its configuration",
        have: .text(shown(text)), need: .text(option), severity: .warning,
        remedy: .manual("set `\(option) = true` in containerd's configuration, and restart it"))
    }
    findings.report(
      .archive, "\(shown(host.name)) has containerd \(shown(text))", have: .text(shown(text)),
      need: "2.1 to 2.3")
  }

  private static let imageMissing = Rule(
    id: "host.image-missing", stage: .host,
    title: "The base image is on the host",
    why: """
      The engine pulls a missing image; where no registry has it, the restore ends with an error of \
      the network. Names below localhost/ cannot be pulled.
      """,
    remedy: .manual("pull the image, or copy it with `podman save` and `podman load`"),
    needs: [.wholeArchive, .document(.config), .engine([.podman]), .host],
    examples: [
      .fires("missing", on: .minimal.with { $0.images = [] }, .minimal),
      .silent("there", on: .minimal, .minimal),
      .silent("nobody knows", on: .minimal.with { $0.images = nil }, .minimal),
    ]
  ) { subject, findings in
    guard let host = subject.host, let config = subject.podman,
      let name = config.rootfsImageName, !name.isEmpty
    else { return }
    guard let images = host.images else { return findings.notKnown("its images", host) }
    let id = config.rootfsImageID ?? ""
    let isNamed = images.contains { $0.names.contains(name) || $0.id == name }
    let isHere = isNamed && (id.isEmpty || images.contains { $0.id == id })
    if isHere { return }
    let canBePulled = !name.hasPrefix("localhost/") && name.contains("/") && isNamed == false
    findings.report(
      .value("config.dump", isNamed ? "/rootfsImageID" : "/rootfsImageName"),
      "the image \(shown(name))\(isNamed ? " of id \(shown(String(id.prefix(12))))" : "") is not on \(shown(host.name))",
      have: "absent on the host", need: .text(shown(isNamed ? id : name)),
      severity: canBePulled ? .warning : nil)
  }
}

extension HostFacts {
  fileprivate static func withContainerd(_ version: String) -> HostFacts {
    minimal.with {
      $0.tools?["containerd"] = Tool(path: "/usr/bin/containerd", version: version)
    }
  }
}
