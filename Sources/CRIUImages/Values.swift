// Values of fields that the schemas declare as plain integers, so that unknown ones are kept.

/// What kind of file a descriptor is (`FdinfoEntry.type`, `FileEntry.type`).
public enum FileType: UInt32, CaseIterable, Hashable, Sendable {
  case regular = 1
  case pipe, fifo, inetSocket, unixSocket, eventfd, eventpoll, inotify, signalfd, packetSocket
  case tty, fanotify, netlinkSocket, namespace, tun, external, timerfd, memfd, bpfmap, pidfd
}

/// State of a task (`TaskCoreEntry.taskState`).
public enum TaskState: UInt32, CaseIterable, Hashable, Sendable {
  case alive = 1
  /// A zombie: it has a core image and nothing else.
  case dead = 2
  case stopped = 3
}

/// Architecture of a task (`CoreEntry.mtype`).
public enum MachineType: UInt32, CaseIterable, Hashable, Sendable {
  case x86 = 1
  case arm, aarch64, ppc64, s390, mips, loongarch64, riscv64
}

/// How a file whose path is gone is opened (`RemapFilePathEntry.remapType`).
public enum RemapType: UInt32, CaseIterable, Hashable, Sendable {
  case linked = 0
  case ghost, procfs
}

/// Seccomp mode of a thread (`ThreadCoreEntry.seccompMode`).
public enum SeccompMode: UInt32, CaseIterable, Hashable, Sendable {
  case disabled = 0
  case strict, filter
}

/// Kind of a file system (`MntEntry.fstype`).
public enum FilesystemType: UInt32, CaseIterable, Hashable, Sendable {
  /// Any that CRIU takes from outside, such as ext4 below the root of a container.
  case unsupported = 0
  case proc, sysfs, devtmpfs, binfmtMisc, tmpfs, devpts, simfs, pstore, securityfs, fusectl
  case debugfs, cgroup, aufs, mqueue, fuse
  /// Any other; its name is in `fsname`.
  case auto
  case overlay, autofs, tracefs
  case cgroup2 = 23
}

/// What a mapping is (`VmaEntry.status`, criu/include/image.h).
public struct VMAStatus: OptionSet, Hashable, Sendable {
  public let rawValue: UInt32

  public init(rawValue: UInt32) { self.rawValue = rawValue }

  /// An ordinary mapping that a restore makes.
  public static let regular = VMAStatus(rawValue: 1 << 0)
  /// A stack that grows.
  public static let stack = VMAStatus(rawValue: 1 << 1)
  /// The vsyscall page.
  public static let vsyscall = VMAStatus(rawValue: 1 << 2)
  /// The vDSO.
  public static let vdso = VMAStatus(rawValue: 1 << 3)
  /// The heap.
  public static let heap = VMAStatus(rawValue: 1 << 5)
  /// Private mapping of a file; `shmid` is the id of the file.
  public static let filePrivate = VMAStatus(rawValue: 1 << 6)
  /// Shared mapping of a file; `shmid` is the id of the file.
  public static let fileShared = VMAStatus(rawValue: 1 << 7)
  /// Shared memory without a name; `shmid` is its number.
  public static let anonymousShared = VMAStatus(rawValue: 1 << 8)
  /// Private memory without a file.
  public static let anonymousPrivate = VMAStatus(rawValue: 1 << 9)
  /// A System V segment; `shmid` is its id.
  public static let systemVShared = VMAStatus(rawValue: 1 << 10)
  /// The ring of a packet socket; `shmid` is the id of the file.
  public static let socket = VMAStatus(rawValue: 1 << 11)
  /// The data of the vDSO.
  public static let vvar = VMAStatus(rawValue: 1 << 12)
  /// A ring of asynchronous I/O.
  public static let aioRing = VMAStatus(rawValue: 1 << 13)
  /// With a file bit: the file is an anonymous memory file.
  public static let memfd = VMAStatus(rawValue: 1 << 14)
  /// A shadow stack.
  public static let shadowStack = VMAStatus(rawValue: 1 << 15)
  /// A guard area; such entries come after all others.
  public static let guardArea = VMAStatus(rawValue: 1 << 16)
  /// Pages of user-space probes.
  public static let uprobes = VMAStatus(rawValue: 1 << 17)
  /// A mapping that a plugin restores.
  public static let plugin = VMAStatus(rawValue: 1 << 27)
}

extension FdinfoEntry {
  /// nil for a kind that CRIU 4.2 does not know.
  public var fileType: FileType? { FileType(rawValue: type) }
}

extension FileEntry {
  /// nil for a kind that CRIU 4.2 does not know.
  public var fileType: FileType? { FileType(rawValue: type) }
}

extension TaskCoreEntry {
  /// nil for a state that CRIU refuses.
  public var state: TaskState? { TaskState(rawValue: taskState) }
}

extension CoreEntry {
  /// nil for an architecture that CRIU 4.2 does not know.
  public var machine: MachineType? { MachineType(rawValue: mtype) }
}

extension MntEntry {
  /// nil for a kind that CRIU 4.2 does not know.
  public var filesystem: FilesystemType? { FilesystemType(rawValue: fstype) }
}

extension VmaEntry {
  /// `status` as a set.
  public var kind: VMAStatus { VMAStatus(rawValue: status) }
}

extension RemapFilePathEntry {
  /// The kind and the number it means. Old images have no type, but set the top bit of the number
  /// for a ghost (criu/files-reg.c). nil for a kind that CRIU 4.2 does not know.
  public var remap: (type: RemapType, id: UInt32)? {
    guard !hasRemapType else { return RemapType(rawValue: remapType).map { ($0, remapID) } }
    let ghostBit: UInt32 = 1 << 31
    return remapID & ghostBit == 0 ? (.linked, remapID) : (.ghost, remapID & ~ghostBit)
  }
}
