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
  func step(rules: [String]) -> Plan.Step {
    let action: Action =
      switch outcome {
      case .written(let bytes): .write(path: path, bytes: bytes)
      case .removed: .remove(path: path)
      }
    return Plan.Step(
      action, rules: rules, risk: risk, needs: risk == .lossy ? .lossy : nil, because: reason)
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

  func encode(_ name: ImageName, _ message: any Message) -> [UInt8]? {
    try? ImageEncoder.encode(name, messages: [message], framing: framing)
  }
}

extension Reconstruction {
  /// What can be made for an entry that is missing or damaged; nil where nothing honest can.
  static func of(_ path: String, in checkpoint: Checkpoint) -> Reconstruction? {
    let evidence = Evidence(checkpoint)
    if path == checkpoint.path(of: .descriptors) { return descriptors(path, evidence) }
    let folder = checkpoint.path(ofImageFile: "")
    guard path.hasPrefix(folder),
      let name = ImageName(fileName: String(path.dropFirst(folder.count))),
      evidence.readable(name) == nil || name.type == .tmpfsDev
    else { return nil }
    switch name.type {
    case .inventory: return inventory(path, evidence)
    case .ids: return ids(path, name, evidence)
    case .fs: return fs(path, name, evidence)
    case .utsns: return utsns(path, name, evidence)
    case .ipcVar: return ipcVar(path, name, evidence)
    case .timens where name.id == 0: return clock(path)
    case .tmpfsDev: return emptyMask(path, name, evidence)
    case .cgroup: return nil
    default: return leaveOut(path, name, evidence)
    }
  }

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
    var folder = Entry(name: EntryName("./"), kind: .directory)
    folder.mode = 0o1777
    guard let bytes = try? ArchiveBytes.make([(folder, [])], compression: .gzip) else { return nil }
    return Reconstruction(
      path: path, outcome: .written(bytes),
      reason: "it masks \(mounts[0].mountpointPath) and was empty from the start")
  }
}
