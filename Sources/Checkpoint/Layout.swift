/// How a checkpoint is laid out, decided from its names.
public enum Layout: Sendable, Hashable {
  /// An engine's archive: documents at the root, images in `checkpoint/`.
  case container
  /// CRIU images and `descriptors.json` at the root: Docker's checkpoint folder, which holds no
  /// specification (contract, §1e).
  case docker
  /// CRIU images at the root and nothing of an engine.
  case images
  /// Podman's `--pre-checkpoint`, or a bare pre-dump: memory only, not restorable alone.
  case preDump
  /// `pod.options` at the root and one folder for each container (contract, §1d).
  case pod(containers: [String])
  /// A whole archive inside one folder, which every engine refuses (contract, §1).
  case wrapped(folder: String)
  /// No sign of a checkpoint.
  case unknown

  /// The names that only a checkpoint has at its root.
  private static let signs: Set<String> = ["spec.dump", "config.dump", "checkpoint"]

  /// `topNames` are the first components of all names; `contains` says whether there is an entry.
  init(_ topNames: [String], contains: (String) -> Bool) {
    let roots = Set(topNames)
    let containers = topNames.filter { name in
      ["spec.dump", "config.dump"].contains { contains("\(name)/\($0)") }
    }
    if roots.contains("pod.options") {
      self = .pod(containers: containers.sorted())
    } else if !roots.isDisjoint(with: Self.signs) {
      self = .container
    } else if roots.contains("pre-checkpoint") {
      self = .preDump
    } else if roots.contains("inventory.img") || roots.contains("pstree.img") {
      self = roots.contains("descriptors.json") ? .docker : .images
    } else if roots.contains(where: { $0.hasPrefix("pagemap-") && $0.hasSuffix(".img") }) {
      self = .preDump
    } else if containers.count == 1, let folder = containers.first {
      self = .wrapped(folder: folder)
    } else {
      self = .unknown
    }
  }

  /// Where the images lie.
  var imageFolder: String {
    switch self {
    case .docker, .images: ""
    default: "checkpoint"
    }
  }

  /// Where the images of a parent dump lie, if the archive may bring them.
  var parentFolder: String? {
    switch self {
    case .container: "pre-checkpoint"
    case .docker, .images: "parent"
    default: nil
    }
  }

  /// Whether an engine's documents belong to it.
  public var hasDocuments: Bool { self == .container }
}

extension Layout {
  /// One word for reports.
  public var name: String {
    switch self {
    case .container: "container"
    case .docker: "docker-checkpoint-dir"
    case .images: "criu-images"
    case .preDump: "pre-dump"
    case .pod: "pod"
    case .wrapped: "wrapped"
    case .unknown: "unknown"
    }
  }
}
