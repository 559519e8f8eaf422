/// A path in a runtime specification, and where in the document it stands.
public struct SpecPath: Equatable, Sendable {
  public var path: String
  /// An RFC 6901 pointer to the text of the path.
  public var pointer: String
}

/// What a runtime specification, `spec.dump`, says, as far as a restore depends on it.
///
/// Built leniently: what is absent or of the wrong type is nil or left out, and
/// `mismatches(against: .runtimeSpec)` says what Go would refuse.
public struct RuntimeSpec: Sendable {
  public var ociVersion: String?
  public var hostname: String?
  /// Podman dereferences it unasked: it panics on a specification without it.
  public var process: Process?
  /// As `process`.
  public var root: Root?
  public var mounts: [Mount]
  public var annotations: [String: String]
  public var hooks: [Hook]
  public var linux: Linux?

  public init(_ value: JSONValue) {
    let spec = Place(value)
    ociVersion = spec.value.text("ociVersion")
    hostname = spec.value.text("hostname")
    process = spec.object("process").map { Process($0.value) }
    root = spec.object("root").map { Root($0.value) }
    mounts = spec.objects("mounts").map(Mount.init)
    annotations = spec.value.textMap("annotations")
    hooks = Hook.all(in: spec)
    linux = spec.object("linux").map(Linux.init)
  }

  public struct Process: Sendable {
    public var terminal: Bool
    public var args: [String]
    public var cwd: String?
    public var uid: UInt32?
    public var gid: UInt32?
    public var hasCapabilities: Bool
    public var rlimits: [Rlimit]
    public var apparmorProfile: String?
    public var selinuxLabel: String?

    init(_ value: JSONValue) {
      let user = value.field("user")
      terminal = value.flag("terminal")
      args = value.texts("args")
      cwd = value.text("cwd")
      uid = user?.field("uid")?.uint64.flatMap(UInt32.init(exactly:))
      gid = user?.field("gid")?.uint64.flatMap(UInt32.init(exactly:))
      hasCapabilities = value.field("capabilities")?.kind == .object
      rlimits = value.objects("rlimits").map(Rlimit.init)
      apparmorProfile = value.text("apparmorProfile")
      selinuxLabel = value.text("selinuxLabel")
    }
  }

  public struct Rlimit: Equatable, Sendable {
    public var type: String?
    public var soft: UInt64?
    public var hard: UInt64?

    init(_ value: JSONValue) {
      type = value.text("type")
      soft = value.field("soft")?.uint64
      hard = value.field("hard")?.uint64
    }
  }

  public struct Root: Equatable, Sendable {
    public var path: String?
    public var isReadonly: Bool

    init(_ value: JSONValue) {
      path = value.text("path")
      isReadonly = value.flag("readonly")
    }
  }

  public struct Mount: Equatable, Sendable {
    public var destination: String?
    public var type: String?
    public var source: String?
    public var options: [String]
    /// An RFC 6901 pointer to the whole mount.
    public var pointer: String

    init(_ place: Place) {
      destination = place.value.text("destination")
      type = place.value.text("type")
      source = place.value.text("source")
      options = place.value.texts("options")
      pointer = place.pointer
    }

    /// Whether it is a bind mount: by type, or as runc decides, by option.
    public var isBind: Bool {
      type == "bind" || options.contains("bind") || options.contains("rbind")
    }
  }

  public struct Hook: Equatable, Sendable {
    /// The member of `hooks` that it belongs to.
    public var stage: String
    public var program: SpecPath

    static func all(in spec: Place) -> [Hook] {
      guard let hooks = spec.object("hooks") else { return [] }
      return [
        "prestart", "createRuntime", "createContainer", "startContainer", "poststart", "poststop",
      ].flatMap { stage in
        hooks.objects(stage).compactMap { $0.path("path") }.map { Hook(stage: stage, program: $0) }
      }
    }
  }
}
