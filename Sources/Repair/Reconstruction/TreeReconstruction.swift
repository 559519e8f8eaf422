import CRIUImages
import Checkpoint
import Documents
import SwiftProtobuf

/// `inventory.img`, `ids-N.img`, `fs-N.img` and `descriptors.json` from the other images.
extension Reconstruction {
  /// The numbers that CRIU gives its own kernel objects, the same in every dump, since it numbers
  /// them first (criu-images.md, §5.1).
  private static let ownObjects = TaskKobjIdsEntry.with {
    $0.vmID = 1
    $0.filesID = 1
    $0.fsID = 1
    $0.sighandID = 1
    $0.pidNsID = 1
    $0.netNsID = 2
    $0.ipcNsID = 3
    $0.utsNsID = 4
    $0.timeNsID = 5
    $0.mntNsID = 6
    $0.userNsID = 7
    $0.cgroupNsID = 8
  }

  static func inventory(_ path: String, _ evidence: Evidence) -> Reconstruction? {
    guard let root = evidence.processes.root, var outside = root.ids.map({ _ in ownObjects }),
      let ids = root.ids
    else { return nil }
    // The constants against what the images say; where they disagree the images are right, except
    // that an image of a namespace that the specification asks for may be lost as well.
    for case (let field, let type?, let namespace) in namespaces where type != .netns {
      let number = ids[keyPath: field]
      let hasImage = number != 0 && evidence.images[ImageName(type, UInt64(number))] != nil
      let isLost =
        outside[keyPath: field] != number && evidence.spec?.linux?.namespace(namespace) != nil
      let isOwn = hasImage || isLost
      if isOwn != (outside[keyPath: field] != number) {
        outside[keyPath: field] = isOwn ? number &+ 1 : number
      }
    }
    if outside.filesID == ids.filesID { outside.filesID = ids.filesID &+ 1 }
    let sets = evidence.readable(ImageName(.cgroup))?.first(CgroupEntry.self)?.sets ?? []
    let taskSet = root.core.map { $0.threadCore.hasCgSet ? $0.threadCore.cgSet : $0.tc.cgSet }
    let inventory = InventoryEntry.with {
      $0.imgVersion = evidence.framing == .headMagic ? 2 : 1
      $0.fdinfoPerID = true
      $0.rootIds = outside
      $0.nsPerID = true
      if sets.isEmpty, let taskSet, taskSet != 0 {
        $0.rootCgSet = taskSet
      } else {
        $0.rootCgSet = (1...).first { number in !sets.contains { $0.id == number } } ?? 1
      }
      $0.lsmtype = 0
      $0.pluginsEntry = PluginsEntry()
    }
    guard let bytes = evidence.encode(ImageName(.inventory), inventory) else { return nil }
    return Reconstruction(
      path: path, outcome: .written(bytes),
      reason:
        "its fields are constants of CRIU, checked against the images; only the run id is not known"
    )
  }

  static func ids(_ path: String, _ name: ImageName, _ evidence: Evidence) -> Reconstruction? {
    let processes = evidence.processes
    guard let task = processes.live.first(where: { UInt64($0.pid) == name.id }) else { return nil }
    // A descriptor table that no other task claims must be this one's. CRIU numbers tables as it
    // meets them, in the order of pstree.img, so that as many tables as lost images can be told
    // apart, too.
    let claimed = Set(processes.live.compactMap(\.ids?.filesID))
    let unclaimed = evidence.images.ids(of: .fdinfo).filter { id in
      UInt32(exactly: id).map { !claimed.contains($0) } ?? false
    }.sorted()
    let lost = processes.live.filter { $0.ids == nil }
    guard unclaimed.count == lost.count,
      let position = lost.firstIndex(where: { $0.pid == task.pid }),
      let files = UInt32(exactly: unclaimed[position])
    else { return nil }
    let others = processes.live.compactMap(\.ids)
    let taken = others.flatMap { [$0.vmID, $0.fsID, $0.sighandID, $0.filesID] } + [files]
    let fresh = (taken.max() ?? 0) &+ 1
    var ids: TaskKobjIdsEntry
    if let relative = others.first {
      ids = relative
    } else if let alone = aloneNamespaces(evidence) {
      ids = alone
    } else {
      return nil
    }
    ids.filesID = files
    ids.vmID = files
    ids.fsID = files
    ids.sighandID = files
    if others.contains(where: { $0.vmID == files || $0.fsID == files || $0.sighandID == files }) {
      ids.vmID = fresh
      ids.fsID = fresh
      ids.sighandID = fresh
    }
    guard let bytes = evidence.encode(name, ids) else { return nil }
    return Reconstruction(
      path: path, outcome: .written(bytes),
      reason:
        "the tables of descriptors that no other task claims are its own, and namespaces are shared"
    )
  }

  /// The namespaces that a task can have of its own, in the order in which CRIU meets and numbers
  /// them: the field, the image whose name holds the number, and the specification's name.
  private static var namespaces: [(WritableKeyPath<TaskKobjIdsEntry, UInt32>, ImageType?, String)] {
    [
      (\.pidNsID, nil, "pid"), (\.netNsID, .netns, "network"), (\.ipcNsID, .ipcVar, "ipc"),
      (\.utsNsID, .utsns, "uts"), (\.timeNsID, .timens, "time"), (\.mntNsID, .mounts, "mount"),
      (\.userNsID, .userns, "user"),
    ]
  }

