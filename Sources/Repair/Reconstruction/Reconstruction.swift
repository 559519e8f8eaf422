import Archive
import CRIUImages
import Checkpoint
import Documents
import SwiftProtobuf

/// An entry that can be made from the rest of a checkpoint, and what that gives up
/// (criu-images.md, §5: only what a real restore accepted).
struct Reconstruction: Sendable, Equatable {
  /// What becomes of the entry.
  enum Outcome: Sendable, Equatable {
    case written([UInt8])
    case removed
  }

  var path: String
  var outcome: Outcome
  var risk = Plan.Risk.safe
  var reason: String

  /// The step that does it.
  func step(causes: [Plan.Cause]) -> Plan.Step {
    let action: Action =
      switch outcome {
      case .written(let bytes): .write(path: path, content: Content(bytes))
      case .removed: .remove(path: path)
      }
    return Plan.Step(
      action, causes: causes, risk: risk, needs: risk == .lossy ? .lossy : nil, because: reason)
  }
}

/// What reconstructions look at.
struct Evidence {
  let checkpoint: Checkpoint
  let processes: Processes
  let spec: RuntimeSpec?

  init(_ checkpoint: Checkpoint) {
    self.checkpoint = checkpoint
    processes = Processes(checkpoint.images)
    let root = checkpoint.document(.spec)?.root
    spec = root?.kind == .object ? root.map(RuntimeSpec.init) : nil
  }

  var images: ImageSet { checkpoint.images }

  /// An image that is there and readable.
  func readable(_ name: ImageName) -> DecodedImage? {
    images[name].flatMap { $0.fault == nil ? $0 : nil }
  }

  /// Whether the images have the head magic of `img_version` 2.
  var framing: ImageFraming {
    images.names.contains { images[$0]?.framing == .typeMagicOnly && $0.type != .inventory }
      ? .typeMagicOnly : .headMagic
  }

  /// Whether there is no other image of the type.
  func isOnly(_ name: ImageName) -> Bool {
    images.ids(of: name.type).allSatisfy { $0 == name.id }
  }

  func encode(_ name: ImageName, _ message: any Message) -> [UInt8]? {
    try? ImageEncoder.encode(name, messages: [message], framing: framing)
  }
}

extension Reconstruction {
  /// What can be made for an entry that is missing or damaged, and what must change with it; empty
  /// where nothing honest can.
  static func of(_ path: String, in checkpoint: Checkpoint) -> [Reconstruction] {
    let evidence = Evidence(checkpoint)
    if path == checkpoint.path(of: .descriptors) { return asList(descriptors(path, evidence)) }
    guard let name = imageName(of: path, in: checkpoint),
      evidence.readable(name) == nil || name.type == .tmpfsDev
    else { return [] }
    switch name.type {
    case .inventory: return asList(inventory(path, evidence))
    case .ids: return asList(ids(path, name, evidence))
    case .fs: return asList(fs(path, name, evidence))
    // With an image of another namespace there, it may be the number that is wrong.
    case .utsns where evidence.isOnly(name): return asList(utsns(path, name, evidence))
    case .ipcVar where evidence.isOnly(name): return asList(ipcVar(path, name, evidence))
    case .utsns, .ipcVar: return []
    case .timens where name.id == 0: return [clock(path)]
    case .tmpfsDev: return asList(emptyMask(path, name, evidence))
    case .cgroup: return withoutControlGroups(path, evidence)
    case .pstree: return asList(tree(path, evidence))
    default: return asList(leaveOut(path, name, evidence))
    }
  }

  private static func asList(_ one: Reconstruction?) -> [Reconstruction] {
    one.map { [$0] } ?? []
  }

  private static func imageName(of path: String, in checkpoint: Checkpoint) -> ImageName? {
    let folder = checkpoint.path(ofImageFile: "")
    guard path.hasPrefix(folder) else { return nil }
    return ImageName(fileName: String(path.dropFirst(folder.count)))
  }

