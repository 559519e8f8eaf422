import CRIUImages
import Checkpoint
import Documents

/// Rules about mountpoints: whether what they lie on has such a place.
extension Rule {
  /// R-95, for a parent whose content is in the archive
  static let tmpfsPlace = Rule(
    id: "mnt.mountpoint-not-in-tmpfs", stage: .mounts,
    title: "The mountpoint of a mount on a tmpfs is in the content of that tmpfs",
    why: """
      A mountpoint must exist when its parent has been mounted: “Can't stat mountpoint …: No such \
      file or directory”. On a tmpfs only the dumped content can bring it.
      """,
    remedy: .donor("the tmpfs-dev or the mountpoints image of the same dump"),
    needs: [.wholeArchive, .images],
    examples: [
      .fires("not there", .onTmpfs("/dev/other")),
      .silent("there", .onTmpfs("/dev/pts")),
      .silent("behind a link", .onTmpfs("/dev/link/pts")),
      .silent("nothing mounted", .minimal),
    ]
  ) { subject, findings in
    for tree in subject.mounts.trees {
      for parent in tree.mounts {
        guard let content = subject.content(of: parent) else { continue }
        let missing = content.lacking(tree.children(of: parent), of: parent)
        guard let first = missing.first else { continue }
        let names = missing.map { shown($0.path) }
        findings.report(
          subject.location(first),
          "\(names.joined(separator: ", ")): \(content.name), the content of the parent at \(shown(parent.path)), has no such file or folder",
          have: .text("not in \(content.name)"), need: .list(names),
          evidence: ["field": "mountpoint"])
      }
    }
  }

  /// Open files that lie on a tmpfs.
  static let tmpfsFile = Rule(
    id: "criu.tmpfs-file-missing", stage: .files,
    title: "An open file on a tmpfs is in the content of that tmpfs",
    why: "CRIU stops with “Can't open file … on restore: No such file or directory”.",
    remedy: .donor("the tmpfs-dev image of the same dump"),
    needs: [.wholeArchive, .images, .image(.files)],
    examples: [
      .fires("not there", .opening(on: 263, "/dev/other")),
      .silent("there", .opening(on: 263, "/dev/null")),
      .silent(
        "deleted, and kept as a ghost",
        .opening(on: 263, "/dev/other").image(
          ImageName(.remapFilePaths), [Sketch.ghostOf(50)])),
    ]
  ) { subject, findings in
    for tree in subject.mounts.trees {
      for mount in tree.mounts {
        guard let content = subject.content(of: mount) else { continue }
        guard content.lacking(tree.children(of: mount), of: mount).isEmpty else {
          findings.notChecked("\(content.name) lacks mountpoints")
          continue
        }
        let lost = subject.pathFiles.filter { file in
          file.content.mntID == Int32(clamping: mount.id)
            && content.lacks("/" + file.content.nameText, of: mount)
        }
        guard let first = lost.first else { continue }
        let names = lost.map { shown($0.content.nameText) }
        findings.report(
          subject.location(ImageName(.files), first.record),
          "\(names.prefix(3).joined(separator: ", ")): \(content.name), the content of \(mount.title), has no such file (\(counted(lost.count, "open file")))",
          have: .text("not in \(content.name)"), need: .list(Array(names.prefix(16))),
          evidence: ["field": "name"])
      }
    }
  }

