import CRIUImages
import Checkpoint
import Documents
import Host

/// Rules about the programs and images on the host.
extension Rule {
  static let toolRules: [Rule] = [
    engineMissing, runtimeMissing, criuMissing, toolMissing, restoreRemoved, imageMissing,
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
    let own = named.split(separator: "/").last.map(String.init) ?? named
    let needed = [own] + [subject.runtime?.rawValue].compactMap { $0 }.filter { $0 != own }
    for name in needed where tools[name] == nil && host.paths[named] != .present(.file) {
      findings.report(
        .value("config.dump", "/runtime"),
        "the restore needs \(shown(name)), which \(shown(host.name)) does not have",
        have: .list(["runc", "crun"].filter { tools[$0] != nil }), need: .text(shown(name)))
    }
  }

  private static let criuMissing = Rule(
    id: "host.criu-too-old", stage: .host,
    title: "The host has a CRIU that can read the images",
    why: """
      Podman asks for CRIU 3.11 at least, CRI-O and containerd for 3.16. A pagemap with counts of \
      64 bits is written since CRIU 4.2, and older versions take its entries for empty.
      """,
    remedy: .manual("install this version of CRIU or a newer one on the host"),
    needs: [.wholeArchive, .images, .host],
    examples: [
      .fires("missing", on: .minimal.with { $0.tools?["criu"] = nil }, .minimal),
      .fires("old", on: .minimal.with { $0.tools?["criu"]?.version = "3.10" }, .minimal),
      .silent("there", on: .minimal, .minimal),
    ]
  ) { subject, findings in
    guard let host = subject.host else { return }
    guard let tools = host.tools else { return findings.notKnown("which CRIU it has", host) }
    var need = subject.engine == .podman || subject.engine == nil ? "3.11" : "3.16"
    if subject.checkpoint.images.all(.pagemap).contains(where: {
      $0.pagemap.map { $0.entriesWithWideCount > 0 } ?? false
    }) {
      need = "4.2"
    }
    guard let criu = tools["criu"] else {
      return findings.report(
        .archive, "\(shown(host.name)) has no criu", have: "none", need: .text(need))
    }
    guard let have = criu.version else { return findings.notKnown("which CRIU it has", host) }
    if Version(have) >= Version(need) { return }
    findings.report(
      .archive, "\(shown(host.name)) has CRIU \(shown(have)), and these images need \(need)",
      have: .text(shown(have)), need: .text(need))
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
    why: "containerd restores through CreateContainer from 2.1 to 2.3; 2.4 took it out.",
    remedy: .manual("restore with containerd 2.1 to 2.3"),
    needs: [.container, .engine([.containerd]), .host],
    examples: [
      .fires("2.4", on: .withContainerd("2.4.0"), .minimalContainerd),
      .fires("2.0", on: .withContainerd("2.0.5"), .minimalContainerd),
      .silent("2.2", on: .withContainerd("2.2.7"), .minimalContainerd),
    ]
  ) { subject, findings in
    guard let host = subject.host, let containerd = host.tools?["containerd"] else { return }
    guard let text = containerd.version else {
      return findings.notKnown("which containerd it has", host)
    }
    let version = Version(text)
    if version >= Version("2.1"), version < Version("2.4") { return }
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

/// A version of dotted numbers; what follows them does not count.
struct Version: Comparable {
  private let numbers: [Int]

  init(_ text: String) {
    numbers = text.prefix { $0.isNumber || $0 == "." }.split(separator: ".").map { Int($0) ?? 0 }
  }

  static func < (left: Version, right: Version) -> Bool {
    let count = max(left.numbers.count, right.numbers.count)
    func padded(_ numbers: [Int]) -> [Int] {
      numbers + [Int](repeating: 0, count: count - numbers.count)
    }
    return padded(left.numbers).lexicographicallyPrecedes(padded(right.numbers))
  }
}

extension HostFacts {
  fileprivate static func withContainerd(_ version: String) -> HostFacts {
    minimal.with {
      $0.tools?["containerd"] = Tool(path: "/usr/bin/containerd", version: version)
    }
  }
}
