public import Checkpoint
public import Documents
public import Host

/// For whom a checkpoint is judged.
public struct Target: Sendable, Hashable {
  /// nil means the engine that made it.
  public var engine: Engine?
  /// nil means the runtime that made it.
  public var runtime: Runtime?
  /// Where it is to be restored; nil means that nothing is asked about hosts.
  public var host: HostFacts?
  /// The root file system that it is restored into, if somebody looked.
  public var root: RootFilesystem?
  /// What the restore command will be given; nil if that is not known.
  public var options: Set<RestoreOption>?

  public init(
    engine: Engine? = nil, runtime: Runtime? = nil, host: HostFacts? = nil,
    root: RootFilesystem? = nil, options: Set<RestoreOption>? = nil
  ) {
    self.engine = engine
    self.runtime = runtime
    self.host = host
    self.root = root
    self.options = options
  }
}

/// An option of a restore that decides whether it succeeds (archive contract, §4g).
public enum RestoreOption: String, Sendable, Hashable, CaseIterable {
  case tcpEstablished = "tcp-established"
  case tcpClose = "tcp-close"
  case fileLocks = "file-locks"
  case ignoreVolumes = "ignore-volumes"
  case ignoreRootfs = "ignore-rootfs"
}

/// What rules look at: the checkpoint, who made it, for whom it is judged, and typed views of its
/// documents and images, made once.
public struct Subject: Sendable {
  public let checkpoint: Checkpoint
  public let identity: Identity
  public let engine: Engine?
  public let runtime: Runtime?
  /// Where it is to be restored, if that is known.
  public let host: HostFacts?
  public let rootFilesystem: RootFilesystem?
  public let options: Set<RestoreOption>?
  /// The specification, if `spec.dump` is a JSON object.
  public let spec: RuntimeSpec?
  /// `config.dump` as Podman reads it.
  public let podman: PodmanConfig?
  /// Podman's copy of the specification in it.
  let podmanSpec: RuntimeSpec?
  /// `config.dump` as CRI-O and containerd read it.
  public let cri: CRIConfig?
  public let processes: Processes
  public let namespaces: Namespaces
  public let openFiles: OpenFiles
  public let imagesRead: ImagesRead
  public let fileUse: FileUse
  public let memory: MemoryContent
  public let mounts: MountTable

  public init(_ checkpoint: Checkpoint, target: Target = Target()) {
    // Go decodes null into a structure as if it were an empty object.
    let empty = try? JSONDocument.parse(Array("{}".utf8)).root
    func object(_ kind: Document.Kind) -> JSONValue? {
      guard let root = checkpoint.document(kind)?.root else { return nil }
      return root.kind == .object ? root : root.isNull ? empty : nil
    }
    self.checkpoint = checkpoint
    host = target.host
    rootFilesystem = target.root
    options = target.options
    let config = object(.config)
    spec = object(.spec).map(RuntimeSpec.init)
    identity = Identity(checkpoint, spec: spec, config: config)
    engine = target.engine ?? identity.engine
    runtime = target.runtime ?? identity.runtime
    podman = config.map(PodmanConfig.init)
    podmanSpec = podman?.spec.map(RuntimeSpec.init)
    cri = config.map(CRIConfig.init)
    let images = checkpoint.images
    processes = Processes(images)
    namespaces = Namespaces(images, processes)
    openFiles = OpenFiles(images)
    imagesRead = ImagesRead(images, processes, namespaces, openFiles)
    fileUse = FileUse(images, openFiles, imagesRead)
    memory = MemoryContent(images, processes, read: imagesRead.names)
    mounts = MountTable(images, namespaces)
  }

  /// A document that is there, counts and is JSON.
  public func root(_ kind: Document.Kind) -> JSONValue? { checkpoint.document(kind)?.root }
}
