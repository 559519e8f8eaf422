public import CRIUImages

/// Which namespaces a restore makes anew, decided as CRIU does (criu-images.md, R-21): a kind is
/// made if the root task's number differs from the one the inventory has for CRIU itself.
public struct Namespaces: Sendable {
  public enum Kind: String, Sendable, Hashable, CaseIterable {
    case pid, net, ipc, uts, mnt, user, time

    /// The field of `ids-N.img` that numbers it.
    public var field: String { "\(rawValue)_ns_id" }
  }

  /// The numbers of CRIU itself when it dumped.
  public let outside: TaskKobjIdsEntry?
  /// The numbers of the root task.
  public let root: TaskKobjIdsEntry?
  /// Every live task's numbers.
  public let tasks: [TaskKobjIdsEntry]
  /// Whether images are named after the numbers, as they have been since CRIU 2. Before that they
  /// were named after the root task's pid.
  public let areNumbered: Bool

  public init(_ images: ImageSet, _ processes: Processes) {
    let inventory = images[.inventory]?.first(InventoryEntry.self)
    outside = inventory?.hasRootIds == true ? inventory?.rootIds : nil
    areNumbered = inventory?.nsPerID ?? false
    root = processes.root?.ids
    tasks = processes.live.compactMap(\.ids)
  }

  /// nil if the inventory or the root task's numbers cannot be read.
  public func isOwn(_ kind: Kind) -> Bool? {
    guard let outside, let root else { return nil }
    return outside[kind] != root[kind]
  }

  /// The distinct numbers of one kind that live tasks have, in ascending order.
  public func ids(of kind: Kind) -> [UInt32] { Set(tasks.map { $0[kind] }).sorted() }

  /// Every number that some live task has for some namespace.
  public var allIDs: Set<UInt32> {
    Set(tasks.flatMap { ids in Kind.allCases.map { ids[$0] } + [ids.cgroupNsID] })
  }
}

extension TaskKobjIdsEntry {
  /// CRIU takes an absent number for 0.
  public subscript(kind: Namespaces.Kind) -> UInt32 {
    switch kind {
    case .pid: pidNsID
    case .net: netNsID
    case .ipc: ipcNsID
    case .uts: utsNsID
    case .mnt: mntNsID
    case .user: userNsID
    case .time: timeNsID
    }
  }
}
