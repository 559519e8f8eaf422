import Archive
import CRIUImages
import Checkpoint

/// Rules about where the content of a mount comes from.
extension Rule {
  /// R-96; validate_mounts in criu/mount.c
  static let mountFilesystem = Rule(
    id: "mnt.unsupported-filesystem", stage: .mounts,
    title: "A mount that CRIU must make is of a kind that it can make",
    why: """
      The root of the container and external mounts are handed in, and other mounts of the same \
      file system are bound from them. All others CRIU mounts itself: “FS mnt … unsupported”.
      """,
    remedy: .donor("the mountpoints image of the same dump"), needs: [.wholeArchive, .images],
    examples: [
      .fires("ext4 and the like", .minimal.mount(210) { $0.fstype = 0 }),
      .fires("unknown", .minimal.mount(210) { $0.fstype = 99 }),
      .fires("fuse", .minimal.mount(210) { $0.fstype = FilesystemType.fuse.rawValue }),
      .silent("unknown, but external", .minimal.mount(270) { $0.fstype = 99 }),
      .silent("tmpfs", .minimal),
    ]
  ) { subject, findings in
    for mount in subject.mountsToMake
    where mount.filesystem == .unsupported || mount.filesystem == .fuse {
      findings.report(
        subject.location(mount),
        "fstype of \(mount.title) is \(mount.entry.fstype), which CRIU cannot mount, and the mount is not external",
        have: .unsigned(UInt64(mount.entry.fstype)), need: "a kind that CRIU can mount",
        evidence: ["field": "fstype"])
    }
  }

  /// R-96
  static let mountName = Rule(
    id: "criu.fstype", stage: .mounts,
    title: "A mount gives the name of its file system exactly if its kind is “auto”",
    why: "CRIU stops with “fsname can be set only for FSTYPE__AUTO mounts”.",
    remedy: .donor("the mountpoints image of the same dump"), needs: [.wholeArchive, .images],
    examples: [
      .fires("a name too many", .minimal.mount(210) { $0.fsname = utf8("xfs") }),
      .silent(
        "auto",
        .minimal.mount(270) {
          $0.fstype = FilesystemType.auto.rawValue
          $0.fsname = utf8("xfs")
        }),
    ]
  ) { subject, findings in
    for mount in subject.mounts.all where mount.entry.filesystem != .auto && mount.entry.hasFsname {
      findings.report(
        subject.location(mount),
        "fsname of \(mount.title) is \(shown(mount.entry.fsnameText ?? "")), but fstype is \(mount.entry.fstype)",
        have: .unsigned(UInt64(mount.entry.fstype)),
        need: .unsigned(UInt64(FilesystemType.auto.rawValue)), evidence: ["field": "fstype"])
    }
  }

  /// archive contract, §4f; find_fsroot_mount_for in criu/mount.c
  static let bindSource = Rule(
    id: "mnt.no-bind-source", stage: .mounts,
    title: "A mount of a part of a file system has a mount of the whole to be bound from",
    why: "CRIU stops with “doesn't have a proper root mount”.",
    remedy: .donor("the mountpoints image of the same dump"), needs: [.wholeArchive, .images],
    examples: [
      .fires("another device", .minimal.mount(209) { $0.rootDev = 999 }),
      .fires("another kind", .minimal.mount(209) { $0.fstype = 99 }),
      .fires("no longer external", .minimal.mount(270) { $0.clearExtKey() }),
      .silent("a part of /proc", .minimal),
      .silent(
        "a part of the container's root",
        .minimal.mounts {
          $0.insert(Sketch.mount(280, .overlay, 101, parent: 261, root: "/a", at: "/b"), at: 0)
        }),
    ]
  ) { subject, findings in
    findings.noteIncomplete(subject.mounts)
    guard subject.mounts.trees.allSatisfy(\.isComplete) else { return }
    // A mount that is missing as a parent is missing as a source, too.
    guard subject.mounts.trees.allSatisfy({ $0.orphans.isEmpty }) else {
      return findings.notChecked("mounts are missing")
    }
    for mount in subject.mounts.all
    where !mount.showsWholeFilesystem && !mount.entry.withPlugin && subject.isMadeByCRIU(mount) {
      let sharers = subject.mounts.sharers(of: mount).filter {
        $0.record.index != mount.record.index || $0.image != mount.image
      }
      if sharers.contains(where: {
        $0.showsWholeFilesystem || subject.isRootOfTree($0, above: mount)
      }) {
        continue
      }
      let near = subject.mounts.all.first {
        $0.entry.rootDev == mount.entry.rootDev && $0.showsWholeFilesystem && $0.key == nil
      }
      let hint =
        near.map {
          "; \($0.title) has the same device, but differs in fstype (\($0.entry.fstype), here \(mount.entry.fstype)), source or options"
        } ?? ""
      findings.report(
        subject.location(mount),
        "\(mount.title) shows \(shown(mount.root)) of device \(mount.entry.rootDev), and no other mount shows the whole of that file system\(hint)",
        have: .text(shown(mount.root)), need: "a mount of the same file system with root /",
        evidence: ["field": "root", "rootDev": .unsigned(UInt64(mount.entry.rootDev))])
    }
  }

