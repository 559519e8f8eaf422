import CRIUImages
import Checkpoint
import Documents

/// Rules about open files and the mounts that they lie on.
extension Rule {
  /// R-57
  static let mountOfFile = Rule(
    id: "mnt.dangling-file-reference", consequence: .crash, stage: .files,
    title: "The mount that an open file lies on is in the dump",
    why: "CRIU looks the mount up by its id, runs into a BUG, and the restored task is killed.",
    remedy: .donor("the mountpoints image of the same dump"),
    needs: [.wholeArchive, .images, .image(.files)],
    examples: [
      .fires(
        "dropped",
        .minimal.dropping(mount: 270).opening(Sketch.regular(50, "/data/x", mount: 270, mode: 0))
      ),
      .silent("there", .minimal.opening(Sketch.regular(50, "/data/x", mount: 270, mode: 0))),
      .silent("unknown", .minimal.opening(Sketch.regular(50, "/data/x", mount: -1, mode: 0))),
      .silent("no mount at all, which is another rule's finding", .minimal.mounts { $0 = [] }),
    ]
  ) { subject, findings in
    let trees = subject.mounts.trees
    guard !trees.isEmpty else { return }
    findings.noteIncomplete(subject.mounts)
    if let empty = trees.first(where: \.mounts.isEmpty) {
      return findings.notChecked("\(empty.image) has no entry")
    }
    guard trees.allSatisfy(\.isComplete) else { return }
    let known = Set(subject.mounts.all.map { Int64($0.id) })
    let files = subject.openFiles.all(RegFileEntry.self).map {
      (record: $0.record, mount: Int64($0.content.mntID), name: $0.content.nameText)
    }
    let sockets = subject.openFiles.all(UnixSkEntry.self).map {
      (record: $0.record, mount: Int64($0.content.mntID), name: "socket \($0.content.ino)")
    }
    // A mount that is missing as a parent is another rule's finding.
    let parents = Set(trees.flatMap(\.orphans).map { Int64($0.entry.parentMntID) })
    let lost = (files + sockets).filter {
      $0.mount >= 0 && !known.contains($0.mount) && !parents.contains($0.mount)
    }
    for (mount, group) in Dictionary(grouping: lost, by: \.mount).sorted(by: { $0.key < $1.key }) {
      let names = group.map { shown($0.name) }
      findings.report(
        subject.location(ImageName(.files), group[0].record),
        "mnt_id of \(names.prefix(3).joined(separator: ", ")) is \(mount), and no mountpoints image has such a mount (\(counted(group.count, "file")))",
        have: .number(mount), need: "a mnt_id of a mountpoints image",
        evidence: ["field": "mnt_id", "files": .list(Array(names.prefix(16)))])
    }
  }

  static let deletedFile = Rule(
    id: "rootfs.file-deleted", stage: .files,
    title: "deleted.files takes away no file that a process has open or mapped",
    why: """
      The engine removes what deleted.files lists before CRIU opens files by their path: “Can't \
      open file … on restore: No such file or directory”.
      """,
    remedy: .edit("`repair` drops the line from deleted.files"),
    needs: [
      .wholeArchive, .images, .image(.files), .document(.deletedFiles), .engine([.podman, .criO]),
    ],
    examples: [
      .fires("the program", .minimal.deleting("/bin/sh")),
      .fires("its folder", .minimal.deleting("/bin")),
      .silent("another file", .minimal.deleting("/bin/other")),
      .silent("on another mount", .minimal.deleting("/dev/null")),
      .silent(
        "a ghost",
        .minimal.deleting("/bin/sh").image(ImageName(.remapFilePaths), [Sketch.ghostOf(1)])),
    ]
  ) { subject, findings in
    guard let root = subject.rootTree?.root, let list = subject.root(.deletedFiles) else { return }
    let files = subject.pathFiles.filter { $0.content.mntID == Int32(clamping: root.id) }
    for (index, element) in list.elements.enumerated() {
      // A name that leads out of the root file system, or is the root, is another rule's.
      guard let name = element.string, !components(of: name).contains(".."),
        cleaned(name) != "/",
        let file = files.first(where: {
          relativePath(of: $0.content.nameText, below: name) != nil
        })
      else { continue }
      findings.report(
        .value("deleted.files", "/\(index)"),
        "it removes \(shown(name)), but \(shown(file.content.nameText)) is file \(file.content.id) of files.img",
        have: .text(shown(name)), need: .text(shown(file.content.nameText)),
        evidence: ["file": .unsigned(UInt64(file.content.id))])
    }
  }

