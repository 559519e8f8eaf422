/// What is known of a host, as far as rules use it: probed here, or read from a JSON document that
/// was recorded elsewhere. What is nil nobody could find out; `unknown` says why.
public struct HostFacts: Sendable, Hashable, Codable {
  /// The version of the document; readers refuse one that they do not know.
  public static let currentVersion = 1

  public var schemaVersion = currentVersion
  /// The host's own name, for messages.
  public var name: String
  public var kernel: Kernel
  public var processor: Processor?
  public var controlGroups: ControlGroups?
  /// Programs that a restore may run, by name; those that are not there are left out.
  public var tools: [String: Tool]?
  /// The container images of Podman's storage.
  public var images: [Image]?
  public var network: Network?
  /// What exists: below `/proc` and `/sys`, and wherever else somebody looked.
  public var paths: PathListing
  public var unknown: [Unknown]

  public init(name: String, kernel: Kernel, paths: PathListing = PathListing()) {
    self.name = name
    self.kernel = kernel
    self.paths = paths
    unknown = []
  }

  public struct Kernel: Sendable, Hashable, Codable {
    /// As `uname -r` says.
    public var release: String
    /// As `uname -m` says.
    public var machine: String
    /// In bytes.
    public var pageSize: UInt64?
    /// `fs.nr_open`: no descriptor is as large.
    public var descriptorLimit: UInt64?
    /// `kernel.pid_max`: no process id is as large.
    public var processLimit: UInt64?
    /// The security modules that are active.
    public var securityModules: [String]?
    /// The names of the profiles that AppArmor has loaded, without their modes.
    public var profiles: [String]?
    /// Whether SELinux enforces its policy; nil also where SELinux is not active.
    public var isEnforcing: Bool?
    /// The file systems that it can mount.
    public var filesystems: [String]?
    /// `user.max_user_namespaces`: how many user namespaces any user may make, root as well.
    public var userNamespaceLimit: UInt64?

    public init(release: String, machine: String) {
      self.release = release
      self.machine = machine
    }
  }

  public struct Processor: Sendable, Hashable, Codable {
    /// The components of extended state that the kernel saves, one bit each (XCR0); x86 only.
    public var stateComponents: UInt64?
    /// The processors in use, as a list: `0-3`.
    public var online: String?
    /// Those that the kernel has room for, in use or not.
    public var possible: String?

    public init(stateComponents: UInt64?) { self.stateComponents = stateComponents }
  }

  public struct ControlGroups: Sendable, Hashable, Codable {
    public enum Mode: String, Sendable, Hashable, Codable {
      /// Version 1 alone.
      case legacy
      /// Controllers of version 1, beside a hierarchy of version 2.
      case hybrid
      /// Version 2 alone.
      case unified
    }

    public var mode: Mode
    /// The controllers, and of version 1 also the named hierarchies, in order.
    public var controllers: [String]

    public init(mode: Mode, controllers: [String]) {
      self.mode = mode
      self.controllers = controllers
    }
  }

  public struct Tool: Sendable, Hashable, Codable {
    public var path: String
    /// As it says itself: 4.2, say; nil if it would not.
    public var version: String?

    public init(path: String, version: String?) {
      self.path = path
      self.version = version
    }
  }

  public struct Image: Sendable, Hashable, Codable {
    /// 64 hexadecimal digits.
    public var id: String
    public var names: [String]

    public init(id: String, names: [String]) {
      self.id = id
      self.names = names
    }
  }

  public struct Network: Sendable, Hashable, Codable {
    /// The addresses of all interfaces, as text.
    public var addresses: [String]
    /// What listens in the host's own network namespace.
    public var listeners: [Listener]

    public init(addresses: [String], listeners: [Listener]) {
      self.addresses = addresses
      self.listeners = listeners
    }
  }

  public struct Listener: Sendable, Hashable, Codable {
    public enum Transport: String, Sendable, Hashable, Codable {
      case tcp
      case udp
    }

    public var transport: Transport
    /// As text; `0.0.0.0` and `::` are all.
    public var address: String
    public var port: UInt16
    /// Of `::`, whether it leaves IPv4 to others (IPV6_V6ONLY); nil if that is not known.
    public var isIPv6Only: Bool?

    public init(
      _ transport: Transport, _ address: String, _ port: UInt16, isIPv6Only: Bool? = nil
    ) {
      self.transport = transport
      self.address = address
      self.port = port
      self.isIPv6Only = isIPv6Only
    }

    /// nil if the address is none.
    public var place: SocketPlace? {
      InternetAddress(address).map { SocketPlace($0, port, isIPv6Only: isIPv6Only) }
    }
  }

  /// Something that could not be found out.
  public struct Unknown: Sendable, Hashable, Codable {
    public var fact: String
    public var reason: String

    public init(_ fact: String, _ reason: String) {
      self.fact = fact
      self.reason = reason
    }
  }
}
