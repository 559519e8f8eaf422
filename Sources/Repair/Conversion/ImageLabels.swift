public import Archive
import CRIUImages
public import Checkpoint
import Documents
public import Host
import Verify

extension ImageDescription {
  /// What an image of `checkpoint` says, for `engine` to know it by (archive contract, §1f): the
  /// engine's own annotations and those of `checkpointctl build`; values that only a host can tell
  /// come from `host`.
  public init(of checkpoint: Checkpoint, for engine: Engine?, host: HostFacts? = nil) {
    let subject = Subject(checkpoint)
    let portrait = Portrait(subject, host: host)
    let engine = engine ?? subject.identity.engine
    var annotations = Self.common(portrait, subject, engine, host)
    if let engine { annotations.merge(Self.own(engine, portrait, host)) { _, own in own } }
    let key = engine?.imageKey
    self.init(
      architecture: Self.architecture(of: checkpoint), annotations: annotations,
      // containerd reads the image's name as an index.
      indexAnnotations: engine == .containerd
        ? annotations.filter { $0.key == key } : nil)
  }

  /// Those that `checkpointctl build` writes.
  private static func common(
    _ portrait: Portrait, _ subject: Subject, _ engine: Engine?, _ host: HostFacts?
  ) -> [String: String] {
    let values: [(String, String?)] = [
      ("engine.name", engine == .podman ? "libpod" : engine?.rawValue),
      ("container.name", portrait.shortName),
      ("pod.name", portrait.podName), ("pod.namespace", portrait.podNamespace),
      ("rootfsImageUserRequested", portrait.requestedImage),
      ("rootfsImageName", portrait.image), ("rootfsImageID", portrait.imageID),
      ("runtime.name", portrait.runtime.rawValue),
      ("criu.version", criuVersion(host)),
      ("runtime.version", host?.tools?[portrait.runtime.rawValue]?.version),
      ("host.kernel", host?.kernel.release),
    ]
    return annotations("org.criu.checkpoint.", values)
  }

  private static func own(_ engine: Engine, _ portrait: Portrait, _ host: HostFacts?)
    -> [String: String]
  {
    let shared: [(String, String?)] = [
      ("name", portrait.name), ("rawImageName", portrait.requestedImage),
      ("rootfsImageID", portrait.imageID), ("rootfsImageName", portrait.image),
      ("criu.version", criuVersion(host)),
    ]
    switch engine {
    case .podman:
      let groups: String? = host?.controlGroups.map { $0.mode == .unified ? "v2" : "v1" }
      return annotations(
        "io.podman.annotations.checkpoint.",
        shared + [
          ("runtime.name", portrait.runtime.rawValue),
          ("runtime.version", host?.tools?[portrait.runtime.rawValue]?.version),
          ("podman.version", host?.tools?["podman"]?.version),
          ("host.kernel", host?.kernel.release), ("cgroups.version", groups),
        ])
    case .criO:
      return annotations(
        "io.kubernetes.cri-o.annotations.checkpoint.",
        shared + [("cri-o.version", host?.tools?["crio"]?.version)])
    case .containerd, .docker: return [:]
    }
  }

  private static func annotations(_ prefix: String, _ values: [(String, String?)])
    -> [String: String]
  {
    var result: [String: String] = [:]
    for case (let name, let value?) in values where !value.isEmpty { result[prefix + name] = value }
    return result
  }

  /// CRIU's version as one number: 40200 for 4.2.
  private static func criuVersion(_ host: HostFacts?) -> String? {
    guard let version = host?.tools?["criu"]?.version else { return nil }
    let parts = version.split(separator: ".").compactMap { Int($0) }
    guard let major = parts.first, (0..<1000).contains(major) else { return nil }
    let minor = parts.dropFirst().first ?? 0
    let patch = parts.dropFirst(2).first ?? 0
    guard (0..<100).contains(minor), (0..<100).contains(patch) else { return nil }
    return String(major * 10_000 + minor * 100 + patch)
  }

  private static let architectures: [MachineType: String] = [
    .x86: "amd64", .arm: "arm", .aarch64: "arm64", .ppc64: "ppc64le", .s390: "s390x",
    .mips: "mips64le", .loongarch64: "loong64", .riscv64: "riscv64",
  ]

  /// The machine of the dump in Go's words.
  private static func architecture(of checkpoint: Checkpoint) -> String {
    checkpoint.images.all(.core).lazy.compactMap { $0.first(CoreEntry.self)?.machine }.first
      .flatMap { architectures[$0] } ?? "unknown"
  }
}
