import CRIUImages
import Checkpoint

/// Rules about `pstree.img` itself: parents, numbers, threads.
extension Rule {
  static let treeRules: [Rule] = [
    pstreeRoot, pstreeParent, pstreeDuplicate, pidRange, threadZero, pidOne,
  ]

  private static let pstree: [Need] = [.wholeArchive, .images, .image(.pstree)]

  // R-03
  private static let pstreeRoot = Rule(
    id: "criu.pstree-root", stage: .tree, title: "The tree has one root, and it comes first",
    why: "CRIU stops with “Parent missed on non-root task”, or finds no parent for the first task.",
    remedy: .donor("pstree.img of the same dump"), needs: pstree,
    examples: [
      .fires("two", .family.tasks { $0[1].ppid = 0 }),
      .fires("none", .minimal.tasks { $0[0].ppid = 7 }),
      .silent("one", .family),
    ]
  ) { subject, findings in
    let tasks = subject.processes.tasks
    guard let first = tasks.first else { return }
    let roots = tasks.filter { $0.entry.ppid == 0 }
    if roots.isEmpty {
      findings.report(
        subject.location(first),
        "no task has ppid 0; the first, \(first.pid), has \(first.entry.ppid)",
        have: .unsigned(UInt64(first.entry.ppid)), need: 0)
    }
    for root in roots.dropFirst() {
      findings.report(
        subject.location(root), "task \(root.pid) has ppid 0, but \(roots[0].pid) is the root",
        have: 0, need: "an earlier task")
    }
  }

  // R-04
  private static let pstreeParent = Rule(
    id: "criu.pstree-parent", stage: .tree, title: "Every task but the root follows its parent",
    why: "CRIU builds the tree while it reads, and stops with “Can't find a parent”.",
    remedy: .donor("pstree.img of the same dump"), needs: pstree,
    examples: [
      .fires("unknown", .family.tasks { $0[1].ppid = 99 }),
      .fires("a thread", .family.tasks { $0[2].ppid = 4 }),
      .fires("later", .family.tasks { $0.swapAt(0, 1) }),
      .silent("earlier", .family),
      .silent("no root", .minimal.tasks { $0[0].ppid = 7 }),
    ]
  ) { subject, findings in
    guard subject.processes.root != nil else {
      return findings.notChecked("pstree.img has no root")
    }
    let all = Set(subject.processes.tasks.map(\.pid))
    var earlier: Set<UInt32> = []
    for task in subject.processes.tasks {
      let parent = task.entry.ppid
      if parent != 0, !earlier.contains(parent) {
        findings.report(
          subject.location(task),
          "task \(task.pid) has ppid \(parent), but \(parent) is \(all.contains(parent) ? "a later task" : "no task")",
          have: .unsigned(UInt64(parent)), need: "an earlier task")
      }
      earlier.insert(task.pid)
    }
  }

  // R-05
  private static let pstreeDuplicate = Rule(
    id: "criu.pstree-dup", consequence: .crash, stage: .tree,
    title: "No two tasks or threads have one number",
    why: "CRIU aborts: it finds a number taken that it is about to enter.",
    remedy: .donor("pstree.img of the same dump"), needs: pstree,
    examples: [
      .fires("tasks", .family.tasks { $0.append($0[1]) }),
      .fires("thread and task", .family.tasks { $0[1].threads = [2, 3] }),
      .silent("zombie with garbage for threads", .family.tasks { $0[2].threads = [1, 2] }),
      .silent("distinct", .family),
    ]
  ) { subject, findings in
    var owners: [UInt32: UInt32] = [:]
    for task in subject.processes.tasks {
      for id in [task.pid] + task.otherThreads {
        guard let owner = owners.updateValue(task.pid, forKey: id) else { continue }
        findings.report(
          subject.location(task),
          "\(id == task.pid ? "task" : "thread") \(id) of task \(task.pid) was already met in task \(owner)",
          have: .unsigned(UInt64(id)), need: "a number of its own")
        break
      }
    }
  }