  /// R-92
  static let tmpfsMissing = Rule(
    id: "criu.tmpfs-missing", stage: .mounts, title: "The content of every tmpfs is in the dump",
    why: """
      CRIU stops without a specific message when the archive of a tmpfs that it makes is missing. \
      One that is bound from an external mount needs none.
      """,
    remedy: .donor("the tmpfs-dev image of the same dump"), needs: [.wholeArchive, .images],
    examples: [
      .fires("of /dev", .minimal.removing("checkpoint/tmpfs-dev-105.tar.gz.img")),
      .silent(
        "external",
        .minimal.mount(210) { $0.extKey = utf8("/proc/acpi") }
          .removing("checkpoint/tmpfs-dev-109.tar.gz.img")),
      .silent(
        "named after the mount",
        .minimal.removing("checkpoint/tmpfs-dev-109.tar.gz.img")
          .adding("checkpoint/tmpfs-210.tar.gz.img", Sketch.emptyTmpfs)),
      .silent("all there", .minimal),
    ]
  ) { subject, findings in
    findings.noteIncomplete(subject.mounts)
    guard subject.mounts.trees.allSatisfy(\.isComplete) else { return }
    for (device, mounts) in subject.tmpfsToMake
    where !mounts.contains(where: {
      MountTable.contentImage(of: $0, in: subject.checkpoint.images) != nil
    }) {
      let name = ImageName(.tmpfsDev, UInt64(device))
      let places = mounts.map { shown($0.path) }
      findings.report(
        subject.location(name),
        "\(name) is missing, the content of the tmpfs at \(places.joined(separator: ", "))",
        have: "missing", need: .text("\(name)"),
        evidence: ["mounts": .list(places), "rootDev": .unsigned(UInt64(device))])
    }
  }

  static let tmpfsUnreadable = Rule(
    id: "criu.tmpfs-content-unreadable", stage: .mounts,
    title: "The content of a tmpfs is a whole tar, compressed with gzip",
    why: """
      CRIU lets the host's `tar --extract --gzip` read it, and stops with “Can't restore tmpfs \
      content” when that fails.
      """,
    remedy: .donor("the tmpfs-dev image of the same dump"), needs: [.wholeArchive, .images],
    examples: [
      .fires("empty", .minimal.replacing("checkpoint/tmpfs-dev-109.tar.gz.img", [])),
      .fires(
        "garbage",
        .minimal.replacing(
          "checkpoint/tmpfs-dev-109.tar.gz.img", [UInt8](repeating: 7, count: 200))),
      .fires("cut", .minimal.resizing("checkpoint/tmpfs-dev-109.tar.gz.img", by: -9)),
      .fires(
        "not compressed",
        .minimal.replacing(
          "checkpoint/tmpfs-dev-109.tar.gz.img", Sketch.tar([Sketch.file("./", kind: .directory)]))),
      .silent("whole", .minimal),
      .silent(
        "of no mount",
        .minimal.adding("checkpoint/tmpfs-dev-999.tar.gz.img", [7, 7, 7, 7])),
    ]
  ) { subject, findings in
    for (_, mounts) in subject.tmpfsToMake {
      guard
        let (mount, name) = mounts.lazy.compactMap({ mount in
          MountTable.contentImage(of: mount, in: subject.checkpoint.images).map { (mount, $0) }
        }).first, let fault = subject.contentFault(of: name)
      else { continue }
      findings.report(
        subject.location(name), "\(name), the content of \(mount.title), \(fault)",
        have: .text(fault), need: "a whole tar, compressed with gzip")
    }
  }

