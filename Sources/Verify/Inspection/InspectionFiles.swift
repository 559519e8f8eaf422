import CRIUImages
import Checkpoint

extension Dump {
  /// The open files of one task, or of several that share them.
  public struct DescriptorTable: Sendable, Hashable, Encodable {
    public var pids: [UInt32]
    public var descriptors: [Descriptor]

    /// In the order of the tasks that have them.
    static func all(_ subject: Subject) -> [DescriptorTable] {
      let names = FileNames(subject)
      var order: [UInt32] = []
      var pids: [UInt32: [UInt32]] = [:]
      for task in subject.processes.live {
        guard let id = task.ids?.filesID else { continue }
        if pids[id] == nil { order.append(id) }
        pids[id, default: []].append(task.pid)
      }
      return order.map { id in
        DescriptorTable(
          pids: pids[id] ?? [],
          descriptors: (subject.openFiles.tables[id] ?? []).map { Descriptor($0.entry, names) })
      }
    }
  }

  /// An open file descriptor.
  public struct Descriptor: Sendable, Hashable, Encodable {
    public var fd: UInt32
    public var type: String
    /// The number of the file in `files.img`.
    public var file: UInt32
    /// The path, or what there is instead; nil if `files.img` lacks the file.
    public var target: String?
    /// Whether it is open to read (`r`), to write (`w`) or both, where that is stored.
    public var access: String?
    /// The path is gone, and the file comes from the images.
    public var isDeleted: Bool

    fileprivate init(_ entry: FdinfoEntry, _ names: FileNames) {
      fd = entry.fd
      type = entry.fileType?.noun ?? "unknown (\(entry.type))"
      file = entry.id
      let content = names.files[entry.id]
      target = content.map(names.target)
      isDeleted = names.deleted.contains(entry.id)
      let flags: UInt32? =
        switch content {
        case let file as RegFileEntry: file.flags
        case let pipe as PipeEntry: pipe.flags
        case let memfd as MemfdFileEntry: memfd.flags
        default: nil
        }
      access = flags.flatMap { flags -> String? in
        switch flags & 3 {
        case 0: "r"
        case 1: "w"
        case 2: "rw"
        default: nil
        }
      }
    }
  }
}

/// Files by number, for looking up what a descriptor refers to.
private struct FileNames {
  let files: [UInt32: any FileContent]
  let deleted: Set<UInt32>
  private let images: ImageSet

  init(_ subject: Subject) {
    images = subject.checkpoint.images
    files = Dictionary(
      subject.openFiles.files.compactMap { file in
        file.entry.content.map { (file.id, $0) }
      }
    ) { first, _ in first }
    deleted = Set(
      images[.remapFilePaths]?.messages(RemapFilePathEntry.self).map(\.message.origID) ?? [])
  }

  func target(of content: any FileContent) -> String {
    switch content {
    case let file as RegFileEntry: shown(name: file.name)
    case let pipe as PipeEntry: "pipe:[\(pipe.pipeID)]"
    case let fifo as FifoEntry: path(fifo.regfID) ?? "fifo:[\(fifo.pipeID)]"
    case let tty as TtyFileEntry: path(tty.regfID) ?? "terminal \(tty.ttyInfoID)"
    case let eventfd as EventfdFileEntry: "count \(eventfd.counter)"
    case let poll as EventpollFileEntry: "\(poll.tfd.count) watched"
    case let watch as InotifyFileEntry: "\(watch.wd.count) watched"
    case let watch as FanotifyFileEntry: "\(watch.mark.count) watched"
    case let signals as SignalfdEntry: "signals \(hex(signals.sigmask))"
    case let timer as TimerfdEntry: "clock \(timer.clockid)"
    case let space as NsFileEntry: "namespace \(space.nsID)"
    case let tun as TunfileEntry: tun.hasNetdev ? shown(name: tun.netdev) : "not attached"
    case let memfd as MemfdFileEntry: "inode \(memfd.inodeID)"
    case let map as BpfmapFileEntry: shown(name: map.mapName)
    case let process as PidfdEntry: "process \(process.nspid)"
    case let file as ExtFileEntry: "file \(file.id) of the engine"
    default: Dump.Socket(content)?.summary ?? "file \(content.id)"
    }
  }

  private func path(_ id: UInt32) -> String? {
    (files[id] as? RegFileEntry).map { shown(name: $0.name) }
  }
}

extension FileType {
  fileprivate var noun: String {
    switch self {
    case .regular: "file"
    case .pipe: "pipe"
    case .fifo: "fifo"
    case .inetSocket: "inet-socket"
    case .unixSocket: "unix-socket"
    case .eventfd: "eventfd"
    case .eventpoll: "epoll"
    case .inotify: "inotify"
    case .signalfd: "signalfd"
    case .packetSocket: "packet-socket"
    case .tty: "terminal"
    case .fanotify: "fanotify"
    case .netlinkSocket: "netlink-socket"
    case .namespace: "namespace"
    case .tun: "tun"
    case .external: "external"
    case .timerfd: "timerfd"
    case .memfd: "memfd"
    case .bpfmap: "bpf-map"
    case .pidfd: "pidfd"
    }
  }
}
