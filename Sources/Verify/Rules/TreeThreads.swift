import CRIUImages
import Checkpoint
import SwiftProtobuf

/// Rules that tie a thread's registers and addresses to the memory of its own task: what differs
/// when core images of two tasks were exchanged.
extension Rule {
  static let threadRules: [Rule] = [threadAddress]

  private static let threadAddress = Rule(
    id: "criu.thread-address", consequence: .crash, stage: .memory,
    title: "A thread's addresses lie in the memory of its own task",
    why: """
      The restored thread would run, or register its restartable sequence, where nothing is \
      mapped: the kernel refuses the one and kills the thread for the other.
      """,
    remedy: .donor("the task's core and mm images of the same dump"),
    needs: [.wholeArchive, .images, .image(.pstree)],
    examples: [
      .fires("sequence", .minimal.editingThread { $0.rseqEntry = sequence(at: 0x7000) }),
      .silent("no sequence", .minimal.editingThread { $0.rseqEntry = sequence(at: 0) }),
      .silent("inside", .minimal.editingThread { $0.rseqEntry = sequence(at: 0x40_1000) }),
    ]
  ) { subject, findings in
    let images = subject.checkpoint.images
    for task in subject.processes.live {
      guard let space = subject.memory.spaces[task.pid] else {
        findings.notChecked("mm-\(task.pid).img cannot be read")
        continue
      }
      for thread in [task.pid] + task.otherThreads {
        let name = ImageName(.core, UInt64(thread))
        guard let core = images[name]?.first(CoreEntry.self), core.hasThreadCore else { continue }
        for (field, address) in addresses(of: core) where address != 0 && !space.maps(address) {
          let shown = "0x" + String(address, radix: 16)
          findings.report(
            .record(
              subject.checkpoint.path(of: name), 0, offset: images[name]?.records.first?.offset),
            "\(field) of thread \(thread) is \(shown), where its task \(task.pid) has nothing mapped",
            have: .text(shown), need: "an address inside a VMA of mm-\(task.pid).img")
        }
      }
    }
  }

  private static func addresses(of core: CoreEntry) -> [(field: String, address: UInt64)] {
    var result: [(String, UInt64)] = []
    if core.threadCore.hasRseqEntry {
      result.append(
        ("thread_core.rseq_entry.rseq_abi_pointer", core.threadCore.rseqEntry.rseqAbiPointer))
    }
    if core.hasThreadInfo { result.append(("thread_info.gpregs.ip", core.threadInfo.gpregs.ip)) }
    return result
  }

  private static func sequence(at address: UInt64) -> RseqEntry {
    RseqEntry.with {
      $0.rseqAbiPointer = address
      $0.rseqAbiSize = 32
      $0.signature = 0x5305_3053
    }
  }
}

extension AddressSpace {
  fileprivate func maps(_ address: UInt64) -> Bool {
    // The vsyscall page lies beyond what mm images list.
    address >= 1 << 63 || areas.contains { $0.range?.contains(address) ?? false }
  }
}

extension Sketch {
  fileprivate func editingThread(_ edit: (inout ThreadCoreEntry) -> Void) -> Sketch {
    messages(ImageName(.core, 1), CoreEntry.self) { edit(&$0[0].threadCore) }
  }
}
