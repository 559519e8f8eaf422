import Archive
import CRIUImages
import Checkpoint

extension Dump {
  /// What the images say about the CRIU that wrote them, and about the machine.
  public struct Fingerprint: Sendable, Hashable, Encodable {
    /// `img_version` of the inventory.
    public var imageVersion: UInt32?
    /// The oldest release that writes such images, as far as they tell.
    public var atLeast: String?
    /// The first release that writes other images.
    public var below: String?
    public var runID: String?
    public var plugins: [String]
    /// `none`, `selinux` or `apparmor`.
    public var lsm: String?
    /// What kept the network silent during the dump: `iptables`, `nftables` or `skip`.
    public var networkLock: String?
    public var machine: String?
    public var pageSize: UInt64?

    init(_ subject: Subject) {
      let inventory = subject.checkpoint.images[.inventory]?.first(InventoryEntry.self)
      imageVersion = inventory?.imgVersion
      runID = inventory.flatMap { entry in
        entry.hasDumpCriuRunID ? shown(name: entry.dumpCriuRunID) : nil
      }
      plugins = inventory?.pluginsEntry.plugins.map { shown(name: $0) } ?? []
      lsm = inventory.map { Self.named($0.lsmtype, ["none", "selinux", "apparmor"]) }
      networkLock = inventory.map {
        Self.named($0.networkLockMethod, ["iptables", "nftables", "skip"])
      }
      machine = subject.processes.tasks.lazy.compactMap(\.core).first.map(Self.machine)
      pageSize =
        subject.processes.live.lazy
        .compactMap { subject.memory.spaces[$0.pid]?.pageSize }.first
      // Field 5 of pagemap entries came with CRIU 4.2, the run id and plugins with 4.1
      // (criu-images.md, §1.2).
      let pagemaps = subject.memory.pagemaps.map(\.summary).filter { $0.entries > 0 }
      if pagemaps.contains(where: { $0.entriesWithWideCount > 0 }) {
        atLeast = "4.2"
      } else {
        atLeast = runID != nil || !plugins.isEmpty ? "4.1" : nil
        below = pagemaps.isEmpty ? nil : "4.2"
      }
    }

    private static func named(_ value: UInt32, _ names: [String]) -> String {
      value < names.count ? names[Int(value)] : "unknown (\(value))"
    }

    private static func machine(_ core: CoreEntry) -> String {
      switch core.machine {
      case .x86: "x86-64"
      case .arm: "arm"
      case .aarch64: "aarch64"
      case .ppc64: "ppc64"
      case .s390: "s390"
      case .mips: "mips"
      case .loongarch64: "loongarch64"
      case .riscv64: "riscv64"
      case nil: "unknown (\(core.mtype))"
      }
    }
  }

  /// A kind of namespace, and whether the restore makes one.
  public struct Namespace: Sendable, Hashable, Encodable {
    public var kind: String
    /// false if the tasks stay in the one of the restoring process; nil if that is unknown.
    public var isOwn: Bool?
    /// CRIU's numbers of it.
    public var ids: [UInt32]
    /// The name under which an engine hands one in.
    public var externalKey: String?

    static func all(_ subject: Subject) -> [Namespace] {
      let images = subject.checkpoint.images
      return Namespaces.Kind.allCases.map { kind in
        let ids = subject.namespaces.ids(of: kind)
        let keys = ids.lazy.compactMap { id -> String? in
          switch kind {
          case .net: images[.netns, UInt64(id)]?.first(NetnsEntry.self)?.extKeyText
          case .pid: images[.pidns, UInt64(id)]?.first(PidnsEntry.self)?.extKeyText
          case .ipc, .uts, .mnt, .user, .time: nil
          }
        }
        return Namespace(
          kind: kind.rawValue, isOwn: subject.namespaces.isOwn(kind), ids: ids,
          externalKey: keys.first.map(shown))
      }
    }
  }

  /// What CRIU counted while it dumped. Times are in microseconds.
  public struct Statistics: Sendable, Hashable, Encodable {
    public var freezingTime: UInt32
    public var frozenTime: UInt32
    public var memoryDumpTime: UInt32
    public var memoryWriteTime: UInt32
    public var pagesScanned: UInt64
    public var pagesSkippedParent: UInt64
    public var pagesWritten: UInt64
    public var pagesLazy: UInt64
    public var sharedPagesScanned: UInt64
    public var sharedPagesSkippedParent: UInt64
    public var sharedPagesWritten: UInt64

    init?(_ subject: Subject) {
      guard let entry = subject.dumpStatistics?.entry else { return nil }
      freezingTime = entry.freezingTime
      frozenTime = entry.frozenTime
      memoryDumpTime = entry.memdumpTime
      memoryWriteTime = entry.memwriteTime
      pagesScanned = entry.pagesScanned
      pagesSkippedParent = entry.pagesSkippedParent
      pagesWritten = entry.pagesWritten
      pagesLazy = entry.pagesLazy
      sharedPagesScanned = entry.shpagesScanned
      sharedPagesSkippedParent = entry.shpagesSkippedParent
      sharedPagesWritten = entry.shpagesWritten
    }
  }
}

extension Subject {
  /// What CRIU says about the dump. Engines keep the figures beside the images.
  var dumpStatistics: (location: Location, entry: DumpStatsEntry)? {
    let name = ImageName(.dumpStats)
    guard let path = [name.fileName, checkpoint.path(of: name)].first(where: checkpoint.contains),
      case .image(let image)? = checkpoint[path]?.content, image.fault == nil,
      let (record, entry) = image.messages(StatsEntry.self).first, entry.hasDump
    else { return nil }
    return (.record(path, record.index, offset: record.offset), entry.dump)
  }
}
