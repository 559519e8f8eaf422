import Archive
import Checkpoint
import Documents

/// Rules about archives inside the archive (contract, §3 “Nested archives”).
extension Rule {
  static let nestedRules: [Rule] = [
    nestedEscape, deletedEscapes, deletedNothing,
    nestedRule(
      "rootfs.diff-corrupt", "rootfs-diff.tar is readable to its end",
      why: "“failed to apply root file-system diff file”.",
      remedy: .donor("rootfs-diff.tar of the same checkpoint"), plain: false,
      path: "rootfs-diff.tar"
    ) { $0 == .rootfsDiff },
    nestedRule(
      "podman.devshm-not-plain-tar", "devshm-checkpoint.tar is a plain tar, readable to its end",
      why: "Podman reads it without decompressing: “archive/tar: invalid tar header”.",
      remedy: .donor("devshm-checkpoint.tar of the same checkpoint"), plain: true,
      path: "devshm-checkpoint.tar"
    ) { $0 == .sharedMemory },
    nestedRule(
      "podman.volume-not-plain-tar", "volumes/NAME.tar is a plain tar, readable to its end",
      why: "Podman reads it without decompressing: “failed to extract volume”.",
      remedy: .donor("the volume's tar of the same checkpoint"), plain: true,
      path: "volumes/v.tar"
    ) { if case .volume = $0 { true } else { false } },
    whiteout,
  ]

  private static let nestedEscape = Rule(
    id: "archive.nested-path-escape", consequence: .security, stage: .nested,
    title: "No nested archive writes outside the place it is unpacked in",
    why: """
      Engines and CRIU unpack nested archives as root into a root file system or a tmpfs; a name, \
      link or hard link that leads out can overwrite files of the host.
      """,
    remedy: .edit("do not trust the archive"), needs: [],
    examples: [
      .fires("dot dot", .minimal.nesting("rootfs-diff.tar", Sketch.file("../../x"))),
      .fires("absolute", .minimal.nesting("devshm-checkpoint.tar", Sketch.file("/x"))),
      .fires(
        "through a link",
        .minimal.nesting(
          "rootfs-diff.tar", Sketch.file("l", kind: .symlink(target: Array("/etc".utf8))),
          Sketch.file("l/x"))),
      .silent(
        "a link alone",
        .minimal.nesting(
          "rootfs-diff.tar", Sketch.file("etc/mtab", kind: .symlink(target: Array("/x".utf8))))),
    ]
  ) { subject, findings in
    for stored in subject.checkpoint.notable {
      guard case .nested(let nested) = stored.content else { continue }
      for hazard in nested.hazards {
        findings.report(
          .entry(stored.path), "its entry \(Escape.text(hazard.name.bytes)) \(hazard.reason)",
          have: .text(Escape.text(hazard.name.bytes)))
      }
    }
  }

