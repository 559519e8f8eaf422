import CRIUImages
import Checkpoint

/// A thread of a live task, and where its image says what.
struct ThreadState {
  let id: UInt32
  let location: Location
  let core: ThreadCoreEntry
  /// The set of control groups; old dumps have it in the task's part.
  let groupSet: UInt32
}

extension Subject {
  /// The threads of live tasks whose images are readable. Zombies have none that count.
  var threads: [ThreadState] { processes.live.flatMap { threads(of: $0) } }

  func threads(of task: Processes.Task) -> [ThreadState] {
    ([task.pid] + task.otherThreads).compactMap { id in
      let name = ImageName(.core, UInt64(id))
      guard let (record, core) = checkpoint.images[name]?.messages(CoreEntry.self).first else {
        return nil
      }
      return ThreadState(
        id: id, location: location(name, record), core: core.threadCore,
        groupSet: core.threadCore.hasCgSet ? core.threadCore.cgSet : core.tc.cgSet)
    }
  }

  var filteredThreads: [ThreadState] {
    threads.filter { $0.core.seccompMode == SeccompMode.filter.rawValue }
  }

  /// The filters of seccomp.img, if it has an entry.
  func filters(_ findings: inout Findings) -> (record: ImageRecord, filters: [SeccompFilter])? {
    let name = ImageName(.seccomp)
    guard let image = checkpoint.images[name] else { return nil }
    if image.fault != nil { findings.notChecked("\(name) is not readable") }
    return image.messages(SeccompEntry.self).first.map { ($0.record, $0.message.seccompFilters) }
  }
}
