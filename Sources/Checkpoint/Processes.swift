public import CRIUImages

/// The tasks of `pstree.img`, each with the images that belong to it, as far as they are readable.
public struct Processes: Sendable {
  public struct Task: Sendable {
    public let entry: PstreeEntry
    /// Its record in `pstree.img`.
    public let record: ImageRecord
    public let core: CoreEntry?
    public let ids: TaskKobjIdsEntry?

    public var pid: UInt32 { entry.pid }
    public var state: TaskState? { core?.tc.state }
    /// A zombie has a core image and nothing else, and its `threads` is uninitialised memory
    /// (criu-images.md, §0.5).
    public var isDead: Bool { state == .dead }
    public var isLive: Bool { state == .alive || state == .stopped }
    /// Thread ids but the leader's; none for a zombie.
    public var otherThreads: ArraySlice<UInt32> { isDead ? [] : entry.threads.dropFirst() }
  }

  /// In stored order.
  public let tasks: [Task]

  public init(_ images: ImageSet) {
    tasks = (images[.pstree]?.messages(PstreeEntry.self) ?? []).map { record, entry in
      let core = images[.core, UInt64(entry.pid)]?.first(CoreEntry.self)
      let ids =
        images[.ids, UInt64(entry.pid)]?.first(TaskKobjIdsEntry.self)
        ?? (core?.hasIds == true ? core?.ids : nil)
      return Task(entry: entry, record: record, core: core, ids: ids)
    }
  }

  /// The first task without a parent.
  public var root: Task? { tasks.first { $0.entry.ppid == 0 } }

  public var live: [Task] { tasks.filter(\.isLive) }
}