  /// The namespaces of a task without relatives: own ones from the numbers in image names, and from
  /// the specification where those are lost, too.
  private static func aloneNamespaces(_ evidence: Evidence) -> TaskKobjIdsEntry? {
    var ids =
      evidence.readable(ImageName(.inventory))?.first(InventoryEntry.self)?.rootIds ?? ownObjects
    func number(_ type: ImageType?) -> UInt32? {
      guard let type else { return nil }
      let found = evidence.images.ids(of: type).filter { $0 != 0 }
      return found.count == 1 ? UInt32(exactly: found[0]) : nil
    }
    let taken = Set(namespaces.compactMap { number($0.1) })
    var own = Set((evidence.spec?.linux?.namespaces ?? []).compactMap(\.type))
    if evidence.processes.root?.pid == 1 { own.insert("pid") }
    // A namespace that is joined may be that of CRIU itself. How many are not, the number of the
    // mount namespace tells: those before it are numbered without a gap. A pod on the network of its
    // host has that host's name, too.
    if let mount = number(.mounts) {
      let before = mount &- ownObjects.cgroupNsID &- 1
      for name in ["uts", "network", "ipc"] where own.intersection(numbered).count > before {
        if evidence.spec?.linux?.namespace(name)?.path?.isEmpty == false { own.remove(name) }
      }
    }
    var fresh = ((ownObjects.cgroupNsID + 1)...).lazy.filter { !taken.contains($0) }.makeIterator()
    for (field, type, name) in namespaces {
      if let number = number(type) ?? (own.contains(name) ? fresh.next() : nil) {
        ids[keyPath: field] = number
      }
    }
    return ids
  }

  /// The specification's names of the namespaces that CRIU numbers before that of mounts.
  private static let numbered: Set<String> = ["pid", "network", "ipc", "uts", "time"]

  static func fs(_ path: String, _ name: ImageName, _ evidence: Evidence) -> Reconstruction? {
    // Folders that nothing refers to are the lost tasks' working folders and roots, in the order
    // in which the tasks were dumped (R-55; criu-images.md, §5.2).
    let lost = evidence.processes.live.filter {
      evidence.readable(ImageName(.fs, UInt64($0.pid))) == nil
    }
    let free = evidence.unreferencedFolders
    guard free.count == 2 * lost.count,
      let position = lost.firstIndex(where: { UInt64($0.pid) == name.id })
    else { return nil }
    let entry = FsEntry.with {
      $0.cwdID = free[2 * position]
      $0.rootID = free[2 * position + 1]
      $0.umask = 0o22
    }
    guard let bytes = evidence.encode(name, entry) else { return nil }
    return Reconstruction(
      path: path, outcome: .written(bytes),
      reason: "the two folders that nothing refers to are its own; the umask is assumed to be 022")
  }

  static func descriptors(_ path: String, _ evidence: Evidence) -> Reconstruction? {
    guard let root = evidence.processes.root, let table = root.ids?.filesID,
      let fdinfo = evidence.readable(ImageName(.fdinfo, UInt64(table))),
      let files = evidence.readable(ImageName(.files))
    else { return nil }
    let byID = Dictionary(
      files.messages(FileEntry.self).map { ($0.message.id, $0.message) }
    ) { first, _ in first }
    let open = Dictionary(
      fdinfo.messages(FdinfoEntry.self).map { ($0.message.fd, $0.message.id) }
    ) { first, _ in first }
    let targets = (UInt32(0)...2).map { fd in
      open[fd].flatMap { byID[$0] }.map { target(of: $0, byID) } ?? ""
    }
    let content = JSONContent.array(targets.map { .string($0) })
    return Reconstruction(
      path: path, outcome: .written(Array(content.bytes)),
      reason: "it lists where the descriptors 0 to 2 of the first process lead")
  }

  /// What `/proc/PID/fd/N` shows for a file.
  private static func target(of file: FileEntry, _ files: [UInt32: FileEntry]) -> String {
    switch file.fileType {
    case .regular: file.reg.nameText
    case .pipe: "pipe:[\(file.pipe.pipeID)]"
    case .fifo: files[file.fifo.regfID]?.reg.nameText ?? ""
    case .tty: files[file.tty.regfID]?.reg.nameText ?? ""
    case .unixSocket: "socket:[\(file.usk.ino)]"
    case .inetSocket: "socket:[\(file.isk.ino)]"
    default: ""
    }
  }
}

extension Evidence {
  /// Ids of folders in `files.img` that no readable image refers to, in ascending order.
  fileprivate var unreferencedFolders: [UInt32] {
    var used: Set<UInt32> = []
    for image in images.all(.fdinfo) {
      used.formUnion(image.messages(FdinfoEntry.self).map(\.message.id))
    }
    for image in images.all(.fs) {
      for (_, entry) in image.messages(FsEntry.self) {
        used.formUnion([entry.cwdID, entry.rootID])
      }
    }
    for image in images.all(.mm) {
      for (_, mm) in image.messages(MmEntry.self) {
        used.insert(mm.exeFileID)
        used.formUnion(mm.vmas.compactMap { UInt32(exactly: $0.shmid) })
      }
    }
    let kindMask: UInt32 = 0o170000
    let folder: UInt32 = 0o040000
    let files = readable(ImageName(.files))?.messages(FileEntry.self).map(\.message) ?? []
    return files.filter { $0.fileType == .regular && $0.reg.mode & kindMask == folder }
      .map(\.id).filter { !used.contains($0) }.sorted()
  }
}
