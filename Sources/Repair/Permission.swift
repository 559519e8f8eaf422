/// What a person may allow beyond safe steps.
public enum Permission: String, Sendable, Hashable, Codable, CaseIterable {
  /// Give up state that cannot be brought back.
  case lossy
  /// Take parts from a donor that cannot be proven to be a copy of the same dump.
  case foreignDonor = "foreign-donor"
  /// Drop entries that are hostile or that no engine can unpack.
  case dropEntries = "drop-entries"
  /// Drop the annotation by which a checkpoint changes CRIU's configuration.
  case dropCRIUConfig = "drop-criu-config"
  /// Make crun's masks of folders into those of runc, which nobody has proven with crun's dumps.
  case unprovenMasks = "unproven-masks"
  /// Publish a result that still has findings of severity error.
  case findings

  public var explanation: String {
    switch self {
    case .lossy: "give up state that cannot be brought back, such as queued data or limits"
    case .foreignDonor: "take parts from a donor that is not proven to be the same dump"
    case .dropEntries: "drop hostile entries and those that no engine can unpack"
    case .dropCRIUConfig: "drop the annotation org.criu.config"
    case .unprovenMasks: "make masked folders of crun into those of runc, an unproven way"
    case .findings: "publish a result that still has errors"
    }
  }
}
