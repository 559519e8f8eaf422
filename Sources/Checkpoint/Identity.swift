public import Documents
import CRIUImages

/// Which engine and runtime made a checkpoint, and how that is known (archive contract, §2).
public struct Identity: Sendable, Hashable {
  /// One sign, and what it points to.
  public struct Evidence: Sendable, Hashable, CustomStringConvertible {
    public var points: String
    public var sign: String

    public var description: String { "\(points): \(sign)" }
  }

  /// The engine that the strongest sign names.
  public private(set) var engine: Engine?
  public private(set) var runtime: Runtime?
  public private(set) var evidence: [Evidence] = []
  /// Every engine that some sign names.
  public private(set) var candidates: Set<Engine> = []

  public init(_ checkpoint: Checkpoint, spec: RuntimeSpec?, config: JSONValue?) {
    if checkpoint.layout == .docker { note(.docker, "images and descriptors.json at the root") }
    for (candidate, sign) in Self.signs(checkpoint, spec, config) { note(candidate, sign) }
    findRuntime(checkpoint, spec, config)
  }

  private mutating func note(_ candidate: Engine, _ sign: String) {
    engine = engine ?? candidate
    candidates.insert(candidate)
    evidence.append(Evidence(points: candidate.rawValue, sign: sign))
  }

  /// The tests of the contract in their order: the first that hits decides.
  ///
  /// `io.kubernetes.cri-o.` alone is no sign: Podman, too, writes such annotations.
  private static func signs(
    _ checkpoint: Checkpoint, _ spec: RuntimeSpec?, _ config: JSONValue?
  ) -> [(Engine, String)] {
    var signs: [(Engine, String)] = []
    switch spec?.annotations["io.container.manager"] {
    case "libpod"?: signs.append((.podman, "spec.dump annotation io.container.manager = libpod"))
    case "cri-o"?: signs.append((.criO, "spec.dump annotation io.container.manager = cri-o"))
    default: break
    }
    let cri = ["container-type", "sandbox-id", "container-name"].first {
      spec?.annotations["io.kubernetes.cri.\($0)"] != nil
    }
    if let cri {
      signs.append((.containerd, "spec.dump annotation io.kubernetes.cri.\(cri)"))
    }
    let only: [(String, Engine)] = [
      ("status.dump", .containerd), ("status", .containerd), ("container.log", .containerd),
    ]
    signs += only.filter { checkpoint.contains($0.0) }.map { ($0.1, "entry \($0.0)") }
    let podmanKeys = ["lockID", "staticDir", "CreateCommand", "spec"]
    if let key = podmanKeys.first(where: { config?.field($0) != nil }) {
      signs.append((.podman, "config.dump member \(key)"))
    }
    if config?.field("rootfsImage") != nil, config?.field("checkpointedTime") != nil,
      !checkpoint.contains("status"), !checkpoint.contains("status.dump"),
      let name = ["bind.mounts", "io.kubernetes.cri-o.LogPath", "dump.log"].first(where: {
        checkpoint.contains($0)
      })
    {
      signs.append((.criO, "config.dump of the CRI form, and entry \(name)"))
    }
    let podman = ["artifacts", "network.status", "ctr.log", "devshm-checkpoint.tar", "volumes"]
    if let name = podman.first(where: { checkpoint.contains($0) }) {
      signs.append((.podman, "entry \(name)"))
    }
    return signs
  }

  private static let shims: [String: Runtime] = ["io.containerd.runc.v2": .runc]

  /// The configuration names it; otherwise the keys of masked mounts differ between the runtimes
  /// (contract, §5a).
  private mutating func findRuntime(
    _ checkpoint: Checkpoint, _ spec: RuntimeSpec?, _ config: JSONValue?
  ) {
    let name = config?.field("runtime")?.string ?? ""
    // containerd names its shim, of which there is one for runc.
    let named = Runtime(rawValue: Classifier.split(name).name) ?? Self.shims[name]
    if let named {
      runtime = named
      evidence.append(Evidence(points: named.rawValue, sign: "config.dump runtime \(name)"))
      return
    }
    for image in checkpoint.images.all(.mounts) {
      for (_, mount) in image.messages(MntEntry.self) {
        let key = mount.extKeyText ?? ""
        let mountpoint = mount.mountpointPath
        let found: Runtime? =
          if key == "/dev/null" {
            .runc
          } else if key.hasSuffix("/.empty-directory")
            || (key == mountpoint && key.hasPrefix("/proc/"))
          {
            .crun
          } else {
            nil
          }
        if let found {
          runtime = found
          evidence.append(
            Evidence(points: found.rawValue, sign: "external key \(key) of mount \(mountpoint)"))
          return
        }
      }
    }
  }
}
