import CRIUImages
import Checkpoint

/// Rules about sessions and process groups.
extension Rule {
  static let sessionRules: [Rule] = [groupIsThread, session]

  private static let pstree: [Need] = [.wholeArchive, .images, .image(.pstree)]

  //
  private static let groupIsThread = Rule(
    id: "criu.group-is-thread", consequence: .crash, stage: .tree,
    title: "No session or process group has the number of a thread",
    why: "CRIU would make a helper task of that number for it, and aborts as the number is taken.",
    remedy: .donor("pstree.img of the same dump"), needs: pstree,
    examples: [
      .fires("process group", .family.tasks { $0[2].pgid = 4 }),
      .fires("session", .family.tasks { $0[0].sid = 4 }),
      .silent("of tasks", .family),
      .silent("of nobody", .family.tasks { $0[2].pgid = 77 }),
    ]
  ) { subject, findings in
    let threads = Set(subject.processes.tasks.flatMap(\.otherThreads))
    for task in subject.processes.tasks {
      let numbers = [("pgid", task.entry.pgid), ("sid", task.entry.sid)]
      for (field, value) in numbers where threads.contains(value) {
        findings.report(
          subject.location(task),
          "pstree_entry.\(field) of task \(task.pid) is \(value), which is a thread",
          have: .unsigned(UInt64(value)), need: "a task, or nobody")
      }
    }
  }

  //
  private static let session = Rule(
    id: "criu.session", stage: .tree,
    title: "Every task is in a session that it leads or can be born into",
    why: """
      A session is inherited, so CRIU must fork a task from one that is in it. It stops with \
      “Can't find a session leader”, “Can't figure out which sid” or “Requested sid doesn't match”.
      """,
    remedy: .donor("pstree.img of the same dump"),
    needs: pstree + [.image(.inventory)],
    examples: [
      .fires("root of a new pid namespace", .minimal.tasks { $0[0].sid = 2 }),
      .fires(
        "grandchild in a session of nobody",
        .family.tasks {
          $0[2].ppid = 2
          $0[2].sid = 77
        }),
      .fires(
        "children born in two sessions",
        .family.tasks {
          $0[1].sid = 2
          $0[2].ppid = 2
          $0[2].sid = 1
          var other = Sketch.task(9, parent: 2)
          other.sid = 77
          $0.append(other)
        }),
      .silent("child adopted from a session of nobody", .family.tasks { $0[2].sid = 77 }),
      .silent(
        "child adopted from a session",
        .family.tasks {
          $0[1].sid = 2
          $0[2].sid = 2
        }),
      .silent("one session", .family),
      .silent("session outside", .minimal.tasks { $0[0].sid = 0 }),
      .silent(
        "no such parent, which is another rule's finding", .family.tasks { $0[1].ppid = 99 }),
    ]
  ) { subject, findings in
    let tasks = subject.processes.tasks
    guard let root = subject.processes.root else {
      return findings.notChecked("pstree.img has no root")
    }
    let all = Set(tasks.map(\.pid))
    if let orphan = tasks.first(where: { $0.entry.ppid != 0 && !all.contains($0.entry.ppid) }) {
      return findings.notChecked("task \(orphan.pid) of pstree.img has no parent")
    }
    if subject.rootIsInNoSession {
      findings.report(
        subject.location(root),
        "the root task is in session \(root.entry.sid), but in its new pid namespace there is none",
        have: .unsigned(UInt64(root.entry.sid)), need: "its own pid, or 0")
      return
    }
    guard let (task, failure) = SessionPlan.failure(in: tasks) else { return }
    let reason =
      switch failure {
      case .noLeader: "no ancestor leads it"
      case .twoSessions(let first, let second):
        "an ancestor would have to fork in session \(first) and in session \(second)"
      }
    findings.report(
      subject.location(task), "task \(task.pid) is in session \(task.entry.sid), but \(reason)",
      have: .unsigned(UInt64(task.entry.sid)),
      need: "its own pid, or the session of an ancestor")
  }
}

extension Subject {
  /// A new pid namespace shows the session of the restorer as 0.
  fileprivate var rootIsInNoSession: Bool {
    guard let root = processes.root, namespaces.isOwn(.pid) == true, root.pid == 1 else {
      return false
    }
    return ![0, 1].contains(root.entry.sid)
  }

  /// Whether CRIU gets as far as to process groups.
  var sessionsArePossible: Bool {
    !rootIsInNoSession && SessionPlan.failure(in: processes.tasks) == nil
  }
}
