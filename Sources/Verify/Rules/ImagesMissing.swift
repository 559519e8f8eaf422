import Archive
import CRIUImages
import Checkpoint

/// Rules about images that must be there: of the set as a whole, and of each live task.
extension Rule {
  static let imageMissingRules: [Rule] = [
    inventoryMissing, pstreeMissing, filesMissing,
    taskImageMissing(
      "criu.core-missing", .core, "a core image",
      why: "CRIU stops with “Unexpected EOF on (empty-image)”, and does not name the file.",
      examples: [
        .fires("of the root task", .minimal.removing(ImageName(.core, 1))),
        .silent(
          "a folder in its place",
          .minimal.removing(ImageName(.core, 1)).adding(
            "checkpoint/core-1.img", kind: .directory)),
        .fires("of a thread", .family.removing(ImageName(.core, 4))),
        .fires("of a zombie", .family.removing(ImageName(.core, 3))),
      ]),
    taskImageMissing(
      "criu.ids-missing", .ids, "an ids image",
      why: "CRIU stops with “No IDS for root task” or “Core IDS data missed for non-zombie”.",
      remedy: .reconstruct(
        "`repair` makes the image of a task but the root from its neighbours, if it is unambiguous"),
      examples: [
        .fires("of the root task", .minimal.removing(ImageName(.ids, 1))),
        .fires("of a child", .family.removing(ImageName(.ids, 2))),
        .fires("without entry", .minimal.image(ImageName(.ids, 1), [])),
        .fires(
          "of a zombie whose core image says that it is alive",
          .family.core(3) { $0.tc.taskState = TaskState.alive.rawValue }),
        .silent(
          "in the core image, as CRIU 0.x wrote it",
          .minimal.removing(ImageName(.ids, 1)).message(ImageName(.core, 1), CoreEntry.self) {
            $0.ids = Sketch.ids
          }),
      ]),
    taskImageMissing(
      "criu.mm-missing", .mm, "an mm image", consequence: .crash,
      why: "The task that CRIU starts has no memory map to restore, and crashes.",
      examples: [
        .fires("of a child", .family.removing(ImageName(.mm, 2))),
        .silent(
          "of a zombie whose core image says that it is alive",
          .family.core(3) { $0.tc.taskState = TaskState.alive.rawValue }),
      ]),
    taskImageMissing(
      "criu.pagemap-missing", .pagemap, "a pagemap image",
      why: "CRIU stops without a word about the reason.",
      examples: [.fires("of a child", .family.removing(ImageName(.pagemap, 2)))]),
    taskImageMissing(
      "criu.fs-missing", .fs, "an fs image", consequence: .crash,
      why: "The task that CRIU starts has no folders to restore, and crashes.",
      remedy: .reconstruct(
        "`repair` makes it if exactly two regular files of files.img are used by nothing else"),
      examples: [.fires("of a child", .family.removing(ImageName(.fs, 2)))]),
  ]

  // R-01
  private static let inventoryMissing = Rule(
    id: "criu.inventory-missing", stage: .images,
    title: "inventory.img is there",
    why: "Podman looks for it before it calls CRIU; CRIU reads it first of all.",
    remedy: .reconstruct("`repair` makes inventory.img from the other images"),
    needs: [.wholeArchive, .images],
    examples: [
      .fires("missing", .minimal.removing("checkpoint/inventory.img")),
      .silent("there", .minimal),
      .silent("empty", .minimal.replacing("checkpoint/inventory.img", [])),
    ]
  ) { subject, findings in
    let name = ImageName(.inventory)
    guard subject.isMissing(name) else { return }
    findings.report(
      subject.location(name), "inventory.img is missing", have: "missing", need: "inventory.img")
  }

