import Archive
public import Checkpoint

/// What a checkpoint is, without a judgement: who made it, of what, and what is in it.
///
/// Whatever is unreadable or absent is nil or left out, and named among the gaps. Everything that
/// comes from the archive is escaped.
public struct Inspection: Sendable, Encodable {
  /// What is shown beyond the summary.
  public struct Details: OptionSet, Sendable, Hashable {
    public let rawValue: UInt8

    public init(rawValue: UInt8) { self.rawValue = rawValue }

    public static let files = Details(rawValue: 1 << 0)
    public static let sockets = Details(rawValue: 1 << 1)
    public static let mounts = Details(rawValue: 1 << 2)
    /// The command line and the environment, which often hold passwords.
    public static let secrets = Details(rawValue: 1 << 3)
    /// The address space of each task.
    public static let memory = Details(rawValue: 1 << 4)
    /// Every entry of the archive.
    public static let entries = Details(rawValue: 1 << 5)

    /// All that holds no secret.
    public static let all: Details = [.files, .sockets, .mounts, .memory, .entries]
  }

  /// Where it was read from, and how it is stored.
  public struct Source: Sendable, Hashable, Encodable {
    public var path: String
    /// `tar` or `folder`.
    public var format: String
    public var compression: String
    public var layout: String
    public var entries: Int
    /// Stored size in bytes, where it is known.
    public var size: Int64?
    /// Why reading stopped before the end.
    public var damage: String?
  }

  /// Grows only when a reader of the old form would misread the new one.
  public private(set) var schemaVersion = 1
  public private(set) var tool = Report.Tool()
  public let source: Source
  /// One, except for a pod, which has one for each container, and for what is no checkpoint.
  public let dumps: [Dump]
  /// In stored order.
  public let contents: [Item]?

  public init(_ checkpoint: Checkpoint, details: Details = []) {
    let origin = checkpoint.source
    source = Source(
      path: shown(origin.path), format: origin.form.rawValue,
      compression: origin.compression.rawValue, layout: checkpoint.layout.name,
      entries: checkpoint.entries.count, size: origin.storedSize,
      damage: checkpoint.damage?.description)
    contents = details.contains(.entries) ? checkpoint.entries.map(Item.init) : nil
    dumps =
      switch checkpoint.layout {
      case .unknown: []
      case .pod(let folders):
        folders.map { Dump(Subject(checkpoint.below($0)), folder: $0, details) }
      case .wrapped(let folder):
        [Dump(Subject(checkpoint.below(folder)), folder: folder, details)]
      case .container, .docker, .images, .preDump:
        [Dump(Subject(checkpoint), folder: nil, details)]
      }
  }
}

/// One container of a checkpoint, or one set of images.
public struct Dump: Sendable, Encodable {
  /// The folder it is in, if that is not the top of the archive.
  public let folder: String?
  public let layout: String
  public let engine: String?
  public let runtime: String?
  /// What engine and runtime were recognised by.
  public let evidence: [String]
  public let container: Container
  public let times: Times
  public let criu: Fingerprint
  public let sizes: Sizes
  /// Each task followed by its children.
  public let processes: [Process]
  public let namespaces: [Namespace]
  public let statistics: Statistics?
  public let mounts: [Mount]?
  public let files: [DescriptorTable]?
  public let sockets: [Socket]?
  public let memory: [AddressSpace]?
  public let secrets: Secrets?
  /// What is missing or damaged, so that parts of the above are.
  public let gaps: [String]

  init(_ subject: Subject, folder: String?, _ details: Inspection.Details) {
    self.folder = folder
    layout = subject.checkpoint.layout.name
    engine = subject.engine?.rawValue
    runtime = subject.runtime?.rawValue
    evidence = subject.identity.evidence.map { shown($0.description) }
    container = Container(subject)
    times = Times(subject)
    criu = Fingerprint(subject)
    sizes = Sizes(subject.checkpoint)
    processes = Process.tree(subject)
    namespaces = Namespace.all(subject)
    statistics = Statistics(subject)
    mounts = details.contains(.mounts) ? Mount.all(subject) : nil
    files = details.contains(.files) ? DescriptorTable.all(subject) : nil
    sockets = details.contains(.sockets) ? Socket.all(subject) : nil
    memory = details.contains(.memory) ? AddressSpace.all(subject) : nil
    secrets = details.contains(.secrets) ? Secrets(subject) : nil
    gaps = subject.gaps
  }
}
