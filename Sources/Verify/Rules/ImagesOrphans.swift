import CRIUImages
import Checkpoint

/// Images that nothing reads.
extension Rule {
  static let imageOrphanRules: [Rule] = [imageOrphan, ghostOrphan]

  private static let trees: [Need] = [
    .wholeArchive, .images, .image(.inventory), .image(.pstree),
  ]

  private static let imageOrphan = Rule(
    id: "criu.orphan-image", severity: .warning, consequence: .none, stage: .images,
    title: "Every image is one that a restore reads",
    why: """
      CRIU ignores the file, so it does no harm; but CRIU would not have written it, so something \
      else in the set was lost or changed.
      """,
    remedy: .manual("find out where the file comes from; it may be of another dump"),
    needs: trees,
    examples: [
      .fires("core of no task", .minimal.adding("checkpoint/core-9999.img")),
      .fires("descriptors of no task", .minimal.image(ImageName(.fdinfo, 9), Sketch.descriptors)),
      .silent("statistics", .minimal.adding("checkpoint/stats-dump")),
      .silent("of a task that is lost as a whole", .family.tasks { $0.remove(at: 1) }),
      .silent(
        "of another number than the one that is missing", .minimal.ids(1) { $0.utsNsID = 77 }),
      .silent("none", .family),
    ]
  ) { subject, findings in
    let images = subject.checkpoint.images
    let lost = Set(subject.orphanCores)
    let missing = Set(
      subject.imagesRead.required.filter { images[$0] == nil }.map(\.type))
    let gap = subject.imagesRead.required.sorted().first { name in
      let isDecisive = name.type == .core || name.type == .ids || name.type == .mounts
      return isDecisive && images[name]?.fault != nil
    }
    if let gap { findings.notChecked("\(gap) is not readable") }
    for name in images.names where !subject.imagesRead.names.contains(name) {
      guard name.type.isOfTheTree, !missing.contains(name.type) else { continue }
      // What a task or its namespaces need is unknown without its core and ids.
      if gap != nil || !missing.isDisjoint(with: [.core, .ids]), !name.type.isOfOneTask {
        continue
      }
      // They are named together with the task that is lost.
      if name.type.isOfOneTask, lost.contains(name.id) { continue }
      if name.type == .fdinfo || name.type == .shmemPagemap, !lost.isEmpty { continue }
      findings.report(subject.location(name), "no task, file or namespace of the set needs \(name)")
    }
  }

  //
  private static let ghostOrphan = Rule(
    id: "criu.ghost-orphan", stage: .files,
    title: "The content of every deleted file has the file it belongs to",
    why: """
      CRIU writes both together. Without the entry in remap-fpath.img it looks for the file by a \
      path at which there is none any more.
      """,
    remedy: .donor("remap-fpath.img of the same dump"), needs: trees,
    examples: [
      .fires(
        "no remap",
        .minimal.image(ImageName(.ghostFile, 1), [Sketch.ghost(mode: 0o20666)])),
      .silent(
        "remap",
        .minimal.remapping(2, to: 1, .ghost)
          .image(ImageName(.ghostFile, 1), [Sketch.ghost(mode: 0o20666)])),
      .silent(
        "another is missing",
        .minimal.remapping(2, to: 2, .ghost)
          .image(ImageName(.ghostFile, 1), [Sketch.ghost(mode: 0o20666)])),
      .silent("junk of that name", .minimal.adding("checkpoint/ghost-file-7.img")),
    ]
  ) { subject, findings in
    let images = subject.checkpoint.images
    let remaps = images[.remapFilePaths]
    guard remaps?.fault == nil, remaps?.records.isEmpty != true else {
      return findings.notChecked("remap-fpath.img is not readable, or has no entry")
    }
    let ghosts = Set(images.ids(of: .ghostFile))
    let named = Set(
      subject.imagesRead.required.lazy.filter { $0.type == .ghostFile }.map(\.id))
    guard named.isSubset(of: ghosts) else { return }
    for id in ghosts.subtracting(named).sorted() {
      let name = ImageName(.ghostFile, id)
      guard images[name]?.fault == nil else { continue }
      findings.report(
        subject.location(name),
        "no entry of remap-fpath.img names \(name), the content of a deleted file",
        have: .unsigned(id), need: .list(named.sorted().map { "\($0)" }))
    }
  }
}

extension ImageType {
  /// Whether its number is a task's or thread's.
  fileprivate var isOfOneTask: Bool {
    switch self {
    case .core, .ids, .mm, .fs, .pagemap, .creds, .sigactions, .itimers, .posixTimers, .rlimits,
      .sharedSignals, .privateSignals, .vmas:
      true
    default: false
    }
  }

  /// Whether the process tree decides about it. Pages, mounts' content and ghost files have rules of
  /// their own; the network's raw images go with its namespace.
  fileprivate var isOfTheTree: Bool {
    if isOfOneTask { return true }
    return switch self {
    case .fdinfo, .shmemPagemap, .tcpStream, .utsns, .pidns, .userns, .timens, .mounts, .ipcVar,
      .ipcShm, .ipcMsg, .ipcSem, .netns, .netdev, .autofs:
      true
    default: false
    }
  }
}