  // R-02
  private static let pstreeMissing = Rule(
    id: "criu.pstree-missing", consequence: .crash, stage: .images,
    title: "pstree.img is there and lists a task",
    why: "CRIU restores a tree that has no root, and crashes.",
    remedy: .donor("pstree.img of the same dump"), needs: [.wholeArchive, .images],
    examples: [
      .fires("missing", .minimal.removing("checkpoint/pstree.img")),
      .fires("no entry", .minimal.image(ImageName(.pstree), [])),
      .silent("one task", .minimal),
      .silent("empty", .minimal.replacing("checkpoint/pstree.img", [])),
    ]
  ) { subject, findings in
    let name = ImageName(.pstree)
    if subject.isMissing(name) {
      findings.report(
        subject.location(name), "pstree.img is missing, and with it the process tree",
        have: "missing", need: "a task")
    } else if let image = subject.checkpoint.images[name], image.fault == nil,
      image.records.isEmpty
    {
      findings.report(
        subject.location(name), "pstree.img has no entry, thus no task", have: 0, need: "a task")
    }
  }

  private static let filesMissing = Rule(
    id: "criu.files-missing", stage: .images,
    title: "files.img is there and lists an open file",
    why: "Executables, folders and descriptors all name files of it; CRIU stops at the first.",
    remedy: .donor("files.img of the same dump"), needs: [.wholeArchive, .images],
    examples: [
      .fires("missing", .minimal.removing("checkpoint/files.img")),
      .fires("no entry", .minimal.image(ImageName(.files), [])),
      .silent("there", .minimal),
      .silent(
        "one image for each kind, as CRIU before 3.4 wrote it",
        .minimal.removing("checkpoint/files.img").image(
          ImageName(.regFiles), Sketch.openFiles.filter(\.hasReg).map(\.reg))),
    ]
  ) { subject, findings in
    let images = subject.checkpoint.images
    let name = ImageName(.files)
    let isThere = images[name] != nil
    guard isThere || subject.isMissing(name), images[name]?.fault == nil,
      images[name]?.records.isEmpty ?? true, images[.regFiles]?.records.isEmpty ?? true
    else { return }
    findings.report(
      subject.location(name),
      isThere
        ? "files.img has no entry, thus no open file"
        : "files.img is missing, and with it every open file",
      have: isThere ? 0 : "missing", need: "an open file")
  }

  private static func taskImageMissing(
    _ id: String, _ type: ImageType, _ what: String, consequence: Consequence = .refused,
    why: String, remedy: Remedy = .donor("the image of the same dump"),
    examples: [Example]
  ) -> Rule {
    Rule(
      id: id, consequence: consequence, stage: .images,
      title: "Every task that needs \(what) has it", why: why, remedy: remedy,
      needs: [.wholeArchive, .images, .image(.pstree)],
      examples: examples + [.silent("tree of a task, a child, a thread and a zombie", .family)]
    ) { subject, findings in
      let images = subject.checkpoint.images
      for name in subject.imagesRead.required.sorted() where name.type == type {
        let isEmpty = images[name].map { $0.fault == nil && $0.records.isEmpty }
        guard isEmpty != false, isEmpty == true || subject.isMissing(name) else { continue }
        let hasNothing = subject.hasNothing(name.id)
        if hasNothing, type == .mm || type == .fs || type == .pagemap { continue }
        let reason =
          hasNothing
          ? "core-\(name.id).img says that the task is alive, which has no other image either"
          : "pstree.img names \(name.id)"
        findings.report(
          subject.location(name),
          "\(name) \(isEmpty == nil ? "is missing" : "has no entry"), but \(reason)",
          have: isEmpty == nil ? "missing" : 0, need: .text(what))
      }
    }
  }
}

extension Subject {
  /// Whether an image is not in the archive. A folder or link in its place is what another rule
  /// reports.
  func isMissing(_ name: ImageName) -> Bool {
    checkpoint.images[name] == nil && !checkpoint.contains(checkpoint.path(of: name))
  }

  /// Whether a task that is said to be alive has nothing of what a live one has. Its core image is
  /// then more likely that of another task.
  fileprivate func hasNothing(_ pid: UInt64) -> Bool {
    [ImageType.ids, .mm, .fs, .pagemap].allSatisfy { type in
      let name = ImageName(type, pid)
      return imagesRead.required.contains(name) && checkpoint.images[name] == nil
    }
  }
}