  /// Why an entry is never made up (criu-images.md, §5.2).
  static func refusal(of path: String, in checkpoint: Checkpoint) -> String? {
    imageName(of: path, in: checkpoint).flatMap { refusals[$0.type] }
  }

  private static let refusals: [ImageType: String] = [
    .seccomp: "without its filters the process would run on with its sandbox gone",
    .pages: "memory is known to nobody else",
    .pagemap: "nothing else says which pages the memory file holds",
    .shmemPagemap: "nothing else says which pages the memory file holds",
    .pstree: "the parents of a tree of several levels are stored nowhere else",
    .core: "registers, credentials and signals of a task are stored nowhere else",
    .mm: "the address space of a task is stored nowhere else",
    .files: "what descriptors lead to is stored nowhere else",
    .fdinfo: "which descriptors a task has is stored nowhere else",
    .mounts: "a guessed mount tree could show the container what it must not see",
    .memfdInodes: "shared memory files are described nowhere else",
    .ghostFile: "the content of a deleted file is stored nowhere else",
    .remapFilePaths: "which deleted file is which cannot be told from their contents",
    .tcpStream: "sequence numbers and queued data of a connection are stored nowhere else",
    .ipcShm: "System V shared memory is stored nowhere else",
    .ipcSem: "System V semaphores are stored nowhere else",
    .ipcMsg: "System V messages are stored nowhere else",
    .netns: "a network namespace is restored from all of its images or not at all",
    .fileLocks: "who held which lock is stored nowhere else",
    .pipesData: "bytes queued in pipes are stored nowhere else",
    .fifoData: "bytes queued in FIFOs are stored nowhere else",
    .socketQueues: "packets queued in sockets are stored nowhere else",
  ]

  /// The monotonic clock then jumps instead of going on; without the image CRIU is content.
  private static func clock(_ path: String) -> Reconstruction {
    Reconstruction(
      path: path, outcome: .removed,
      reason: "without it the restore succeeds; the monotonic clock jumps")
  }

  /// CRIU removes images that it had nothing to write into, so an empty one lost its content; left
  /// out, it restores without that.
  private static func leaveOut(_ path: String, _ name: ImageName, _ evidence: Evidence)
    -> Reconstruction?
  {
    let optional: [ImageType: String] = [
      .fileLocks: "file locks", .pipesData: "bytes queued in pipes",
      .fifoData: "bytes queued in FIFOs", .socketQueues: "packets queued in sockets",
      .ttyData: "input queued in terminals", .ipcMsg: "System V message queues",
      .ipcSem: "System V semaphores",
    ]
    guard let content = optional[name.type], evidence.images[name]?.size == 0 else { return nil }
    return Reconstruction(
      path: path, outcome: .removed, risk: .lossy, reason: "\(content) are lost with the image")
  }

  /// The content of a masked folder's tmpfs is one empty folder.
  private static func emptyMask(_ path: String, _ name: ImageName, _ evidence: Evidence)
    -> Reconstruction?
  {
    let mounts = evidence.images.all(.mounts).flatMap { $0.messages(MntEntry.self) }
      .map(\.message).filter { UInt64($0.rootDev) == name.id }
    let masked = Set((evidence.spec?.linux?.maskedPaths ?? []).map(\.path))
    // MS_RDONLY is bit 0 of the superblock's flags.
    guard !mounts.isEmpty,
      mounts.allSatisfy({
        $0.filesystem == .tmpfs && $0.sbFlags & 1 == 1 && masked.contains($0.mountpointPath)
      })
    else { return nil }
    guard let bytes = emptyFolder else { return nil }
    return Reconstruction(
      path: path, outcome: .written(bytes),
      reason: "it masks \(mounts[0].mountpointPath) and was empty from the start")
  }

  /// The content of a tmpfs that holds nothing.
  static var emptyFolder: [UInt8]? {
    var folder = Entry(name: EntryName("./"), kind: .directory)
    folder.mode = 0o1777
    return try? ArchiveBytes.make([(folder, [])], compression: .gzip)
  }
}
