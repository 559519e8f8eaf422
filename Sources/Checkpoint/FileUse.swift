public import CRIUImages

/// Which files of `files.img` something refers to (criu-images.md, R-55).
///
/// CRIU numbers a file when it meets a reference to it, so one without has lost what referred to it.
public struct FileUse: Sendable {
  /// The numbers that something names.
  public private(set) var used: Set<UInt32> = []
  /// Images that may name files, but are missing or not readable.
  public private(set) var gaps: [ImageName] = []

  private static let mayName: Set<ImageType> = [
    .core, .ids, .mm, .fs, .fdinfo, .vmas, .remapFilePaths, .socketQueues,
  ]

  public init(_ images: ImageSet, _ files: OpenFiles, _ read: ImagesRead) {
    gaps = read.names.sorted().filter { name in
      guard Self.mayName.contains(name.type) else { return false }
      guard let image = images[name] else { return read.required.contains(name) }
      return image.fault != nil || image.records.isEmpty
    }
    for name in read.names {
      guard let image = images[name] else { continue }
      switch name.type {
      case .fdinfo: used.formUnion(image.messages(FdinfoEntry.self).map(\.message.id))
      case .fs:
        for (_, entry) in image.messages(FsEntry.self) {
          used.formUnion([entry.cwdID, entry.rootID])
        }
      case .mm: image.first(MmEntry.self).map { add($0) }
      case .remapFilePaths:
        for (_, entry) in image.messages(RemapFilePathEntry.self) {
          if let remap = entry.remap, remap.type == .linked { used.insert(remap.id) }
        }
      case .socketQueues:
        for (_, packet) in image.messages(SkPacketEntry.self) {
          used.formUnion(packet.scm.flatMap(\.rights))
        }
      default: break
      }
    }
    for file in files.files { add(file.entry.content) }
    addPeers(files)
  }

  private mutating func add(_ memory: MmEntry) {
    used.insert(memory.exeFileID)
    let backed: VMAStatus = [.filePrivate, .fileShared, .socket, .plugin]
    for vma in memory.vmas where !vma.kind.isDisjoint(with: backed) {
      used.insert(UInt32(truncatingIfNeeded: vma.shmid))
    }
  }

  private mutating func add(_ content: (any FileContent)?) {
    switch content {
    case let fifo as FifoEntry: used.insert(fifo.hasRegfID ? fifo.regfID : fifo.id)
    case let terminal as TtyFileEntry:
      if terminal.hasRegfID { used.insert(terminal.regfID) }
    default: break
    }
  }

  /// The other end of a UNIX socket is dumped even if nobody has it open.
  private mutating func addPeers(_ files: OpenFiles) {
    let sockets = files.all(UnixSkEntry.self).map(\.content)
    let peers = Set(sockets.map(\.peer))
    used.formUnion(sockets.filter { $0.uflags != 0 || peers.contains($0.ino) }.map(\.id))
  }
}
