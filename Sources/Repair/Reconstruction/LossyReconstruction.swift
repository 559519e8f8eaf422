import CRIUImages
import Checkpoint
import SwiftProtobuf

/// What a real restore accepted, though it gives something up (criu-images.md, §5.2): only if a
/// person allows it.
extension Reconstruction {
  /// Without `cgroup.img`, and with the tasks' set as that of CRIU itself, the engine alone decides
  /// where the tasks go.
  static func withoutControlGroups(_ path: String, _ evidence: Evidence) -> [Reconstruction] {
    let name = ImageName(.inventory)
    let sets = Set(
      evidence.processes.live.compactMap { task in
        task.core.map { $0.threadCore.hasCgSet ? $0.threadCore.cgSet : $0.tc.cgSet }
      })
    guard sets.count == 1, let set = sets.first,
      var inventory = evidence.readable(name)?.first(InventoryEntry.self)
    else { return [] }
    inventory.rootCgSet = set
    guard let bytes = evidence.encode(name, inventory) else { return [] }
    let loss = "the limits of the dump's control groups; those that the engine sets stay"
    let own = Reconstruction(
      path: evidence.checkpoint.path(of: name), outcome: .written(bytes), risk: .lossy,
      reason: "the tasks are to stay in the control group that the engine puts them in")
    if evidence.images[ImageName(.cgroup)] == nil {
      return [own.losing(loss)]
    }
    return [
      Reconstruction(
        path: path, outcome: .removed, risk: .lossy, reason: "it cannot be read; lost are \(loss)"),
      own,
    ]
  }

  private func losing(_ what: String) -> Reconstruction {
    var copy = self
    copy.reason += "; lost are \(what)"
    return copy
  }

  /// A tree in which every task is a child of the first, in its group and its session. Nothing but
  /// `pstree.img` tells more; a thread's owner is the one task whose memory holds its stack.
  static func tree(_ path: String, _ evidence: Evidence) -> Reconstruction? {
    var tasks: [UInt32] = []
    var threads: [(id: UInt32, core: CoreEntry)] = []
    for id in evidence.images.ids(of: .core) {
      guard let id = UInt32(exactly: id),
        let core = evidence.readable(ImageName(.core, UInt64(id)))?.first(CoreEntry.self)
      else { return nil }
      if core.hasTc { tasks.append(id) } else { threads.append((id, core)) }
    }
    tasks.sort()
    // CRIU numbers the files of pages in the order of pstree.img, which goes down each branch before
    // the next: where the order of pids is another, the tree is deeper.
    let pages = tasks.compactMap { evidence.readable(ImageName(.pagemap, UInt64($0)))?.pagemap }
      .map(\.pagesID)
    guard let root = tasks.first, pages == pages.sorted() else { return nil }
    var members = Dictionary(uniqueKeysWithValues: tasks.map { ($0, [$0]) })
    for thread in threads.sorted(by: { $0.id < $1.id }) {
      let stack = thread.core.threadInfo.gpregs.sp
      let owners = tasks.filter { evidence.hasMemory(at: stack, task: $0) }
      guard owners.count == 1, let owner = owners.first else { return nil }
      members[owner]?.append(thread.id)
    }
    let entries = tasks.map { task in
      PstreeEntry.with {
        $0.pid = task
        $0.ppid = task == root ? 0 : root
        $0.pgid = root
        $0.sid = root
        $0.threads = members[task] ?? []
      }
    }
    let name = ImageName(.pstree)
    guard
      let bytes = try? ImageEncoder.encode(
        name, messages: entries, framing: evidence.framing)
    else { return nil }
    return Reconstruction(
      path: path, outcome: .written(bytes), risk: .lossy,
      reason: tasks.count == 1
        ? "the core images name one task; its group and session are assumed to be its own"
        : "the core images name \(tasks.count) tasks; that all are children of task \(root), in its group and session, is assumed"
    )
  }
}

extension Evidence {
  fileprivate func hasMemory(at address: UInt64, task: UInt32) -> Bool {
    AddressSpace(images, pid: task)?.areas.contains { area in
      area.start <= address && address < area.end
    } ?? false
  }
}
