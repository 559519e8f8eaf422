import Archive
import Checkpoint

/// What becomes of the parts that only one engine writes or reads (archive contract, §1b).
extension Conversion {
  /// The container's log has another name in every engine, and the same lines.
  private static let logs: [Engine: String] = [
    .podman: "ctr.log", .criO: "io.kubernetes.cri-o.LogPath", .containerd: "container.log",
  ]

  /// What tells of the dump, and disturbs no engine.
  private static let kept: Set<String> = ["dump.log", "deleted.files"]

  /// Parts that hold state: to leave them out loses it.
  private static let state = ["devshm-checkpoint.tar", "volumes"]

  mutating func convertParts(for engine: Engine) {
    for stored in checkpoint.entries where !stored.isSuperseded {
      let top = components(of: stored.path).first ?? ""
      guard let part = Part.named(top), !part.writers.contains(engine) else { continue }
      if Self.logs.values.contains(top), let name = Self.logs[engine],
        !checkpoint.contains(name)
      {
        add(
          Plan.Step(
            .rename(path: stored.path, to: name),
            because: "\(engine) knows the container's log by this name"))
      } else if !Self.kept.contains(top) {
        leaveOut(stored, of: part, for: engine)
      }
    }
  }

  private mutating func leaveOut(_ stored: StoredEntry, of part: Part, for engine: Engine) {
    var isLoss = Self.state.contains(part.name) && stored.entry.kind == .file
    if case .nested(let nested) = stored.content, nested.files.isEmpty, nested.damage == nil {
      isLoss = false
    }
    let what = part.name == "volumes" ? "the content of a volume" : "the content of /dev/shm"
    add(
      Plan.Step(
        .remove(path: stored.path), risk: isLoss ? .lossy : .safe, needs: isLoss ? .lossy : nil,
        because: isLoss
          ? "\(engine) does not restore \(what)" : "\(engine) neither writes it nor reads it"))
  }
}