  static let diffNeeded = Rule(
    id: "rootfs.diff-missing-but-needed", stage: .files,
    title: "rootfs-diff.tar is there if a process writes to the root file system",
    why: """
      A file that is open for writing is in the container's own layer, which the engine saves in \
      rootfs-diff.tar. Without it the file is missing, or is the image's: CRIU refuses the one for \
      its path, the other for its size.
      """,
    remedy: .donor("rootfs-diff.tar of the same checkpoint"),
    needs: [.wholeArchive, .container, .images, .image(.files), .engine([.podman, .criO])],
    examples: [
      .fires("written", .writing),
      .silent(
        "saved", .writing.adding("rootfs-diff.tar", Sketch.tar([Sketch.file("tmp/log", [1])]))),
      .silent("nothing written", .minimal),
    ]
  ) { subject, findings in
    guard !subject.checkpoint.contains("rootfs-diff.tar"), let first = subject.written.first else {
      return
    }
    let names = subject.written.map { shown($0.content.nameText) }
    findings.report(
      .entry("rootfs-diff.tar"),
      "it is missing, but \(names[0]) (file \(first.content.id) of files.img, \(first.content.size) bytes) is open for writing on the root file system",
      have: "missing", need: .list(Array(names.prefix(16))))
  }

  /// archive contract, §1g
  static let modifiedOmitted = Rule(
    id: "rootfs.modified-file-omitted", severity: .warning, consequence: .silentLoss, stage: .files,
    title: "A file that a process writes to is in rootfs-diff.tar",
    why: """
      Podman and CRI-O leave a changed file of the image out if the host has no file of that path; \
      it comes back with its old content, and CRIU refuses it if its size is another.
      """,
    remedy: .donor("the file from the container's root"),
    needs: [.wholeArchive, .container, .images, .image(.files), .engine([.podman, .criO])],
    examples: [
      .fires(
        "left out", .writing.adding("rootfs-diff.tar", Sketch.tar([Sketch.file("tmp/other", [1])]))),
      .silent(
        "in it", .writing.adding("rootfs-diff.tar", Sketch.tar([Sketch.file("tmp/log", [1])]))),
      .silent("no rootfs-diff.tar", .writing),
    ]
  ) { subject, findings in
    guard let diff = subject.checkpoint.nested("rootfs-diff.tar"), diff.damage == nil else {
      return
    }
    for file in subject.written {
      let path = String(cleaned(file.content.nameText).dropFirst())
      guard diff.makes(shown(path)) == false else { continue }
      findings.report(
        subject.location(ImageName(.files), file.record),
        "\(shown(file.content.nameText)) is open for writing with \(file.content.size) bytes, but rootfs-diff.tar does not have it",
        have: "not in rootfs-diff.tar", need: .text(shown(path)), evidence: ["field": "name"])
    }
  }

  static let sharedMemoryMissing = Rule(
    id: "podman.devshm-missing", severity: .warning, consequence: .silentLoss, stage: .files,
    title: "The content of /dev/shm is in the archive",
    why: """
      Podman saves it in devshm-checkpoint.tar whenever the container has its shared memory mount. \
      Without it /dev/shm is empty, and CRIU refuses if a process has a file of it open or mapped.
      """,
    remedy: .donor("devshm-checkpoint.tar of the same checkpoint"),
    needs: [.wholeArchive, .container, .images, .image(.files), .engine([.podman])],
    examples: [
      .fires("missing", .sharedMemory.removing("devshm-checkpoint.tar")),
      .fires(
        "an open file that it lacks",
        .sharedMemory.opening(Sketch.regular(50, "/dev/shm/x", mount: 280, mode: 0o100644))),
      .silent("there", .sharedMemory),
      .silent("no such mount", .minimal.removing("devshm-checkpoint.tar")),
    ]
  ) { subject, findings in
    guard
      let mount = subject.rootTree?.mounts.first(where: {
        $0.path == "/dev/shm" && $0.key == "/dev/shm"
      })
    else { return }
    let name = "devshm-checkpoint.tar"
    let content = subject.checkpoint.nested(name)
    if subject.checkpoint.contains(name), content == nil || content?.damage != nil { return }
    let lost = subject.pathFiles.first { file in
      guard file.content.mntID == Int32(clamping: mount.id),
        let place = relativePath(of: file.content.nameText, below: mount.path)
      else { return false }
      return content.map { $0.makes(shown(place)) == false } ?? true
    }
    if let lost {
      findings.report(
        .entry(name),
        "\(shown(lost.content.nameText)) is file \(lost.content.id) of files.img, but \(content == nil ? "\(name) is missing" : "is not in \(name)")",
        have: content == nil ? "missing" : "not in it", need: .text(shown(lost.content.nameText)),
        severity: .error, consequence: .refused)
    } else if content == nil {
      findings.report(
        .entry(name), "it is missing, but the container has Podman's mount at /dev/shm",
        have: "missing", need: .text(name))
    }
  }
}

extension Subject {
  /// Regular files with content that are open for writing on the container's root.
  fileprivate var written: [(record: ImageRecord, content: RegFileEntry)] {
    guard let root = rootTree?.root else { return [] }
    let accessMode: UInt32 = 3
    return pathFiles.filter {
      $0.content.mntID == Int32(clamping: root.id) && $0.content.flags & accessMode != 0
        && $0.content.hasSize && $0.content.size > 0
    }
  }
}
