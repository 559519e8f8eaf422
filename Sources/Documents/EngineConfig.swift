/// What Podman's `config.dump` says, as far as a restore depends on it. Built leniently, as
/// `RuntimeSpec` is.
public struct PodmanConfig: Sendable {
  public var id: String?
  public var name: String?
  /// Name and id of the image: Podman wants both or neither.
  public var rootfsImageName: String?
  public var rootfsImageID: String?
  /// The image as the user named it.
  public var rawImageName: String?
  /// A root file system outside any image; excludes an image.
  public var rootfs: String?
  /// The name or the path of the runtime.
  public var runtime: String?
  public var pod: String?
  /// Other containers that must run; a checkpoint with any cannot be imported.
  public var dependencies: [String]
  public var namedVolumes: [NamedVolume]
  public var processLabel: String?
  public var mountLabel: String?
  public var createdTime: String?
  public var shmSize: Int64?
  public var hasShmDir: Bool
  /// Podman's own copy of the specification, which an import replaces with `spec.dump`.
  public var spec: JSONValue?
  public var createsNetworkNamespace: Bool
  /// The container whose network namespace is shared.
  public var networkContainer: String?
  public var networkMode: String?
  /// The names of the networks, in whichever of its three forms Podman wrote them.
  public var networks: [String]
  public var logDriver: String?
  public var logPath: String?
  public var staticDir: String?

  public init(_ value: JSONValue) {
    id = value.text("id")
    name = value.text("name")
    rootfsImageName = value.text("rootfsImageName")
    rootfsImageID = value.text("rootfsImageID")
    rawImageName = value.text("RawImageName")
    rootfs = value.text("rootfs")
    runtime = value.text("runtime")
    pod = value.text("pod")
    dependencies = value.texts("Dependencies")
    namedVolumes = value.objects("namedVolumes").map(NamedVolume.init)
    processLabel = value.text("ProcessLabel")
    mountLabel = value.text("MountLabel")
    createdTime = value.text("createdTime")
    shmSize = value.field("shmSize")?.int64
    hasShmDir = value.text("ShmDir")?.isEmpty == false
    spec = value.field("spec").flatMap { $0.kind == .object ? $0 : nil }
    createsNetworkNamespace = value.flag("createNetNS")
    networkContainer = value.text("netNsCtr")
    networkMode = value.text("networkMode")
    networks =
      value.objects("orderedNetworks").compactMap { $0.text("name") }
      + (value.field("newNetworks")?.members.map(\.key) ?? []) + value.texts("networks")
    logDriver = value.text("logDriver")
    logPath = value.text("logPath")
    staticDir = value.text("staticDir")
  }

  /// A volume whose content is in `volumes/NAME.tar`.
  public struct NamedVolume: Equatable, Sendable {
    public var name: String?
    public var destination: String?

    init(_ value: JSONValue) {
      name = value.text("volumeName")
      destination = value.text("dest")
    }
  }
}

/// What `config.dump` of CRI-O or containerd says. Built leniently, as `RuntimeSpec` is.
public struct CRIConfig: Equatable, Sendable {
  public var id: String?
  public var name: String?
  /// The image as it was asked for.
  public var rootfsImage: String?
  /// CRI-O: the id of the image. containerd: NAME@DIGEST, or the id.
  public var rootfsImageRef: String?
  public var rootfsImageName: String?
  /// CRI-O: the name of the handler. containerd: that of the shim.
  public var runtime: String?
  public var createdTime: String?
  public var checkpointedTime: String?

  public init(_ value: JSONValue) {
    id = value.text("id")
    name = value.text("name")
    rootfsImage = value.text("rootfsImage")
    rootfsImageRef = value.text("rootfsImageRef")
    rootfsImageName = value.text("rootfsImageName")
    runtime = value.text("runtime")
    createdTime = value.text("createdTime")
    checkpointedTime = value.text("checkpointedTime")
  }
}

/// One element of CRI-O's `bind.mounts`: what to create on the host if it is missing there.
public struct BindMount: Equatable, Sendable {
  public var source: String?
  public var destination: String?
  /// "directory" or "file".
  public var fileType: String?
  public var permissions: UInt32?
  /// An RFC 6901 pointer to the element.
  public var pointer: String

  /// The elements of the document; none if it is not an array.
  public static func all(in document: JSONDocument) -> [BindMount] {
    document.root.elements.enumerated().compactMap { position, element in
      element.kind == .object ? BindMount(element, pointer: "/\(position)") : nil
    }
  }

  private init(_ value: JSONValue, pointer: String) {
    source = value.text("source")
    destination = value.text("destination")
    fileType = value.text("file_type")
    permissions = value.field("permissions")?.uint64.flatMap(UInt32.init(exactly:))
    self.pointer = pointer
  }
}

/// `descriptors.json`: what the first process had as its standard input, output and error.
public struct Descriptors: Equatable, Sendable {
  /// The link targets of the file descriptors from 0 on: `/dev/null`, `pipe:[15352]`.
  public var targets: [String]

  /// Null and what is not a string count as empty, as an array of strings leaves them in Go.
  public init(_ value: JSONValue) {
    targets = value.elements.map { $0.string ?? "" }
  }
}
