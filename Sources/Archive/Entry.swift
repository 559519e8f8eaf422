/// One entry of an archive or folder: everything but its bytes.
public struct Entry: Sendable, Hashable {
  public enum Kind: Sendable, Hashable {
    case file
    case directory
    /// The target's bytes, as stored.
    case symlink(target: [UInt8])
    case hardlink(target: [UInt8])
    case fifo
    case characterDevice
    case blockDevice
    case socket
    /// A type that libarchive gives no name.
    case other
  }

  /// Seconds and nanoseconds since 1970.
  public struct Time: Sendable, Hashable {
    public var seconds: Int64
    public var nanoseconds: Int

    public init(seconds: Int64, nanoseconds: Int = 0) {
      self.seconds = seconds
      self.nanoseconds = nanoseconds
    }
  }

  public struct Attribute: Sendable, Hashable {
    public var name: String
    public var value: [UInt8]

    public init(name: String, value: [UInt8]) {
      self.name = name
      self.value = value
    }
  }

  /// How a sparse entry is stored. Podman refuses the old GNU type `S`; PAX sparse entries keep
  /// type `0` and are expanded by Go's reader (archive contract, §3).
  public enum Sparse: String, Sendable, Hashable {
    case gnu
    case pax
  }

  public var name: EntryName
  public var kind: Kind
  /// The logical size in bytes; 0 for everything but files.
  public var size: Int64
  /// Permission bits with set-id and sticky, as in st_mode & 07777.
  public var mode: UInt32
  public var owner: Int64
  public var group: Int64
  public var ownerName: String?
  public var groupName: String?
  public var modified: Time
  public var attributes: [Attribute]
  public var sparse: Sparse?
  /// What libarchive warned about while it read the header.
  public var warning: String?

  public init(
    name: EntryName, kind: Kind, size: Int64 = 0, mode: UInt32 = 0o600, owner: Int64 = 0,
    group: Int64 = 0, modified: Time = Time(seconds: 0)
  ) {
    self.name = name
    self.kind = kind
    self.size = size
    self.mode = mode
    self.owner = owner
    self.group = group
    self.modified = modified
    attributes = []
  }
}

extension Entry.Kind {
  public var isLink: Bool {
    switch self {
    case .symlink, .hardlink: true
    default: false
    }
  }

  /// The kind in the words of `tar -tv` users.
  public var noun: String {
    switch self {
    case .file: "regular file"
    case .directory: "directory"
    case .symlink: "symbolic link"
    case .hardlink: "hard link"
    case .fifo: "FIFO"
    case .characterDevice: "character device"
    case .blockDevice: "block device"
    case .socket: "socket"
    case .other: "entry of unknown type"
    }
  }
}
