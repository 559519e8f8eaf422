import Checkpoint
import Documents

/// Rules about documents as JSON of the right shape: what Go's decoder will say.
extension Rule {
  static let documentRules: [Rule] = [
    badDocument(
      .spec, "archive.bad-spec-dump", .runtimeSpec,
      why: "The engine stops with “failed to unmarshal spec.dump”.",
      remedy: .donor("spec.dump of the same checkpoint")),
    badDocument(
      .config, "archive.bad-config-dump", nil,
      why: "The engine stops with “failed to unmarshal config.dump”.",
      remedy: .donor("config.dump of the same checkpoint")),
    badDocument(
      .descriptors, "archive.bad-descriptors", .descriptors,
      why: "runc and crun stop with the JSON decoder's words.",
      remedy: .reconstruct("`repair` rebuilds it from the descriptors 0 to 2 of the first process")
    ),
    badDocument(
      .deletedFiles, "rootfs.bad-deleted-files", .deletedFiles,
      why: "Podman and CRI-O stop with “failed to read deleted files file”.",
      remedy: .donor("deleted.files of the same checkpoint"), engines: [.podman, .criO]),
    badDocument(
      .bindMounts, "crio.bad-bind-mounts", .bindMounts,
      why: "CRI-O stops with “failed to unmarshal bind.mounts”.",
      remedy: .donor("bind.mounts of the same checkpoint"), engines: [.criO]),
    badDocument(
      .containerStatus, "containerd.bad-status-dump", .containerStatus,
      why: "containerd stops with “failed to read status.dump”.",
      remedy: .donor("status.dump of the same checkpoint"), engines: [.containerd]),
    badDocument(
      .networkStatus, "podman.network-status-unreadable", .networkStatus, severity: .warning,
      why: "Podman goes on and gives the container new addresses.",
      remedy: .donor("network.status of the same checkpoint"), engines: [.podman]),
    tooDeep,
  ]

  /// One rule for a document: it parses, and every known field has a type that Go decodes.
  private static func badDocument(
    _ kind: Document.Kind, _ id: String, _ type: GoType?, severity: Severity = .error,
    why: String, remedy: Remedy, engines: Set<Engine>? = nil
  ) -> Rule {
    var needs: [Need] = [.wholeArchive]
    if let engines { needs.append(.engine(engines)) }
    return Rule(
      id: id, severity: severity, consequence: severity == .error ? .refused : .none,
      stage: .documents, title: "\(kind.rawValue) is valid JSON with fields of the right types",
      why: why, remedy: remedy, needs: needs,
      examples: [
        .fires("cut", base(for: kind).resizing(path(of: kind), by: -1)),
        .fires("trailing", base(for: kind).replacing(path(of: kind), text: "[] x")),
        .fires("wrong type", base(for: kind).replacing(path(of: kind), text: "17")),
        .silent("valid", base(for: kind)),
      ]
    ) { subject, findings in
      let path = subject.checkpoint.path(of: kind)
      guard let document = subject.checkpoint.document(kind) else { return }
      switch document.result {
      case .failure(let fault) where fault.kind == .syntax:
        findings.report(
          Location(kind: .value, path: path, offset: UInt64(fault.offset)), fault.message,
          need: "valid JSON")
      case .failure: break
      case .success(let json):
        for mismatch in json.mismatches(against: type ?? subject.configType, limit: 4) {
          findings.report(
            .value(path, mismatch.pointer), shown("\(mismatch)"), have: .text(mismatch.have),
            need: .text(mismatch.need))
        }
      }
    }
  }

  private static func base(for kind: Document.Kind) -> Sketch {
    switch kind {
    case .bindMounts: .minimalCRIO
    case .containerStatus, .containerdStatus: .minimalContainerd
    case .deletedFiles: .minimal.adding("deleted.files", text: #"["/etc/motd"]"#)
    default: .minimal
    }
  }

  private static func path(of kind: Document.Kind) -> String {
    kind == .descriptors ? "checkpoint/\(kind.rawValue)" : kind.rawValue
  }

  private static let tooDeep = Rule(
    id: "archive.document-limit", consequence: .security, stage: .documents,
    title: "Documents stay within the limits of nesting and size",
    why: "No engine writes such a document; decoding it can exhaust memory or stack.",
    remedy: .manual("if the archive is trusted, raise the limit"), needs: [],
    examples: [
      .fires(
        "deep",
        .minimal.replacing("spec.dump", [UInt8](repeating: UInt8(ascii: "["), count: 1000))),
      .silent("flat", .minimal),
    ]
  ) { subject, findings in
    for kind in Document.Kind.allCases {
      guard case .failure(let fault)? = subject.checkpoint.document(kind)?.result,
        fault.kind != .syntax
      else { continue }
      findings.report(
        Location(
          kind: .value, path: subject.checkpoint.path(of: kind), offset: UInt64(fault.offset)),
        fault.message)
    }
  }
}

extension Subject {
  /// The Go type that the engine decodes `config.dump` into.
  fileprivate var configType: GoType {
    engine == .podman || engine == nil ? .podmanConfig : .criConfig
  }
}
