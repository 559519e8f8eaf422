import Archive
import Checkpoint
import Verify

extension Cleaner {
  static let containers: [Cleaner] = [
    decompressing("podman.devshm-not-plain-tar"), decompressing("podman.volume-not-plain-tar"),
    hardLinks,
  ]

  /// Podman reads these without decompressing them.
  private static func decompressing(_ rule: String) -> Cleaner {
    Cleaner(rule: rule) { findings, scene in
      findings.compactMap { finding in
        guard let path = finding.location.path, let nested = scene.checkpoint.nested(path),
          nested.compression != .none, nested.damage == nil
        else { return nil }
        return [
          Plan.Step(
            .decompress(path: path), causes: [Plan.Cause(finding)],
            because: "Podman reads it as a plain tar, and its content is whole",
            evidence: ["compressed with \(nested.compression.rawValue)"])
        ]
      }
    }
  }

  /// Each takes a pass over the input; more than these are no honest archive's.
  private static let maximumLinks = 64

  private static let hardLinks = Cleaner(rule: "archive.hardlink-entry") { findings, scene in
    guard findings.count <= maximumLinks else { return [] }
    return findings.compactMap { finding in
      guard let path = finding.location.path, let stored = scene.checkpoint[path],
        case .hardlink(let bytes) = stored.entry.kind
      else { return nil }
      let target = EntryName(bytes)
      guard target.escape == nil, let found = scene.checkpoint[target.path],
        found.entry.kind == .file
      else { return nil }
      return [
        Plan.Step(
          .materialise(path: path, target: target.path), causes: [Plan.Cause(finding)],
          because: "engines unpack in passes, in which the linked file may be missing")
      ]
    }
  }
}
