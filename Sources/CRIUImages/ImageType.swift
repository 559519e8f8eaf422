/// Every type of image file that CRIU 4.2 knows (criu/image-desc.c, criu/include/magic.h).
///
/// `PAGES_OLD` of that table is missing: its name is that of ``pages``, and nothing opens it. The
/// two names of `STATS` are two types here.
public enum ImageType: UInt8, CaseIterable, Hashable, Sendable {
  // Whole set
  case inventory
  case pstree
  case files
  case fdinfo
  case remapFilePaths
  case ghostFile
  case fileLocks
  case memfdInodes
  case pipesData
  case fifoData
  case socketQueues
  case tcpStream
  case ttyInfo
  case ttyData
  case bpfmapData
  case cgroup
  case seccomp
  case apparmor
  case cpuinfo

  // Tasks
  case core
  case ids
  case mm
  case fs
  case pagemap
  case shmemPagemap
  case pages

  // Namespaces
  case utsns
  case pidns
  case userns
  case timens
  case mounts
  case ipcVar
  case ipcShm
  case ipcMsg
  case ipcSem
  case netns
  case netdev
  case ifaddr
  case route
  case route6
  case rule
  case iptables
  case ip6tables
  case nftables
  case conntrack
  case conntrackExpect

  // Filesystems
  case tmpfsDev
  case tmpfs
  case autofs
  case binfmtMisc
  case binfmtMiscByDev

  // Service
  case dumpStats
  case restoreStats
  case irmapCache

  // Files of one kind, read only when `files.img` is absent or empty
  case regFiles
  case extFiles
  case nsFiles
  case eventfds
  case eventpolls
  case eventpollTargets
  case signalfds
  case inotifies
  case inotifyWatches
  case fanotifies
  case fanotifyMarks
  case pipes
  case fifos
  case unixSockets
  case inetSockets
  case packetSockets
  case netlinkSockets
  case ttys
  case tunfiles
  case timerfds
  case pidfds
  case bpfmapFiles

  // Parts of a task, read only when its core or mm image lacks them
  case creds
  case vmas
  case sigactions
  case itimers
  case posixTimers
  case rlimits
  case sharedSignals
  case privateSignals
  case shmemPages
}

extension ImageType {
  /// The row of the table.
  public var layout: ImageLayout { Self.layouts[Int(rawValue)] }

  private static let layouts = allCases.map(\.row)

  /// Types whose images begin with `magic`; several share one.
  public static func types(withMagic magic: UInt32) -> [ImageType] {
    magic == 0 ? [] : allCases.filter { $0.layout.magic == magic }
  }
}

extension ImageType: CustomStringConvertible {
  /// The file name, with `N` for the id.
  public var description: String {
    layout.prefix + (layout.id == .none ? "" : "N") + layout.suffix
  }
}

