/// What is known of a host, as far as rules use it: probed here, or read from a JSON document that
/// was recorded elsewhere.
public struct HostFacts: Sendable, Hashable, Codable {
  /// The version of the document; readers refuse one that they do not know.
  public static let currentVersion = 1

  public var schemaVersion = currentVersion
  /// The host's own name, for messages.
  public var name: String
  public var kernel: Kernel
  /// What the kernel offers below `/proc` and `/sys`.
  public var kernelPaths: PathListing

  public init(name: String, kernel: Kernel, kernelPaths: PathListing = PathListing()) {
    self.name = name
    self.kernel = kernel
    self.kernelPaths = kernelPaths
  }

  public struct Kernel: Sendable, Hashable, Codable {
    /// As `uname -r` says.
    public var release: String
    /// As `uname -m` says.
    public var machine: String

    public init(release: String, machine: String) {
      self.release = release
      self.machine = machine
    }
  }
}