  /// R-95, as far as it is known without a host
  static let placeUnknown = Rule(
    id: "mnt.mountpoint-not-of-kernel", stage: .mounts,
    title: "A mountpoint on /proc or /sys is a name that a kernel has",
    why: """
      On procfs and sysfs only the kernel makes names, and no kernel is known to make this one; nor \
      does the specification name it. CRIU stops with “Can't stat mountpoint”.
      """,
    remedy: .donor("the mountpoints image of the same dump"),
    needs: [.wholeArchive, .images, .document(.spec)],
    examples: [
      .fires("a mask", .minimal.mount(211) { $0.mountpoint = utf8("/proc/keys-old") }),
      .fires("a part", .minimal.mount(209) { $0.mountpoint = utf8("/proc/sys-old") }),
      .silent(
        "in the specification",
        .minimal.mount(211) { $0.mountpoint = utf8("/proc/special") }
          .setting("spec.dump", "/linux/maskedPaths/2", to: #""/proc/special""#)),
      .silent("known", .minimal.mount(211) { $0.mountpoint = utf8("/proc/kcore") }),
    ]
  ) { subject, findings in
    let declared = subject.everDeclaredPlaces
    for tree in subject.mounts.trees where tree.root != nil {
      for mount in tree.mounts where !declared.contains(mount.path) {
        guard let parent = tree.parent(of: mount), parent.showsWholeFilesystem,
          let place = relativePath(of: mount.path, below: parent.path),
          KernelNames.knows(place, on: parent.filesystem) == false
        else { continue }
        findings.report(
          subject.location(mount),
          "\(mount.title) lies on \(shown(parent.path)), but no kernel is known to make \(shown(place)) there, and spec.dump does not name it",
          have: .text(shown(mount.path)), need: "a name that the kernel makes",
          evidence: ["field": "mountpoint", "root": .text(shown(mount.root))])
      }
    }
  }

  static let placeMoved = Rule(
    id: "mnt.mountpoint-moved", stage: .mounts,
    title: "A mount lies where the specification has it",
    why: """
      The runtime creates the mountpoints of the specification in the container's root. A mount \
      that lies elsewhere, while its place in the specification is empty, finds no mountpoint: \
      “Can't stat mountpoint”.
      """,
    remedy: .donor("the mountpoints image of the same dump"),
    needs: [.wholeArchive, .images, .document(.spec), .engine([.podman, .criO])],
    examples: [
      .fires("external", .minimal.mount(270) { $0.mountpoint = utf8("/elsewhere") }),
      .fires(
        "a tmpfs",
        .minimal.setting(
          "spec.dump", "/mounts/3", to: #"{"destination":"/t","type":"tmpfs","source":"tmpfs"}"#
        ).mounts { $0.insert(Sketch.mount(280, .tmpfs, 109, parent: 261, at: "/other"), at: 0) }),
      .silent(
        "made in the container",
        .minimal.mounts {
          $0.insert(Sketch.mount(280, .tmpfs, 109, parent: 261, at: "/other"), at: 0)
        }),
      .silent("in place", .minimal),
      .silent(
        "the specification moved",
        .minimal.setting("config.dump", "/spec/mounts/1/destination", to: #""/other""#)
          .setting(
            "spec.dump", "/mounts/3", to: #"{"destination":"/t","type":"tmpfs","source":"tmpfs"}"#
          ).mounts { $0.insert(Sketch.mount(280, .tmpfs, 109, parent: 261, at: "/other"), at: 0) }),
    ]
  ) { subject, findings in
    guard let tree = subject.rootTree, tree.isComplete, let root = tree.root else { return }
    let declared = subject.everDeclaredPlaces
    let taken = Set(tree.mounts.map(\.path))
    let vacant = (subject.spec?.mounts ?? []).filter { mount in
      !mount.isBind && mount.destination.map { !taken.contains(cleaned($0)) } ?? false
    }
    for mount in tree.mounts
    where mount.entry.parentMntID == root.id && !declared.contains(mount.path)
      && tree.children(of: mount).isEmpty && !subject.hasInDiff(mount.path)
    {
      let place: String
      if let key = mount.key {
        guard key.hasPrefix("/"), key != mount.path, declared.contains(key), !taken.contains(key)
        else { continue }
        place = key
      } else {
        let kind = "\(mount.filesystem)"
        let candidates = vacant.filter { $0.type == kind }
        guard mount.showsWholeFilesystem, candidates.count == 1,
          let destination = candidates[0].destination
        else { continue }
        place = cleaned(destination)
      }
      findings.report(
        subject.location(mount),
        "\(mount.title) is not in spec.dump, and nothing is mounted at \(shown(place)), where spec.dump has it",
        have: .text(shown(mount.path)), need: .text(shown(place)),
        evidence: ["field": "mountpoint"])
    }
  }
}

// MARK: -

/// What CRIU fills a tmpfs with, and the folder of it that a mount shows.
private struct Content {
  let name: ImageName
  let archive: NestedArchive
  let top: String

  /// Whether an absolute path below the mountpoint of `mount` is certain not to be in it.
  func lacks(_ path: String, of mount: MountTable.Mount) -> Bool {
    guard let place = relativePath(of: path, below: mount.path) else { return false }
    let inside = [top, place].filter { !$0.isEmpty }.joined(separator: "/")
    return archive.makes(shown(inside)) == false
  }

  func lacking(
    _ children: [MountTable.Mount], of mount: MountTable.Mount
  ) -> [MountTable.Mount] {
    children.filter { lacks($0.path, of: mount) }
  }
}

extension Subject {
  /// nil for mounts that are not filled from the archive, and for content that cannot be read.
  fileprivate func content(of mount: MountTable.Mount) -> Content? {
    guard mount.filesystem == .tmpfs, isMadeByCRIU(mount),
      let name = MountTable.contentImage(of: mount, in: checkpoint.images),
      contentFault(of: name) == nil,
      let archive = checkpoint.nested(checkpoint.path(of: name))
    else { return nil }
    return Content(
      name: name, archive: archive, top: relativePath(of: mount.root, below: "/") ?? "")
  }

  /// Every path that `spec.dump` mounts, masks or makes read-only.
  var declaredPlaces: Set<String> { spec.map { places(of: $0) } ?? [] }

  /// The same, with what Podman's copy of the specification says: the one may have been edited
  /// since the dump, the other not.
  fileprivate var everDeclaredPlaces: Set<String> {
    declaredPlaces.union(podmanSpec.map { places(of: $0) } ?? [])
  }

  private func places(of spec: RuntimeSpec) -> Set<String> {
    let paths = (spec.linux?.maskedPaths ?? []) + (spec.linux?.readonlyPaths ?? [])
    return Set(
      paths.map { cleaned($0.path) } + spec.mounts.compactMap { $0.destination.map(cleaned) })
  }

  /// Whether the engine unpacks rootfs-diff.tar to this path; a link on the way may decide.
  func hasInDiff(_ path: String) -> Bool {
    let relative = String(cleaned(path).dropFirst())
    return checkpoint.nested("rootfs-diff.tar")?.makes(relative) != false
      && checkpoint.contains("rootfs-diff.tar")
  }

  /// Open and mapped regular files that are opened by their path: not those that were deleted and
  /// are kept in another way.
  var pathFiles: [(record: ImageRecord, content: RegFileEntry)] {
    let remapped = Set(
      messages(.remapFilePaths, RemapFilePathEntry.self).map(\.1.origID))
    return openFiles.all(RegFileEntry.self).filter { !remapped.contains($0.content.id) }
  }
}
