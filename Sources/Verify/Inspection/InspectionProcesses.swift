import CRIUImages
import Checkpoint

extension Dump {
  /// A task of the process tree.
  public struct Process: Sendable, Hashable, Encodable {
    public struct Thread: Sendable, Hashable, Encodable {
      public var id: UInt32
      public var name: String?
    }

    public var pid: UInt32
    public var parent: UInt32
    public var group: UInt32
    public var session: UInt32
    /// How many ancestors it has.
    public var depth: Int
    public var name: String?
    /// `alive`, `stopped` or `zombie`.
    public var state: String?
    public var uid: UInt32?
    public var gid: UInt32?
    public var credentials: Credentials?
    /// All but the main thread.
    public var threads: [Thread]
    /// Bytes of its own memory in the checkpoint.
    public var memory: UInt64?
    /// `disabled`, `strict` or `filter`.
    public var seccomp: String?

    /// Each task followed by its children, in stored order. Tasks whose parent is no task, or their
    /// own descendant, count as roots: every task comes once, whatever `pstree.img` says.
    static func tree(_ subject: Subject) -> [Process] {
      let tasks = subject.processes.tasks
      let known = Set(tasks.map(\.pid))
      var children: [UInt32: [Int]] = [:]
      var roots: [Int] = []
      for (index, task) in tasks.enumerated() {
        if known.contains(task.entry.ppid), task.entry.ppid != task.pid {
          children[task.entry.ppid, default: []].append(index)
        } else {
          roots.append(index)
        }
      }
      let memory = Dictionary(
        subject.memory.pagemaps.map { ($0.owner, $0.pagesSize) }
      ) { first, _ in first }
      var result: [Process] = []
      var seen: Set<Int> = []
      for start in roots + Array(tasks.indices) where !seen.contains(start) {
        var stack = [(index: start, depth: 0)]
        while let (index, depth) = stack.popLast() {
          guard seen.insert(index).inserted else { continue }
          let task = tasks[index]
          result.append(
            Process(task, depth, memory[.task(task.pid)] ?? nil, subject.checkpoint.images))
          stack += (children[task.pid] ?? []).reversed().map { ($0, depth + 1) }
        }
      }
      return result
    }

    private init(
      _ task: Processes.Task, _ depth: Int, _ memory: UInt64?, _ images: ImageSet
    ) {
      pid = task.pid
      parent = task.entry.ppid
      group = task.entry.pgid
      session = task.entry.sid
      self.depth = depth
      self.memory = memory
      let leader = task.core
      name = leader.flatMap { $0.hasTc ? shown(name: $0.tc.comm) : nil }
      state = leader.flatMap { $0.hasTc ? Self.state($0.tc) : nil }
      let creds =
        leader?.threadCore.hasCreds == true
        ? leader?.threadCore.creds : images[.creds, UInt64(task.pid)]?.first(CredsEntry.self)
      uid = creds?.uid
      gid = creds?.gid
      credentials = creds.map(Credentials.init)
      seccomp = leader.flatMap { task.isDead ? nil : Self.seccomp($0) }
      threads = task.otherThreads.map { id in
        let core = images[.core, UInt64(id)]?.first(CoreEntry.self)?.threadCore
        return Thread(
          id: id, name: core.flatMap { $0.hasComm ? shown(name: $0.comm) : nil })
      }
    }

    private static func state(_ task: TaskCoreEntry) -> String {
      switch task.state {
      case .alive: "alive"
      case .dead: "zombie"
      case .stopped: "stopped"
      case nil: "unknown (\(task.taskState))"
      }
    }

    private static func seccomp(_ core: CoreEntry) -> String {
      // Old images have one mode for all threads of a task.
      let mode =
        core.threadCore.hasSeccompMode ? core.threadCore.seccompMode : core.tc.oldSeccompMode
      return switch SeccompMode(rawValue: mode) {
      case .disabled: "disabled"
      case .strict: "strict"
      case .filter: "filter"
      case nil: "unknown (\(mode))"
      }
    }
  }
}
