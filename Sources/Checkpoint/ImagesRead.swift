public import CRIUImages

/// Which images CRIU opens when it restores a set, computed from the process tree (criu-images.md,
/// §1.1). All others are as good as absent, whatever is in them.
public struct ImagesRead: Sendable {
  /// The names that CRIU opens.
  public private(set) var names: Set<ImageName> = []
  /// Those among them without which it cannot restore, or restores less.
  public private(set) var required: Set<ImageName> = []
  /// Tasks or the inventory are unknown, so that it is unknown, too, which images belong to them.
  public let isComplete: Bool

  /// Read whatever the set holds, if they are there.
  private static let always: [ImageType] = [
    .inventory, .pstree, .files, .remapFilePaths, .seccomp, .fileLocks, .pipesData, .fifoData,
    .socketQueues, .bpfmapData, .cgroup, .memfdInodes, .ttyInfo, .ttyData, .apparmor, .binfmtMisc,
  ]

  /// Read in place of `files.img` if that has no entry.
  private static let filesByKind: [ImageType] = [
    .regFiles, .extFiles, .nsFiles, .eventfds, .eventpolls, .eventpollTargets, .signalfds,
    .inotifies, .inotifyWatches, .fanotifies, .fanotifyMarks, .pipes, .fifos, .unixSockets,
    .inetSockets, .packetSockets, .netlinkSockets, .ttys, .tunfiles, .timerfds, .pidfds,
  ]

  public init(
    _ images: ImageSet, _ processes: Processes, _ namespaces: Namespaces, _ files: OpenFiles
  ) {
    isComplete = [.inventory, .pstree].allSatisfy { images[$0].map { $0.fault == nil } ?? false }
    for type in Self.always { names.insert(ImageName(type)) }
    if files.files.isEmpty, images[.files]?.fault == nil {
      for type in Self.filesByKind { names.insert(ImageName(type)) }
    }
    for task in processes.tasks { add(task, images) }
    addNamespaces(namespaces, processes, images)
    addMemory(images)
    addFiles(images, files)
  }

  private mutating func require(_ type: ImageType, _ id: some BinaryInteger) {
    let name = ImageName(type, UInt64(truncatingIfNeeded: id))
    names.insert(name)
    required.insert(name)
  }

  private mutating func read(_ type: ImageType, _ id: some BinaryInteger) {
    names.insert(ImageName(type, UInt64(truncatingIfNeeded: id)))
  }

  // MARK: Tasks

  private mutating func add(_ task: Processes.Task, _ images: ImageSet) {
    require(.core, task.pid)
    for thread in task.otherThreads {
      require(.core, thread)
      addLegacySignals(thread, images)
    }
    if task.isLive {
      for type in [ImageType.mm, .fs, .pagemap] { require(type, task.pid) }
      if task.core?.hasIds != true { require(.ids, task.pid) }
      if let ids = task.ids { require(.fdinfo, ids.filesID) }
      addLegacyParts(task, images)
    }
    // A zombie needs none of these, but CRIU looks for them.
    for type in [ImageType.ids, .mm, .fs] { read(type, task.pid) }
  }

  /// Parts of a task that CRIU before 1.2 wrote as images of their own.
  private mutating func addLegacyParts(_ task: Processes.Task, _ images: ImageSet) {
    guard let core = task.core else { return }
    let parts: [(type: ImageType, isInside: Bool)] = [
      (.creds, core.threadCore.hasCreds), (.sigactions, !core.tc.sigactions.isEmpty),
      (.itimers, core.tc.hasTimers), (.posixTimers, core.tc.hasTimers),
      (.rlimits, core.tc.hasRlimits), (.sharedSignals, core.tc.hasSignalsS),
      (.privateSignals, core.threadCore.hasSignalsP),
      (.vmas, images[.mm, UInt64(task.pid)]?.first(MmEntry.self)?.vmas.isEmpty == false),
    ]
    for part in parts where !part.isInside { read(part.type, task.pid) }
  }

  private mutating func addLegacySignals(_ thread: UInt32, _ images: ImageSet) {
    if images[.core, UInt64(thread)]?.first(CoreEntry.self)?.threadCore.hasSignalsP == false {
      read(.privateSignals, thread)
    }
  }

  // MARK: Namespaces

  private static let singleNamespaces: [(Namespaces.Kind, [ImageType], optional: [ImageType])] = [
    (.uts, [.utsns], []), (.user, [.userns], []), (.time, [.timens], []),
    (.ipc, [.ipcVar], [.ipcShm, .ipcMsg, .ipcSem]),
  ]

  private mutating func addNamespaces(
    _ namespaces: Namespaces, _ processes: Processes, _ images: ImageSet
  ) {
    for id in namespaces.ids(of: .pid) { read(.pidns, id) }
    if namespaces.isOwn(.time) != true { read(.timens, 0) }
    guard let root = namespaces.root, let pid = processes.root?.pid else { return }
    for (kind, types, optional) in Self.singleNamespaces where namespaces.isOwn(kind) == true {
      let id = namespaces.areNumbered ? root[kind] : pid
      for type in types { require(type, id) }
      for type in optional { read(type, id) }
    }
    if namespaces.isOwn(.mnt) == true {
      for id in namespaces.ids(of: .mnt) { require(.mounts, id) }
      for mount in images.all(.mounts).flatMap({ $0.messages(MntEntry.self) }).map(\.message) {
        switch mount.filesystem {
        case .autofs: read(.autofs, mount.rootDev)
        case .binfmtMisc: read(.binfmtMiscByDev, mount.rootDev)
        default: break
        }
      }
    }
    if namespaces.isOwn(.net) == true {
      for id in namespaces.ids(of: .net) {
        read(.netns, id)
        read(.netdev, id)
      }
    }
  }

  // MARK: Memory and files

  private mutating func addMemory(_ images: ImageSet) {
    for image in images.all(.mm) {
      for vma in image.first(MmEntry.self)?.vmas ?? []
      where vma.kind.contains(.anonymousShared)
        && vma.kind.isDisjoint(with: [.memfd, .systemVShared])
      {
        require(.shmemPagemap, vma.shmid)
      }
    }
    for (_, inode) in images[.memfdInodes]?.messages(MemfdInodeEntry.self) ?? []
    where inode.size > 0 {
      require(.shmemPagemap, inode.shmid)
    }
    for (_, segment) in images.all(.ipcShm).flatMap({ $0.messages(IpcShmEntry.self) })
    where segment.inPagemaps {
      require(.shmemPagemap, segment.desc.id)
    }
  }

  private mutating func addFiles(_ images: ImageSet, _ files: OpenFiles) {
    for (_, entry) in images[.remapFilePaths]?.messages(RemapFilePathEntry.self) ?? [] {
      if let remap = entry.remap, remap.type == .ghost { require(.ghostFile, remap.id) }
    }
    let closes = images[.inventory]?.first(InventoryEntry.self)?.tcpClose ?? false
    for (_, socket) in files.all(InetSkEntry.self) where socket.isConnection {
      if closes { read(.tcpStream, socket.ino) } else { require(.tcpStream, socket.ino) }
    }
  }
}

extension InetSkEntry {
  /// CRIU's own test (tcp_connection in criu/sk-inet.c).
  public var isConnection: Bool { proto == 6 && dstPort != 0 }
}
