import Archive
import CRIUImages
import Checkpoint

/// Rules about the shape of the mount trees.
extension Rule {
  ///
  static let mountRoot = Rule(
    id: "mnt.no-root", stage: .mounts, title: "A mount tree has one root, at /",
    why: """
      CRIU takes the one mount without a parent for the root of the namespace, and stops with “No \
      root found for tree” or “No parent found for mountpoint”.
      """,
    remedy: .donor("the mountpoints image of the same dump"), needs: [.wholeArchive, .images],
    examples: [
      .fires("the root is missing", .minimal.dropping(mount: 261)),
      .fires("not at /", .minimal.mount(261) { $0.mountpoint = utf8("-renamed") }),
      .fires("no mounts", .minimal.mounts { $0 = [] }),
      .silent("one root", .minimal),
    ]
  ) { subject, findings in
    for tree in subject.mounts.trees where tree.isComplete && tree.root == nil {
      let orphans = tree.mounts.filter { tree.parent(of: $0) == nil }
      findings.report(
        subject.location(tree.image),
        orphans.isEmpty
          ? "\(tree.image) has \(tree.mounts.count) mounts and none without a parent"
          : "\(tree.image) has no mount at /; without a parent are \(listed(orphans))",
        have: .list(orphans.map(\.path)), need: "/", evidence: ["field": "mountpoint"])
    }
  }

  ///
  static let mountParent = Rule(
    id: "mnt.parent-missing", stage: .mounts,
    title: "Every mount but the root is on another of its tree",
    why: "CRIU stops with “No parent found for mountpoint”.",
    remedy: .donor("the mountpoints image of the same dump"), needs: [.wholeArchive, .images],
    examples: [
      .fires("unknown", .minimal.mount(210) { $0.parentMntID = 9999 }),
      .fires("dropped", .minimal.dropping(mount: 262)),
      .fires(
        "in a circle",
        .minimal.mount(262) { $0.parentMntID = 263 }.mount(263) { $0.parentMntID = 262 }),
      .silent("all there", .minimal),
    ]
  ) { subject, findings in
    findings.noteIncomplete(subject.mounts)
    for tree in subject.mounts.trees where tree.isComplete {
      guard tree.root != nil else {
        findings.notChecked("\(tree.image) has no root")
        continue
      }
      for (parent, group) in Dictionary(grouping: tree.orphans, by: \.entry.parentMntID)
        .sorted(by: { $0.key < $1.key })
      {
        findings.report(
          subject.location(group[0]),
          "\(listed(group)): parent_mnt_id is \(parent), and \(tree.image) has no such mount",
          have: .unsigned(UInt64(parent)), need: "a mnt_id of \(tree.image)",
          evidence: ["field": "parent_mnt_id", "mounts": .list(group.map(\.path))])
      }
      if let mount = tree.firstInCircle {
        findings.report(
          subject.location(mount), "\(mount.title) is, over its parents, on itself",
          have: .unsigned(UInt64(mount.entry.parentMntID)), evidence: ["field": "parent_mnt_id"])
      }
    }
  }

  ///
  static let mountDuplicate = Rule(
    id: "mnt.duplicate-id", stage: .mounts, title: "Mount ids are unique",
    why: """
      CRIU prepares a place by the name of the id: “Unable to mkdir mountpoint …: File exists”. \
      Between two masks of files the second simply takes the place of the first.
      """,
    remedy: .donor("the mountpoints image of the same dump"), needs: [.wholeArchive, .images],
    examples: [
      .fires("a folder", .minimal.mount(209) { $0.mntID = 210 }),
      .fires("the root twice", .minimal.mounts { $0.append($0[$0.count - 1]) }),
      .silent("unique", .minimal),
    ]
  ) { subject, findings in
    for (mount, earlier) in subject.mounts.duplicatePairs {
      let areFiles = mount.key == "/dev/null" && earlier.key == "/dev/null"
      findings.report(
        subject.location(mount),
        "mnt_id \(mount.id) of \(shown(mount.path)) is that of \(shown(earlier.path)) in record \(earlier.record.index), too",
        have: .unsigned(UInt64(mount.id)), need: "an id of its own",
        evidence: ["field": "mnt_id"], severity: areFiles ? .warning : .error)
    }
  }

