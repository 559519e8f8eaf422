import CRIUImages
import Checkpoint

/// Rules about process groups, beyond what a session allows (R-12, and measured: members of a
/// group whose leader is in another session leave the restore waiting for ever).
extension Rule {
  static let groupRules: [Rule] = [groupSession, rootGroup]

  private static let groupSession = Rule(
    id: "criu.group-session", consequence: .hang, stage: .tree,
    title: "A process group lies in one session",
    why: """
      CRIU moves the task into the group with setpgid, which the kernel refuses across sessions, \
      while its leader waits for it: the restore never returns.
      """,
    remedy: .donor("pstree.img of the same dump"),
    needs: [.wholeArchive, .images, .image(.pstree)],
    examples: [
      .fires("session of nobody, group of the root", .family.tasks { $0[2].sid = 77 }),
      .fires("leads a session, in another's group", .family.tasks { $0[2].sid = $0[2].pid }),
      .silent(
        "leads both",
        .family.tasks {
          $0[2].sid = $0[2].pid
          $0[2].pgid = $0[2].pid
        }),
      .silent(
        "session and group of nobody",
        .family.tasks {
          $0[2].sid = 77
          $0[2].pgid = 77
        }),
      .silent("one of each", .family),
      .silent("a session of nobody's, which is met first", .family.tasks { $0[0].sid = 2 }),
    ]
  ) { subject, findings in
    guard subject.sessionsArePossible else {
      return findings.notChecked("the sessions of pstree.img are not possible")
    }
    let sessions = Dictionary(
      subject.processes.tasks.map { ($0.pid, $0.entry.sid) }
    ) { first, _ in first }
    for task in subject.processes.tasks {
      guard let session = sessions[task.entry.pgid], session != task.entry.sid else { continue }
      findings.report(
        subject.location(task),
        "task \(task.pid) is in session \(task.entry.sid), but the leader of its process group, \(task.entry.pgid), is in session \(session)",
        have: .unsigned(UInt64(task.entry.sid)), need: .unsigned(UInt64(session)))
    }
  }

  private static let rootGroup = Rule(
    id: "criu.root-group", stage: .tree,
    title: "The root task is in a process group that it can join",
    why: "Nobody is there yet whose group it could join: “Can't restore pgid”.",
    remedy: .donor("pstree.img of the same dump"),
    needs: [.wholeArchive, .images, .image(.pstree), .image(.inventory)],
    examples: [
      .fires("nobody's", .minimal.tasks { $0[0].pgid = 77 }),
      .silent("its own", .minimal),
      .silent("outside", .minimal.tasks { $0[0].pgid = 0 }),
    ]
  ) { subject, findings in
    guard let root = subject.processes.root, subject.namespaces.isOwn(.pid) == true,
      ![0, root.pid].contains(root.entry.pgid)
    else { return }
    findings.report(
      subject.location(root),
      "the root task is in process group \(root.entry.pgid), which is not there",
      have: .unsigned(UInt64(root.entry.pgid)), need: .unsigned(UInt64(root.pid)))
  }
}
