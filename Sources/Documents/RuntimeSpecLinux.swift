extension RuntimeSpec {
  /// What a runtime specification says about Linux.
  public struct Linux: Sendable {
    public var namespaces: [Namespace]
    public var devices: [SpecPath]
    public var maskedPaths: [SpecPath]
    public var readonlyPaths: [SpecPath]
    public var cgroupsPath: String?
    public var sysctls: [String]
    public var uidMappingCount: Int
    public var gidMappingCount: Int
    public var seccomp: Seccomp?
    public var resources: Resources?
    public var mountLabel: String?
    public var rootfsPropagation: String?

    init(_ place: Place) {
      let value = place.value
      namespaces = place.objects("namespaces").map(Namespace.init)
      devices = place.objects("devices").compactMap { $0.path("path") }
      maskedPaths = place.paths("maskedPaths")
      readonlyPaths = place.paths("readonlyPaths")
      cgroupsPath = value.text("cgroupsPath")
      sysctls = value.textMap("sysctl").keys.sorted()
      uidMappingCount = value.objects("uidMappings").count
      gidMappingCount = value.objects("gidMappings").count
      seccomp = place.object("seccomp").map { Seccomp($0.value) }
      resources = place.object("resources").map { Resources($0.value) }
      mountLabel = value.text("mountLabel")
      rootfsPropagation = value.text("rootfsPropagation")
    }

    /// The namespace of this type, if the container has one of its own or joins one.
    public func namespace(_ type: String) -> Namespace? { namespaces.first { $0.type == type } }
  }

  public struct Namespace: Equatable, Sendable {
    public var type: String?
    /// The namespace to join; nil or empty for a new one.
    public var path: String?
    /// An RFC 6901 pointer to the whole entry.
    public var pointer: String

    init(_ place: Place) {
      type = place.value.text("type")
      path = place.value.text("path")
      pointer = place.pointer
    }
  }

  public struct Seccomp: Equatable, Sendable {
    public var defaultAction: String?
    /// The actions of the rules, each once, sorted.
    public var actions: [String]

    init(_ value: JSONValue) {
      defaultAction = value.text("defaultAction")
      actions = Set(value.objects("syscalls").compactMap { $0.text("action") }).sorted()
    }
  }

  public struct Resources: Equatable, Sendable {
    public var pidsLimit: Int64?
    public var memoryLimit: Int64?
    public var cpuShares: UInt64?
    /// The list of processors, as cpuset.cpus takes it.
    public var cpus: String?

    init(_ value: JSONValue) {
      pidsLimit = value.field("pids")?.field("limit")?.int64
      memoryLimit = value.field("memory")?.field("limit")?.int64
      cpuShares = value.field("cpu")?.field("shares")?.uint64
      cpus = value.field("cpu")?.text("cpus")
    }
  }
}