  /// validate_children_collision in criu/mount.c
  static let mountCollision = Rule(
    id: "mnt.same-mountpoint", stage: .mounts,
    title: "No two mounts of one parent have the same mountpoint",
    why: "CRIU cannot tell which is above: “Mount … has two children with same mountpoint”.",
    remedy: .donor("the mountpoints image of the same dump"), needs: [.wholeArchive, .images],
    examples: [
      .fires("twice", .minimal.mount(263) { $0.mountpoint = utf8("/proc") }),
      .silent(
        "mounted over",
        .minimal.mounts {
          $0.insert(Sketch.mount(280, .tmpfs, 109, parent: 270, at: "/data"), at: 0)
        }),
    ]
  ) { subject, findings in
    for tree in subject.mounts.trees {
      var seen: [String: MountTable.Mount] = [:]
      for mount in tree.mounts where tree.parent(of: mount) != nil {
        let place = "\(mount.entry.parentMntID) \(mount.path)"
        guard let earlier = seen.updateValue(mount, forKey: place), earlier.id != mount.id else {
          continue
        }
        findings.report(
          subject.location(mount),
          "mounts \(earlier.id) and \(mount.id) are both at \(shown(mount.path)) of mount \(mount.entry.parentMntID)",
          have: .text(shown(mount.path)), need: "a mountpoint of its own",
          evidence: ["field": "mountpoint"])
      }
    }
  }

  /// detect_is_dir in criu/mount-v2.c
  static let mountOutsideParent = Rule(
    id: "mnt.outside-parent", stage: .mounts,
    title: "A mountpoint lies below that of the parent",
    why: "CRIU looks for it in the parent: “Child-parent mountpoint mismatch”.",
    remedy: .donor("the mountpoints image of the same dump"), needs: [.wholeArchive, .images],
    examples: [
      .fires("the parent moved", .minimal.mount(262) { $0.mountpoint = utf8("/other") }),
      .silent("below", .minimal),
      .silent(
        "over the parent",
        .minimal.mounts {
          $0.insert(Sketch.mount(280, .tmpfs, 109, parent: 270, at: "/data"), at: 0)
        }),
    ]
  ) { subject, findings in
    for tree in subject.mounts.trees where tree.root != nil {
      let strays = tree.mounts.filter { mount in
        guard let parent = tree.parent(of: mount) else { return false }
        return relativePath(of: mount.path, below: parent.path) == nil
      }
      for (id, group) in Dictionary(grouping: strays, by: \.entry.parentMntID)
        .sorted(by: { $0.key < $1.key })
      {
        guard let parent = tree.mount(id) else { continue }
        findings.report(
          subject.location(parent),
          "\(listed(group)): the parent, mount \(parent.id), is at \(shown(parent.path))",
          have: .text(shown(parent.path)), need: .text("a folder above \(shown(group[0].path))"),
          evidence: ["field": "mountpoint", "mounts": .list(group.map(\.path))])
      }
    }
  }

  private static func listed(_ mounts: [MountTable.Mount]) -> String {
    let names = mounts.prefix(3).map(\.title).joined(separator: ", ")
    return mounts.count > 3 ? "\(names) and \(mounts.count - 3) more" : names
  }
}

extension MountTable.Tree {
  /// Mounts whose parent is missing, without those that repeat an id.
  var orphans: [MountTable.Mount] {
    mounts.filter { candidate in
      parent(of: candidate) == nil && candidate.record.index != root?.record.index
        && candidate.record.index == mount(candidate.id)?.record.index
    }
  }

  /// The first mount from which parents never lead to an end. Each is followed once: a chain may be
  /// as long as there are mounts.
  fileprivate var firstInCircle: MountTable.Mount? {
    var ending: Set<UInt32> = []
    for mount in mounts {
      var way: Set<UInt32> = []
      var current = mount
      while let parent = parent(of: current), !ending.contains(current.id) {
        guard way.insert(current.id).inserted else { return mount }
        current = parent
      }
      ending.formUnion(way)
    }
    return nil
  }
}

extension MountTable {
  fileprivate var duplicatePairs: [(Mount, earlier: Mount)] {
    var first: [UInt32: Mount] = [:]
    return all.compactMap { mount in
      guard let earlier = first[mount.id] else {
        first[mount.id] = mount
        return nil
      }
      return (mount, earlier)
    }
  }
}
