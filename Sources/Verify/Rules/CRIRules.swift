import Archive
import Checkpoint
import Documents

/// Rules about what CRI-O and containerd check (contract, §4b and §4c; engines-measured.md, §2).
extension Rule {
  static let criRules: [Rule] = [
    criOAnnotations, criOImageReference, bindMountsMissing, bindMountsUndeclared,
    compressedArchive, missingStatusDump, specDumpInert, sharedMemoryNotSaved,
  ]

  private static let criOAnnotations = Rule(
    id: "crio.missing-annotations", stage: .engine,
    title: "spec.dump carries CRI-O's annotations",
    why: "“failed to read io.kubernetes.cri-o.Annotations”.",
    remedy: .edit("`repack --engine cri-o` adds the annotation"),
    needs: [.wholeArchive, .container, .document(.spec), .engine([.criO])],
    examples: [
      .fires(
        "gone",
        .minimalCRIO.unsetting("spec.dump", "/annotations/io.kubernetes.cri-o.Annotations")),
      .fires(
        "no object",
        .minimalCRIO.setting(
          "spec.dump", "/annotations/io.kubernetes.cri-o.Annotations", to: #""17""#)),
      .silent(
        "null",
        .minimalCRIO.setting(
          "spec.dump", "/annotations/io.kubernetes.cri-o.Annotations", to: #""null""#)),
      .silent("there", .minimalCRIO),
    ]
  ) { subject, findings in
    let key = "io.kubernetes.cri-o.Annotations"
    let text = subject.spec?.annotations[key]
    let value = text.flatMap { try? JSONDocument.parse(Array($0.utf8)).root }
    // A real archive carries the text null, which Go decodes into an empty map.
    if value?.kind == .object || value?.kind == .null { return }
    findings.report(
      .value("spec.dump", "/annotations/\(key)"),
      text == nil ? "the annotation \(key) is missing" : "the annotation \(key) is no JSON object",
      have: text == nil ? "nothing" : "text", need: "a JSON object, such as {}")
  }

  private static let criOImageReference = Rule(
    id: "crio.image-reference", stage: .engine,
    title: "rootfsImageRef is an image id",
    why: "CRI-O from 1.28 on: “invalid RootfsImageRef … is not a valid image ID”.",
    remedy: .donor("config.dump of the same checkpoint"),
    needs: [.wholeArchive, .container, .document(.config), .engine([.criO])],
    examples: [
      .fires("short", .minimalCRIO.setting("config.dump", "/rootfsImageRef", to: #""zz""#)),
      .silent("id", .minimalCRIO),
    ]
  ) { subject, findings in
    let reference = subject.cri?.rootfsImageRef ?? ""
    let hex = reference.hasPrefix("sha256:") ? reference.dropFirst(7) : reference[...]
    if hex.utf8.count == 64, hex.allSatisfy(\.isHexDigit) { return }
    findings.report(
      .value("config.dump", "/rootfsImageRef"), "rootfsImageRef is no image id",
      have: .text(Escape.text(reference)), need: "64 hexadecimal digits")
  }

  private static let bindMountsMissing = Rule(
    id: "crio.bind-mounts-missing", severity: .warning, consequence: .none, stage: .engine,
    title: "bind.mounts says what the bind mounts were",
    why: "CRI-O cannot make a missing source on the host without it; existing ones are unaffected.",
    remedy: .donor("bind.mounts of the same checkpoint"),
    needs: [.wholeArchive, .container, .document(.spec), .engine([.criO])],
    examples: [
      .fires("gone", .minimalCRIO.removing("bind.mounts")),
      .silent(
        "no bind mounts",
        .minimalCRIO.removing("bind.mounts").setting("spec.dump", "/mounts", to: "[]")),
    ]
  ) { subject, findings in
    guard !subject.checkpoint.contains("bind.mounts"),
      let mount = subject.spec?.mounts.first(where: {
        $0.isBind && !isEngineMount($0.destination ?? "")
      })
    else { return }
    findings.report(
      .entry("bind.mounts"),
      "bind.mounts is missing, and spec.dump binds \(Escape.text(mount.destination ?? ""))",
      have: "nothing", need: "an entry for each bind mount")
  }

  /// Destinations that `bind.mounts` leaves out (contract, §1b), and what CRI-O adds by itself.
  private static func isEngineMount(_ destination: String) -> Bool {
    let prefixes = ["/dev", "/proc", "/run", "/sys", "/etc/"]
    return prefixes.contains { destination.hasPrefix($0) }
  }

  private static let bindMountsUndeclared = Rule(
    id: "crio.bind-mounts-undeclared", consequence: .security, stage: .engine,
    title: "bind.mounts names only mounts of spec.dump",
    why: "CRI-O creates every missing source that it names, wherever on the host that is.",
    remedy: .edit("`repair` drops the item"),
    needs: [
      .wholeArchive, .container, .document(.spec), .document(.bindMounts), .engine([.criO]),
    ],
    examples: [
      .fires(
        "foreign",
        .minimalCRIO.replacing(
          "bind.mounts",
          text:
            #"[{"source":"/etc/cron.d/x","destination":"/x","file_type":"file","permissions":420}]"#
        )),
      .silent(
        "declared",
        .minimalCRIO.replacing(
          "bind.mounts",
          text:
            #"[{"source":"/srv/data","destination":"/data","file_type":"directory","permissions":1}]"#
        )),
    ]
  ) { subject, findings in
    guard case .success(let document)? = subject.checkpoint.document(.bindMounts)?.result else {
      return
    }
    let declared = Set((subject.spec?.mounts ?? []).compactMap(\.destination))
    for mount in BindMount.all(in: document) {
      guard let destination = mount.destination, !declared.contains(destination) else { continue }
      findings.report(
        .value("bind.mounts", mount.pointer),
        "bind.mounts names \(Escape.text(destination)), which spec.dump does not mount",
        have: .text(Escape.text(destination)), need: "a destination of spec.dump")
    }
  }

  private static let compressedArchive = Rule(
    id: "containerd.compressed-archive", stage: .engine,
    title: "An archive for containerd is not compressed",
    why: "containerd gives the file to its tar reader as it is: “archive/tar: invalid tar header”.",
    remedy: .repack("`repack -o FILE.tar` writes it uncompressed"),
    needs: [.container, .engine([.containerd])],
    examples: [
      .fires("gzip", .minimalContainerd.with { $0.compression = .gzip }),
      .silent("plain", .minimalContainerd),
      .silent("Podman", .minimal.with { $0.compression = .zstd }),
    ]
  ) { subject, findings in
    let source = subject.checkpoint.source
    let compression = source.compression
    // An image is unpacked by other means.
    guard source.form == .tar, compression != .none else { return }
    findings.report(
      .archive, "the archive is compressed with \(compression.rawValue)",
      have: .text(compression.rawValue), need: "none")
  }

  private static let missingStatusDump = Rule(
    id: "containerd.missing-status-dump", stage: .engine,
    title: "An archive for containerd holds status.dump",
    why: "containerd 2.1 to 2.3: “failed to read status.dump”.",
    remedy: .donor("status.dump of the same checkpoint"),
    needs: [.wholeArchive, .container, .engine([.containerd])],
    examples: [
      .fires("gone", .minimalContainerd.removing("status.dump")),
      .silent("there", .minimalContainerd),
    ]
  ) { subject, findings in
    guard !subject.checkpoint.contains("status.dump") else { return }
    findings.report(
      .entry("status.dump"), "status.dump is missing", have: "nothing",
      need: "the container's CRI status")
  }

  private static let specDumpInert = Rule(
    id: "containerd.spec-dump-inert", severity: .note, consequence: .none, stage: .engine,
    title: "On containerd, edits of spec.dump change nothing",
    why: "containerd makes the container from the new request; it reads only the sandbox id here.",
    remedy: .manual("change the request of the restored container instead"),
    needs: [.container, .engine([.containerd])],
    examples: [
      .fires("containerd", .minimalContainerd),
      .silent("Podman", .minimal),
    ]
  ) { _, findings in
    findings.report(
      .entry("spec.dump"), "mounts and masked paths come from the request, not from spec.dump")
  }

  /// Measured: the files of `/dev/shm` were gone after a restore that reported success.
  private static let sharedMemoryNotSaved = Rule(
    id: "cri.shared-memory-not-saved", severity: .note, consequence: .silentLoss, stage: .engine,
    title: "CRI-O and containerd do not save files in /dev/shm",
    why: "It belongs to the pod sandbox: files there are gone, mapped memory is kept by CRIU.",
    remedy: .manual("keep what must survive elsewhere than in /dev/shm"),
    needs: [.wholeArchive, .container, .document(.spec), .engine([.criO, .containerd])],
    examples: [
      .fires(
        "bound",
        .minimalCRIO.setting(
          "spec.dump", "/mounts/3",
          to: #"{"destination":"/dev/shm","type":"bind","source":"/run/shm","options":["bind"]}"#)),
      .silent("not bound", .minimalCRIO),
    ]
  ) { subject, findings in
    guard
      let mount = subject.spec?.mounts.first(where: { $0.destination == "/dev/shm" && $0.isBind })
    else { return }
    findings.report(
      .value("spec.dump", mount.pointer), "files in /dev/shm are not part of the checkpoint")
  }
}
