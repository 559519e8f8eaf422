public import Archive
import Foundation

/// The real archives in `fixtures/archives`.
public enum Fixtures {
  private static let root = #filePath.split(separator: "/").dropLast(3).map(String.init)

  /// The project's folder.
  public static let project = "/" + root.joined(separator: "/")

  public static func path(_ name: String) -> String { "\(project)/fixtures/archives/\(name)" }

  /// Archives that real engines restored from tar; the OCI image is another form.
  public static let names: [String] = [
    "containerd-2.4.0beta-runc1.5.0rc1-loop.tar", "containerd-2.4.0beta-runc1.5.0rc1-vol.tar",
    "crio-1.37.0dev-runc1.1.5-loop.tar", "crio-1.37.0dev-runc1.1.5-vol.tar",
    "ghost.tar.gz", "mask-extra.tar", "multi-volume.tar.zst", "netns-path.tar.gz",
    "podman-6.0.0dev-crun1.27.1-loop.tar.zst", "podman-6.0.0dev-runc1.5.0rc1-loop.tar.zst",
    "privileged.tar.zst", "readonly.tar.gz", "rootfs-diff.tar.zst", "shell-none.tar",
    "shell-zstd.tar.zst", "sysv-ipc.tar.gz", "tcp-established.tar.zst", "tcp-listen.tar.gz",
    "tmpfs.tar.zst", "zombie.tar.gz",
  ]

  /// What Podman's `--create-image` made.
  public static let image = "podman-6.0.0dev-runc1.5.0rc1-image.oci.tar"

  /// Archives that differ in engine, runtime and content: for tests that repair each archive many
  /// times. `make test-all` sets CKPTMEND_FIXTURES=all and uses every archive.
  public static let varied: [String] =
    ProcessInfo.processInfo.environment["CKPTMEND_FIXTURES"] == "all"
    ? names
    : [
      "containerd-2.4.0beta-runc1.5.0rc1-loop.tar", "crio-1.37.0dev-runc1.1.5-vol.tar",
      "ghost.tar.gz", "multi-volume.tar.zst", "podman-6.0.0dev-crun1.27.1-loop.tar.zst",
    ]

  /// Every entry of an archive or folder with its bytes, by cleaned name.
  public static func contents(_ path: String) throws -> [String: Content] {
    var reader = try ArchiveReader(path: path)
    var result: [String: Content] = [:]
    while let entry = try reader.next() {
      var bytes: [UInt8] = []
      while let chunk = try reader.nextChunk() { bytes += chunk }
      result[entry.name.path] = Content(entry: entry, bytes: bytes)
    }
    return result
  }

  /// What must survive a repair or repack.
  public struct Content: Equatable, Sendable {
    public var kind: Entry.Kind
    public var mode: UInt32
    public var owner: Int64
    public var group: Int64
    public var modified: Entry.Time
    public var attributes: [Entry.Attribute]
    public var bytes: [UInt8]

    /// The same, made at the start of 1970.
    public var withoutTime: Content {
      var content = self
      content.modified = Entry.Time(seconds: 0)
      return content
    }

    init(entry: Entry, bytes: [UInt8]) {
      kind = entry.kind
      mode = entry.mode
      owner = entry.owner
      group = entry.group
      modified = entry.modified
      attributes = entry.attributes
      self.bytes = bytes
    }
  }
}
