import CRIUImages
import Checkpoint

/// Rules about what the core images of tasks and threads hold, and whose they are.
extension Rule {
  static let coreRules: [Rule] = [coreState, coreShape, zombieExtra, taskOrphan]

  private static let pstree: [Need] = [.wholeArchive, .images, .image(.pstree)]

  // R-09
  private static let coreState = Rule(
    id: "criu.core-state", stage: .tree, title: "A task is alive, stopped or dead",
    why: "CRIU knows no other state, and stops.",
    remedy: .donor("the core image of the same dump"), needs: pstree,
    examples: [
      .fires("99", .minimal.core(1) { $0.tc.taskState = 99 }),
      .silent("stopped", .minimal.core(1) { $0.tc.taskState = TaskState.stopped.rawValue }),
      .silent("alive and dead", .family),
    ]
  ) { subject, findings in
    for task in subject.processes.tasks {
      guard let core = task.core, core.hasTc, core.tc.state == nil else { continue }
      findings.report(
        subject.coreLocation(task.pid), "task_core_entry.task_state is \(core.tc.taskState)",
        have: .unsigned(UInt64(core.tc.taskState)), need: "1, 2 or 3")
    }
  }

  // R-08
  private static let coreShape = Rule(
    id: "criu.core-shape", stage: .tree,
    title: "A core image holds the task, the thread and the registers of its architecture",
    why: """
      CRIU stops with “Core task state data missed” or “Core info data missed”; without the part \
      of the thread it follows a NULL pointer.
      """,
    remedy: .donor("the core image of the same dump"), needs: pstree,
    examples: [
      .fires("no task", .minimal.core(1) { $0.clearTc() }),
      .fires("no registers", .minimal.core(1) { $0.clearThreadInfo() }),
      .fires("no thread", .minimal.core(1) { $0.clearThreadCore() }),
      .fires("other architecture", .minimal.core(1) { $0.mtype = 3 }),
      .fires("thread without registers", .family.core(4) { $0.clearThreadInfo() }),
      .silent("zombie without either", .family),
    ]
  ) { subject, findings in
    for task in subject.processes.tasks {
      guard let core = task.core else { continue }
      if !core.hasTc {
        findings.report(
          subject.coreLocation(task.pid), "core-\(task.pid).img has no task_core_entry",
          have: "missing", need: "core_entry.tc")
      } else if task.isLive {
        findings.checkThread(core, task.pid, subject)
      }
      for thread in task.otherThreads where task.isLive {
        guard let core = subject.checkpoint.images[.core, UInt64(thread)]?.first(CoreEntry.self)
        else { continue }
        findings.checkThread(core, thread, subject)
      }
    }
  }

  // R-10
  private static let zombieExtra = Rule(
    id: "criu.zombie-extra", severity: .warning, consequence: .none, stage: .tree,
    title: "A dead task has a core image and nothing else",
    why: "CRIU writes no more for a zombie; its core image may be that of another task.",
    remedy: .donor("the core image of the same dump"), needs: pstree,
    examples: [
      .fires("memory", .family.image(ImageName(.mm, 3), [Sketch.mm])),
      .silent("core alone", .family),
    ]
  ) { subject, findings in
    for task in subject.processes.tasks where task.isDead {
      let extra = [ImageType.ids, .mm, .fs, .pagemap].map { ImageName($0, UInt64(task.pid)) }
        .filter { subject.checkpoint.images[$0] != nil }
      guard !extra.isEmpty else { continue }
      findings.report(
        subject.coreLocation(task.pid),
        "core-\(task.pid).img says that the task is dead, but there is \(extra.listed)",
        have: .list(extra.map(\.fileName)), need: .list([]))
    }
  }

  // R-13
  private static let taskOrphan = Rule(
    id: "criu.task-orphan", consequence: .silentLoss, stage: .tree,
    title: "Every task and thread that was dumped is in the tree",
    why: "CRIU restores what pstree.img lists, and reports success without the others.",
    remedy: .donor("pstree.img of the same dump"), needs: pstree,
    examples: [
      .fires("a child", .family.tasks { $0.remove(at: 1) }),
      .fires("a zombie", .family.tasks { $0.remove(at: 2) }),
      .fires("a thread", .family.tasks { $0[1].threads = [2] }),
      .silent("all", .family),
      .silent("an empty file of that name", .minimal.adding("checkpoint/core-9999.img")),
    ]
  ) { subject, findings in
    let images = subject.checkpoint.images
    for id in subject.orphanCores {
      guard let core = images[.core, id]?.first(CoreEntry.self) else { continue }
      let others = [ImageType.ids, .mm, .fs, .pagemap].map { ImageName($0, id) }
        .filter { images[$0] != nil }
      let also = others.isEmpty ? "" : ", as well as \(others.listed)"
      findings.report(
        subject.location(ImageName(.core, id)),
        "core-\(id).img describes a \(core.hasTc ? "task" : "thread") that pstree.img does not name\(also)",
        have: .unsigned(id), need: .list(subject.processes.tasks.prefix(16).map { "\($0.pid)" }))
    }
  }
}

extension Findings {
  fileprivate mutating func checkThread(_ core: CoreEntry, _ id: UInt32, _ subject: Subject) {
    let location = subject.coreLocation(id)
    let root = subject.processes.root?.core
    if !core.hasThreadCore {
      report(
        location, "core-\(id).img has no thread_core_entry", have: "missing",
        need: "core_entry.thread_core", consequence: .crash)
    } else if !core.hasRegisters {
      report(
        location,
        "core-\(id).img has no registers of the architecture that core_entry.mtype \(core.mtype) is",
        have: .unsigned(UInt64(core.mtype)), need: "registers of the same architecture")
    } else if let root, root.mtype != core.mtype {
      report(
        location, "core-\(id).img is of architecture \(core.mtype), the root task of \(root.mtype)",
        have: .unsigned(UInt64(core.mtype)), need: .unsigned(UInt64(root.mtype)))
    }
  }
}

extension Subject {
  fileprivate func coreLocation(_ id: UInt32) -> Location {
    firstRecord(of: ImageName(.core, UInt64(id)))
  }

  /// The numbers of core images that decode, but belong to no task and no thread.
  var orphanCores: [UInt64] {
    checkpoint.images.all(.core).filter { image in
      !imagesRead.names.contains(image.name) && image.fault == nil
    }.map(\.name.id)
  }
}

extension CoreEntry {
  /// Whether the registers of its own architecture are there.
  fileprivate var hasRegisters: Bool {
    switch machine {
    case .x86: hasThreadInfo
    case .arm: hasTiArm
    case .aarch64: hasTiAarch64
    case .ppc64: hasTiPpc64
    case .s390: hasTiS390
    case .mips: hasTiMips
    case .loongarch64: hasTiLoongarch64
    case .riscv64: hasTiRiscv64
    case nil: false
    }
  }
}

extension [ImageName] {
  var listed: String { map(\.fileName).joined(separator: ", ") }
}
