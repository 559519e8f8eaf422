import Archive
import CRIUImages
import Checkpoint
import Documents

extension Dump {
  /// What the engine called it, and what it was made from.
  public struct Container: Sendable, Hashable, Encodable {
    public var id: String?
    public var name: String?
    public var hostname: String?
    /// Name or id of the pod.
    public var pod: String?
    /// The Kubernetes namespace of the pod.
    public var namespace: String?
    public var image: String?
    /// The id of the image, or its name with a digest.
    public var imageID: String?

    init(_ subject: Subject) {
      let annotations = subject.spec?.annotations ?? [:]
      func annotation(_ names: String...) -> String? {
        names.lazy.compactMap { annotations[$0] }.first
      }
      let (podman, cri) = (subject.podman, subject.cri)
      id = plain(cri?.id)
      name = plain(cri?.name)
      hostname = plain(subject.spec?.hostname)
      pod = plain(
        podman?.pod ?? annotation("io.kubernetes.cri.sandbox-name", "io.kubernetes.pod.name"))
      namespace = plain(
        annotation("io.kubernetes.cri.sandbox-namespace", "io.kubernetes.pod.namespace"))
      image = plain(cri?.rootfsImageName ?? podman?.rawImageName ?? cri?.rootfsImage)
      imageID = plain(podman?.rootfsImageID ?? cri?.rootfsImageRef)
    }
  }

  /// When things happened, as RFC 3339 text.
  public struct Times: Sendable, Hashable, Encodable {
    /// The container was created, says `config.dump`.
    public var created: String?
    /// It was checkpointed, says `config.dump`.
    public var checkpointed: String?
    /// The last change of the newest image, says the archive.
    public var newestImage: String?

    init(_ subject: Subject) {
      created = plain(subject.cri?.createdTime)
      checkpointed = plain(subject.cri?.checkpointedTime)
      newestImage = subject.checkpoint.entries.lazy.compactMap { stored in
        guard case .image = stored.content else { return nil }
        return stored.entry.modified.seconds
      }.max().flatMap(timeText)
    }
  }

  /// The command line and the environment of the container's first process.
  public struct Secrets: Sendable, Hashable, Encodable {
    public var arguments: [String]
    public var environment: [String]

    init(_ subject: Subject) {
      arguments = (subject.spec?.process?.args ?? []).map(shown)
      let variables = subject.root(.spec)?.field("process")?.field("env")
      environment = variables?.elements.compactMap(\.string).map(shown) ?? []
    }
  }

  /// Bytes of the entries by what they hold.
  public struct Sizes: Sendable, Hashable, Encodable {
    /// All images but those of pages.
    public var images: Int64 = 0
    public var pages: Int64 = 0
    public var rootfsDiff: Int64 = 0
    public var sharedMemory: Int64 = 0
    public var volumes: Int64 = 0
    public var logs: Int64 = 0
    public var documents: Int64 = 0
    public var other: Int64 = 0

    init(_ checkpoint: Checkpoint) {
      for stored in checkpoint.entries where stored.entry.kind == .file {
        self[keyPath: Self.part(of: stored)].add(stored.entry.size)
      }
    }

    private static let logNames: Set<String> = ["io.kubernetes.cri-o.LogPath"]

    private static func part(of stored: StoredEntry) -> WritableKeyPath<Sizes, Int64> {
      switch stored.content {
      case .image(let image): return image.name.type == .pages ? \.pages : \.images
      case .document: return \.documents
      case .nested(let nested):
        switch nested.role {
        case .rootfsDiff: return \.rootfsDiff
        case .sharedMemory: return \.sharedMemory
        case .volume: return \.volumes
        case .tmpfs: return \.images
        }
      case .opaque, .refused:
        let isLog = stored.path.hasSuffix(".log") || logNames.contains(stored.path)
        return isLog ? \.logs : \.other
      }
    }
  }
}

extension Int64 {
  /// Sizes in headers are whatever the archive claims.
  fileprivate mutating func add(_ size: Int64) {
    let (sum, overflow) = addingReportingOverflow(Swift.max(0, size))
    self = overflow ? .max : sum
  }
}

/// Text of a document, escaped; nil if there is none.
private func plain(_ text: String?) -> String? {
  text.flatMap { $0.isEmpty ? nil : shown($0) }
}
