/// A row of the archive contract's table of top-level entries (§1b): a name that some engine
/// writes or reads, and what it holds.
public struct Part: Sendable {
  /// What is done with an entry's bytes while they pass.
  public enum Content: Sendable, Hashable {
    case document(Document.Kind)
    case nested(NestedArchive.Role)
    /// A CRIU image; its name says of which type.
    case image
    /// Counted, never kept: logs and the like.
    case opaque
    case directory
  }

  /// The exact cleaned name.
  public let name: String
  public let content: Content
  /// The engines that write it, in some version and condition.
  public let writers: Set<Engine>
  /// Names that people and older tools use for it (contract, §1a).
  public let looseNames: [String]

  private init(
    _ name: String, _ content: Content, _ writers: Set<Engine>, alsoCalled looseNames: [String] = []
  ) {
    self.name = name
    self.content = content
    self.writers = writers
    self.looseNames = looseNames
  }

  private static let all: Set<Engine> = [.podman, .criO, .containerd]

  /// Every name of the contract, §1b. Volumes and the images below `checkpoint/` are recognised
  /// by `Classifier`.
  public static let table: [Part] = [
    Part("checkpoint", .directory, all),
    Part("checkpoint/descriptors.json", .document(.descriptors), all),
    Part("config.dump", .document(.config), all, alsoCalled: ["config.json.dump"]),
    Part("spec.dump", .document(.spec), all),
    Part("status.dump", .document(.containerStatus), [.containerd]),
    Part("status", .document(.containerdStatus), [.containerd]),
    Part("container.log", .opaque, [.containerd]),
    Part("ctr.log", .opaque, [.podman]),
    Part(
      "io.kubernetes.cri-o.LogPath", .opaque, [.criO],
      alsoCalled: ["annotations.LogPath", "LogPath"]),
    Part("network.status", .document(.networkStatus), [.podman]),
    Part("artifacts", .directory, [.podman]),
    Part(
      "devshm-checkpoint.tar", .nested(.sharedMemory), [.podman],
      alsoCalled: ["dev-shm.tar", "devshm.tar"]),
    Part("rootfs-diff.tar", .nested(.rootfsDiff), all, alsoCalled: ["rootfs.diff.tar"]),
    Part(
      "deleted.files", .document(.deletedFiles), [.podman, .criO], alsoCalled: ["deleted-files"]),
    Part("bind.mounts", .document(.bindMounts), [.criO], alsoCalled: ["bind-mounts"]),
    Part("volumes", .directory, [.podman]),
    Part("pre-checkpoint", .directory, [.podman]),
    Part("stats-dump", .image, all, alsoCalled: ["stats.dump"]),
    Part("dump.log", .opaque, [.criO, .containerd]),
    Part("pod.options", .document(.podOptions), []),
    Part("pod.dump", .opaque, []),
  ]

  private static let byName = Dictionary(uniqueKeysWithValues: table.map { ($0.name, $0) })

  public static func named(_ name: String) -> Part? { byName[name] }

  private static let byLooseName = Dictionary(
    uniqueKeysWithValues: table.flatMap { part in part.looseNames.map { ($0, part) } })

  /// The part that a loose name means.
  public static func meant(by looseName: String) -> Part? { byLooseName[looseName] }

  /// Names in an engine's own state folder: an archive that brings one overwrites it (§1b, last
  /// row).
  public static let engineOwned: Set<String> = [
    "config.json", "state.json", "shm", "attach", "ctl", "winsz", "pidfile",
  ]
}