  /// R-93
  static let tmpfsOrphan = Rule(
    id: "criu.tmpfs-orphan", severity: .note, consequence: .none, stage: .mounts,
    title: "Every tmpfs content belongs to a mount",
    why: "CRIU does not look at it. A mount may have been dropped from the mountpoints image.",
    remedy: .edit("`repair` can drop it"), needs: [.wholeArchive, .images],
    examples: [
      .fires(
        "of no mount", .minimal.adding("checkpoint/tmpfs-dev-999.tar.gz.img", Sketch.emptyTmpfs)),
      .silent("of mounts", .minimal),
    ]
  ) { subject, findings in
    guard subject.mounts.trees.allSatisfy(\.isComplete) else { return }
    let devices = Set(subject.mounts.all.map { UInt64($0.entry.rootDev) })
    for id in subject.checkpoint.images.ids(of: .tmpfsDev) where !devices.contains(id) {
      findings.report(
        subject.location(ImageName(.tmpfsDev, id)), "no mount is on device \(id)",
        have: .unsigned(id), need: "a root_dev of a mount")
    }
  }
}

extension Subject {
  /// Whether CRIU has to make a mount by itself: it is neither external, nor the root of the root
  /// task's tree, nor can be bound from one of those.
  func isMadeByCRIU(_ mount: MountTable.Mount) -> Bool {
    mounts.provider(of: mount) == nil
      && !isBoundFromRoot(mount)
  }

  private func isBoundFromRoot(_ mount: MountTable.Mount) -> Bool {
    guard let root = rootTree?.root else { return false }
    return MountTable.isSameFilesystem(mount, root)
      && relativePath(of: mount.root, below: root.root) != nil
  }

  fileprivate func isRootOfTree(
    _ candidate: MountTable.Mount, above mount: MountTable.Mount
  ) -> Bool {
    mounts.trees.contains { $0.root.map { isSame(candidate, $0) } ?? false }
      && mount.root.hasPrefix(candidate.root)
  }

  private func isSame(_ one: MountTable.Mount, _ other: MountTable.Mount) -> Bool {
    one.image == other.image && one.record.index == other.record.index
  }

  /// The tree of the root task.
  var rootTree: MountTable.Tree? {
    guard let root = namespaces.root, mounts.trees.count > 1 else { return mounts.trees.first }
    return mounts.trees.first { $0.image.id == UInt64(root[.mnt]) }
  }

  /// Mounts of whole file systems that CRIU makes.
  var mountsToMake: [MountTable.Mount] {
    mounts.all.filter { $0.showsWholeFilesystem && !$0.entry.withPlugin && isMadeByCRIU($0) }
  }

  /// Those of kind tmpfs, by their device, in ascending order.
  var tmpfsToMake: [(device: UInt32, mounts: [MountTable.Mount])] {
    Dictionary(
      grouping: mountsToMake.filter { $0.filesystem == .tmpfs }, by: \.entry.rootDev
    ).sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
  }

  /// What `tar --gzip` would stop at.
  func contentFault(of name: ImageName) -> String? {
    let path = checkpoint.path(of: name)
    guard let nested = checkpoint.nested(path) else { return nil }
    if checkpoint[path]?.entry.size == 0 { return "is empty" }
    if let damage = nested.damage ?? nested.tail?.streamDamage { return "is damaged: \(damage)" }
    if nested.compression != .gzip {
      return "is compressed with \(nested.compression.rawValue), not gzip"
    }
    return nil
  }
}