  private static let pidRange = Rule(
    id: "criu.pid-range", stage: .tree, title: "Process numbers are such as Linux gives",
    why: "CRIU asks the kernel for a process of that number, and the kernel refuses.",
    remedy: .donor("pstree.img of the same dump"), needs: pstree,
    examples: [
      .fires("process group", .minimal.tasks { $0[0].pgid = .max }),
      .fires("thread", .family.tasks { $0[1].threads[1] = 4_194_305 }),
      .silent("zombie with garbage for threads", .family),
      .silent("outside group", .minimal.tasks { $0[0].pgid = 0 }),
    ]
  ) { subject, findings in
    for task in subject.processes.tasks {
      let entry = task.entry
      let numbers: [(field: String, value: UInt32)] =
        [("pid", entry.pid), ("pgid", entry.pgid), ("sid", entry.sid)]
        + task.otherThreads.map { ("threads", $0) }
      for (field, value) in numbers where value > highestPID {
        findings.report(
          subject.location(task),
          "pstree_entry.\(field) of task \(task.pid) is \(value), but Linux goes up to \(highestPID)",
          have: .unsigned(UInt64(value)), need: .number(Int64(highestPID)),
          evidence: ["field": .text("pstree_entry.\(field)")])
        break
      }
    }
  }

  /// PID_MAX_LIMIT of 64-bit kernels.
  private static let highestPID: UInt32 = 4_194_304

  // R-06
  private static let threadZero = Rule(
    id: "criu.thread-zero", stage: .tree, title: "The first thread of a live task is the task",
    why: "CRIU reserves room for no thread and stops, or looks for the core image of another.",
    remedy: .donor("pstree.img of the same dump"), needs: pstree,
    examples: [
      .fires("other", .family.tasks { $0[1].threads = [4, 2] }),
      .fires("none", .minimal.tasks { $0[0].threads = [] }),
      .silent("itself; and a zombie with garbage", .family),
    ]
  ) { subject, findings in
    for task in subject.processes.live where task.entry.threads.first != task.pid {
      let have = task.entry.threads.first.map { "\($0)" } ?? "none"
      findings.report(
        subject.location(task), "task \(task.pid) has \(have) for its first thread",
        have: .text(have), need: .unsigned(UInt64(task.pid)))
    }
  }

  // R-14
  private static let pidOne = Rule(
    id: "criu.pid-one", stage: .tree, title: "The root of a new pid namespace is process 1",
    why: "CRIU stops with “First PID in a PID namespace needs to be 1”.",
    remedy: .donor("pstree.img, inventory.img and ids-1.img of the same dump"),
    needs: pstree + [.image(.inventory)],
    examples: [
      .fires("other", .minimal.renumbered(to: 5)),
      .silent(
        "namespace of the restorer",
        .minimal.renumbered(to: 5).message(ImageName(.inventory), InventoryEntry.self) {
          $0.rootIds.pidNsID = 9
        }),
      .silent(
        "external namespace",
        .minimal.renumbered(to: 5).image(
          ImageName(.pidns, 9), [Sketch.externalPIDNamespace])),
      .silent("1", .minimal),
    ]
  ) { subject, findings in
    guard let root = subject.processes.root, root.pid != 1,
      subject.namespaces.isOwn(.pid) == true, let ids = root.ids
    else { return }
    let image = subject.checkpoint.images[.pidns, UInt64(ids.pidNsID)]
    guard image?.first(PidnsEntry.self)?.hasExtKey != true else { return }
    findings.report(
      subject.location(root),
      "the root task is \(root.pid), but it gets a pid namespace of its own",
      have: .unsigned(UInt64(root.pid)), need: 1)
  }
}

extension Subject {
  func location(_ task: Processes.Task) -> Location {
    location(ImageName(.pstree), task.record)
  }
}