// swift-format-ignore: one row a line
extension ImageType {
  private var row: ImageLayout {
    switch self {
    case .inventory: .one("inventory.img", 0x5831_3116, InventoryEntry.self, head: .typeOnly)
    case .pstree: .many("pstree.img", 0x5027_3030, PstreeEntry.self)
    case .files: .many("files.img", 0x5630_3138, FileEntry.self)
    case .fdinfo: .many("fdinfo-%u.img", 0x5621_3732, FdinfoEntry.self)
    case .remapFilePaths: .many("remap-fpath.img", 0x5913_3954, RemapFilePathEntry.self)
    case .ghostFile: .one("ghost-file-%x.img", 0x5258_3605, GhostFileEntry.self)
    case .fileLocks: .many("filelocks.img", 0x5432_3616, FileLockEntry.self)
    case .memfdInodes: .many("memfd.img", 0x4845_3499, MemfdInodeEntry.self)
    case .pipesData: .many("pipes-data.img", 0x5645_3709, PipeDataEntry.self)
    case .fifoData: .many("fifo-data.img", 0x5933_3054, PipeDataEntry.self)
    case .socketQueues: .many("sk-queues.img", 0x5626_4026, SkPacketEntry.self)
    case .tcpStream: .one("tcp-stream-%x.img", 0x5146_5506, TcpStreamEntry.self)
    case .ttyInfo: .many("tty-info.img", 0x5945_3036, TtyInfoEntry.self)
    case .ttyData: .many("tty-data.img", 0x5941_3026, TtyDataEntry.self)
    case .bpfmapData: .many("bpfmap-data.img", 0x6432_4033, BpfmapDataEntry.self)
    case .cgroup: .upToOne("cgroup.img", 0x5938_3330, CgroupEntry.self)
    case .seccomp: .upToOne("seccomp.img", 0x6441_3049, SeccompEntry.self)
    case .apparmor: .upToOne("apparmor.img", 0x5942_3047, ApparmorEntry.self)
    case .cpuinfo: .one("cpuinfo.img", 0x6140_4013, CpuinfoEntry.self)
    case .core: .one("core-%u.img", 0x5505_3847, CoreEntry.self)
    case .ids: .upToOne("ids-%u.img", 0x5443_2030, TaskKobjIdsEntry.self)
    case .mm: .one("mm-%u.img", 0x5749_2820, MmEntry.self)
    case .fs: .one("fs-%u.img", 0x5140_3912, FsEntry.self)
    case .pagemap: .pagemap("pagemap-%lu.img")
    case .shmemPagemap: .pagemap("pagemap-shmem-%lu.img")
    case .pages: .raw("pages-%u.img")
    case .utsns: .one("utsns-%u.img", 0x5447_3203, UtsnsEntry.self)
    case .pidns: .upToOne("pidns-%u.img", 0x6115_7326, PidnsEntry.self)
    case .userns: .one("userns-%u.img", 0x5547_4906, UsernsEntry.self)
    case .timens: .one("timens-%u.img", 0x4311_4433, TimensEntry.self)
    case .mounts: .many("mountpoints-%u.img", 0x5556_3928, MntEntry.self)
    case .ipcVar: .one("ipcns-var-%u.img", 0x5311_5007, IpcVarEntry.self)
    case .ipcShm: .many("ipcns-shm-%u.img", 0x4628_3044, IpcShmEntry.self)
    case .ipcMsg: .many("ipcns-msg-%u.img", 0x5545_3737, IpcMsgEntry.self)
    case .ipcSem: .many("ipcns-sem-%u.img", 0x5957_3019, IpcSemEntry.self)
    case .netns: .one("netns-%u.img", 0x5593_3752, NetnsEntry.self)
    case .netdev: .many("netdev-%u.img", 0x5737_3951, NetDeviceEntry.self)
    case .ifaddr: .raw("ifaddr-%u.img")
    case .route: .raw("route-%u.img")
    case .route6: .raw("route6-%u.img")
    case .rule: .raw("rule-%u.img")
    case .iptables: .raw("iptables-%u.img")
    case .ip6tables: .raw("ip6tables-%u.img")
    case .nftables: .raw("nftables-%u.img")
    case .conntrack: .raw("netns-ct-%u.img")
    case .conntrackExpect: .raw("netns-exp-%u.img")
    case .tmpfsDev: .raw("tmpfs-dev-%u.tar.gz.img")
    case .tmpfs: .raw("tmpfs-%u.tar.gz.img", legacy: true)
    case .autofs: .one("autofs-%u.img", 0x4935_3943, AutofsEntry.self)
    case .binfmtMisc: .many("binfmt-misc.img", 0x6734_3323, BinfmtMiscEntry.self)
    case .binfmtMiscByDev:
      .many("binfmt-misc-%u.img", 0x6734_3323, BinfmtMiscEntry.self, legacy: true)
    case .dumpStats: .one("stats-dump", 0x5709_3306, StatsEntry.self, head: .service)
    case .restoreStats: .one("stats-restore", 0x5709_3306, StatsEntry.self, head: .service)
    case .irmapCache: .many("irmap-cache", 0x5700_4059, IrmapCacheEntry.self, head: .service)
    case .regFiles: .many("reg-files.img", 0x5036_3636, RegFileEntry.self, legacy: true)
    case .extFiles: .many("ext-files.img", 0x5925_5641, ExtFileEntry.self, legacy: true)
    case .nsFiles: .many("ns-files.img", 0x6139_4011, NsFileEntry.self, legacy: true)
    case .eventfds: .many("eventfd.img", 0x4452_3722, EventfdFileEntry.self, legacy: true)
    case .eventpolls: .many("eventpoll.img", 0x4502_3858, EventpollFileEntry.self, legacy: true)
    case .eventpollTargets:
      .many("eventpoll-tfd.img", 0x4443_3746, EventpollTfdEntry.self, legacy: true)
    case .signalfds: .many("signalfd.img", 0x5732_3820, SignalfdEntry.self, legacy: true)
    case .inotifies: .many("inotify.img", 0x4842_4431, InotifyFileEntry.self, legacy: true)
    case .inotifyWatches: .many("inotify-wd.img", 0x5456_2009, InotifyWdEntry.self, legacy: true)
    case .fanotifies: .many("fanotify.img", 0x5509_6122, FanotifyFileEntry.self, legacy: true)
    case .fanotifyMarks:
      .many("fanotify-mark.img", 0x5650_6035, FanotifyMarkEntry.self, legacy: true)
    case .pipes: .many("pipes.img", 0x5651_3555, PipeEntry.self, legacy: true)
    case .fifos: .many("fifo.img", 0x5836_4939, FifoEntry.self, legacy: true)
    case .unixSockets: .many("unixsk.img", 0x5437_3943, UnixSkEntry.self, legacy: true)
    case .inetSockets: .many("inetsk.img", 0x5644_3851, InetSkEntry.self, legacy: true)
    case .packetSockets: .many("packetsk.img", 0x6045_4618, PacketSockEntry.self, legacy: true)
    case .netlinkSockets: .many("netlinksk.img", 0x5800_5614, NetlinkSkEntry.self, legacy: true)
    case .ttys: .many("tty.img", 0x5943_3025, TtyFileEntry.self, legacy: true)
    case .tunfiles: .many("tunfile.img", 0x5714_3751, TunfileEntry.self, legacy: true)
    case .timerfds: .many("timerfd.img", 0x5049_3712, TimerfdEntry.self, legacy: true)
    case .pidfds: .many("pidfd.img", 0x5443_5556, PidfdEntry.self, legacy: true)
    case .bpfmapFiles: .many("bpfmap-file.img", 0x5750_6142, BpfmapFileEntry.self, legacy: true)
    case .creds: .one("creds-%u.img", 0x5402_3547, CredsEntry.self, legacy: true)
    case .vmas: .many("vmas-%u.img", 0x5412_3737, VmaEntry.self, legacy: true)
    case .sigactions: .many("sigacts-%u.img", 0x5534_4201, SaEntry.self, legacy: true)
    case .itimers: .many("itimers-%u.img", 0x5746_4056, ItimerEntry.self, legacy: true)
    case .posixTimers: .many("posix-timers-%u.img", 0x5260_3957, PosixTimerEntry.self, legacy: true)
    case .rlimits: .many("rlimit-%u.img", 0x5711_3925, RlimitEntry.self, legacy: true)
    case .sharedSignals: .many("signal-s-%u.img", 0x5925_5647, SiginfoEntry.self, legacy: true)
    case .privateSignals: .many("signal-p-%u.img", 0x5925_5647, SiginfoEntry.self, legacy: true)
    case .shmemPages: .raw("pages-shmem-%ld.img", legacy: true)
    }
  }
}
