import CRIUImages
import Checkpoint

extension Rule {
  /// rseq(2); restore_thread_common in criu/pie/restorer.c
  static let threadSequences = Rule(
    id: "criu.thread-rseq", stage: .memory,
    title: "The restartable sequences of a thread are registered within its memory",
    why: """
      The restorer registers them again, and the kernel refuses an address that is not mapped: \
      “failed sys_rseq … = -14”. It means that core and mm image are not of one task.
      """,
    remedy: .donor("the core and mm images of the same dump"), needs: [.wholeArchive, .images],
    examples: [
      .fires("not mapped", .registering(at: 0x50_0000)),
      .fires("not writable", .registering(at: 0x40_0000)),
      .silent(
        "mapped", .registering(at: 0x40_0000).editingArea { $0.prot = 3 }),
      .silent("not registered", .minimal),
    ]
  ) { subject, findings in
    let writable: UInt32 = 2
    for task in subject.processes.live {
      guard let space = subject.memory.spaces[task.pid] else { continue }
      for thread in subject.threads(of: task) where thread.core.hasRseqEntry {
        let entry = thread.core.rseqEntry
        let start = entry.rseqAbiPointer
        let (end, overflow) = start.addingReportingOverflow(UInt64(entry.rseqAbiSize))
        guard start != 0, entry.rseqAbiSize > 0 else { continue }
        let isMapped = space.areas.contains {
          $0.prot & writable != 0 && $0.start <= start && end <= $0.end
        }
        guard overflow || !isMapped else { continue }
        findings.report(
          thread.location,
          "rseq_abi_pointer of thread \(thread.id) is \(hex(start)), where task \(task.pid) has no writable mapping",
          have: .text(hex(start)), need: .text("an address in \(space.image)"),
          evidence: ["field": "rseq_abi_pointer"])
      }
    }
  }
}