  private static let deletedEscapes = Rule(
    id: "rootfs.deleted-escapes-root", consequence: .security, stage: .nested,
    title: "deleted.files stays inside the root file system",
    why:
      "Older Podman and CRI-O join the name to the root without a look, and remove what is there.",
    remedy: .edit("`repair` drops the line"),
    needs: [.wholeArchive, .document(.deletedFiles)],
    examples: [
      .fires("dot dot", .minimal.adding("deleted.files", text: #"["/a/../../etc/passwd"]"#)),
      .fires(
        "dot dot before a combining character",
        .minimal.adding("deleted.files", text: #"["/../\u0301x"]"#)),
      .fires("the root itself", .minimal.adding("deleted.files", text: #"["/"]"#)),
      .silent("inside", .minimal.adding("deleted.files", text: #"["/etc/..motd"]"#)),
    ]
  ) { subject, findings in
    guard let root = subject.root(.deletedFiles), root.kind == .array else { return }
    for (index, element) in root.elements.enumerated() {
      guard let name = element.string else { continue }
      let parts = components(of: name)
      guard parts.contains("..") || parts.allSatisfy({ $0 == "." }) else { continue }
      findings.report(
        .value("deleted.files", "/\(index)"),
        parts.contains("..")
          ? "the name \(Escape.text(name)) holds a .. component"
          : "the name \(Escape.text(name)) is the root itself",
        have: .text(Escape.text(name)), need: "a name below /")
    }
  }

  private static let deletedNothing = Rule(
    id: "rootfs.deleted-files-lost", consequence: .silentLoss, stage: .nested,
    title: "deleted.files says which files were deleted",
    why: """
      Engines write it only if something was deleted. Without its names, or with names that were \
      not UTF-8, what was deleted is there again after the restore.
      """,
    remedy: .donor("deleted.files of the same checkpoint"),
    needs: [
      .wholeArchive, .container, .document(.deletedFiles), .engine([.podman, .criO]),
    ],
    examples: [
      .fires("null", .minimal.adding("deleted.files", text: "null")),
      .fires("empty", .minimal.adding("deleted.files", text: "[]")),
      .fires(
        "not UTF-8", .minimal.adding("deleted.files", Array("[\"/a".utf8) + [0xFF, 0x22, 0x5D])),
      .silent("a name", .minimal.adding("deleted.files", text: #"["/etc/motd"]"#)),
    ]
  ) { subject, findings in
    guard let root = subject.root(.deletedFiles) else { return }
    let names = root.kind == .array ? root.elements.compactMap(\.string) : []
    if names.isEmpty, root.isNull || root.count == 0 {
      findings.report(
        .entry("deleted.files"), "it names no file, which no engine writes", have: 0,
        need: "at least 1")
    }
    for (index, name) in names.enumerated() where name.contains("\u{FFFD}") {
      findings.report(
        .value("deleted.files", "/\(index)"),
        "the name was not UTF-8, so the file cannot be found any more")
    }
  }

  /// A nested archive that its reader can read: of the form it expects, and whole.
  // Made when an example first asks for them: a verification must not.
  private static let nestedContent = Sketch.tar([
    Sketch.file("a", [UInt8](repeating: 1, count: 900))
  ])
  private static let nestedCompressed = Sketch.tar([Sketch.file("a", [1])], .gzip)

  private static func nestedRule(
    _ id: String, _ title: String, why: String, remedy: Remedy, plain: Bool, path: String,
    _ matches: @escaping @Sendable (NestedArchive.Role) -> Bool
  ) -> Rule {
    let examples: [Example] = [
      .fires("cut", .minimal.putting(path, Array(nestedContent.prefix(700)))),
      .fires("garbage", .minimal.putting(path, [UInt8](repeating: 7, count: 2048))),
      .silent("whole", .minimal.putting(path, nestedContent)),
      .fires("no end marker", .minimal.putting(path, Array(nestedContent.prefix(1536)))),
      .fires("nothing in it", .minimal.putting(path, [UInt8](repeating: 0, count: 1024))),
      .silent("one block at the end", .minimal.putting(path, Array(nestedContent.prefix(2048)))),
      plain
        ? .fires("gzip", .minimal.putting(path, nestedCompressed))
        : .silent("gzip", .minimal.putting(path, nestedCompressed)),
    ]
    return Rule(
      id: id, stage: .nested, title: title, why: why, remedy: remedy, examples: examples
    ) { subject, findings in
      for stored in subject.checkpoint.notable where !stored.isSuperseded {
        guard case .nested(let nested) = stored.content, matches(nested.role) else { continue }
        if plain, nested.compression != .none {
          findings.report(
            .entry(stored.path), "it is compressed with \(nested.compression.rawValue)",
            have: .text(nested.compression.rawValue), need: "none",
            remedy: .edit("`repair` stores it uncompressed"))
        } else if let fault = nested.fault {
          findings.report(.entry(stored.path), fault)
        } else if let doubt = nested.doubt {
          findings.report(.entry(stored.path), doubt, consequence: .silentLoss)
        }
      }
    }
  }

  private static let whiteout = Rule(
    id: "rootfs.foreign-whiteouts", severity: .warning, consequence: .silentLoss, stage: .nested,
    title: "Deletions are recorded in the engine's own way",
    why: "`.wh.` entries are containerd's whiteouts; Podman and CRI-O unpack them as files.",
    remedy: .repack("`repack --engine` turns them into deleted.files"),
    needs: [.wholeArchive, .container, .engine([.podman, .criO])],
    examples: [
      .fires("Podman", .minimal.nesting("rootfs-diff.tar", Sketch.file("etc/.wh.motd"))),
      .silent(
        "containerd", .minimalContainerd.nesting("rootfs-diff.tar", Sketch.file("etc/.wh.motd"))),
    ]
  ) { subject, findings in
    guard let name = subject.checkpoint.nested("rootfs-diff.tar")?.whiteouts.first?.name
    else { return }
    findings.report(
      .entry("rootfs-diff.tar"), "it holds the whiteout \(name), which is not applied",
      have: .text(name.path), need: "deleted.files")
  }
}

extension NestedArchive {
  /// Why content may be lost though every reader is content. Engines write a nested archive only
  /// with something in it, the folder itself at least, and always with its end marker.
  var doubt: String? {
    if count == 0 { return "there is nothing in it, which no engine writes" }
    if tail?.bytes == 0 {
      return "it has no end marker, so it cannot be told from one that was cut between two entries"
    }
    return nil
  }

  /// What Go's tar reader would stop at; a missing end marker it accepts.
  var fault: String? {
    if let damage { return "\(damage)" }
    guard let tail else { return nil }
    if let damage = tail.streamDamage { return "\(damage)" }
    if !tail.markerIsZero || tail.bytes < 1024 && tail.bytes % 512 != 0 {
      return "its end marker is damaged: \(tail.bytes) of 1024 bytes"
    }
    return nil
  }
}

extension Sketch {
  /// Adds or replaces an entry.
  fileprivate func putting(_ name: String, _ bytes: [UInt8]) -> Sketch {
    removing(name).adding(name, bytes)
  }

  func nesting(_ name: String, _ files: File...) -> Sketch {
    putting(name, Sketch.tar(files))
  }
}
