import Checkpoint

/// Rules about where a checkpoint comes from (contract, §1d, §1e and §2).
extension Rule {
  static let originRules: [Rule] = [ambiguous, unknownEngine, docker, pod]

  private static let ambiguous = Rule(
    id: "engine.ambiguous", severity: .warning, consequence: .none, stage: .layout,
    title: "All signs point to one engine",
    why: "A converted or hand-built archive may satisfy one engine's checks and fail another's.",
    remedy: .manual("judge it for the engine that will restore it"),
    needs: [.wholeArchive, .container],
    examples: [
      .fires("Podman's, with containerd's status", .minimal.adding("status.dump", text: "{}")),
      .silent("Podman", .minimal),
      .silent("CRI-O", .minimalCRIO),
      .silent("containerd", .minimalContainerd),
    ]
  ) { subject, findings in
    let candidates = subject.identity.candidates.map(\.rawValue).sorted()
    guard candidates.count > 1 else { return }
    findings.report(
      .archive,
      "the signs point to different engines: \(subject.identity.evidence.map(\.description).joined(separator: "; "))",
      have: .list(candidates), need: "one engine")
  }

  private static let unknownEngine = Rule(
    id: "engine.unknown", severity: .warning, consequence: .none, stage: .layout,
    title: "The engine that made the archive is known",
    why: "Rules of a single engine are not applied without it.",
    remedy: .manual("judge it for the engine that will restore it"),
    needs: [.wholeArchive, .container],
    examples: [
      .fires(
        "nothing of an engine",
        Sketch.minimalCRIO.removing("bind.mounts").replacing("config.dump", text: "{}")
          .replacing("spec.dump", text: "{}")),
      .silent("Podman", .minimal),
    ]
  ) { subject, findings in
    guard subject.engine == nil else { return }
    findings.report(.archive, "no sign of Podman, CRI-O or containerd was found")
  }

  private static let docker = Rule(
    id: "docker.no-spec", severity: .note, consequence: .none, stage: .layout,
    title: "Docker keeps the specification with the container",
    why: "The checkpoint folder holds images only; it restores into its existing container.",
    remedy: .manual("to make an archive of it, bring spec.dump and config.dump from a donor"),
    examples: [.fires("folder", .minimalDocker), .silent("archive", .minimal)]
  ) { subject, findings in
    guard subject.checkpoint.layout == .docker else { return }
    findings.report(.archive, "this is Docker's checkpoint folder: images without a specification")
  }

  private static let pod = Rule(
    id: "pod.format-unsettled", severity: .note, consequence: .none, stage: .layout,
    title: "Archives of whole pods have no settled form",
    why: "No released engine restores one; each container in it is judged by itself.",
    remedy: .manual("restore the containers one by one"),
    examples: [
      .fires(
        "pod", Sketch.minimal.wrapped(in: "web").adding("pod.options", text: #"{"version":1}"#)),
      .silent("container", .minimal),
    ]
  ) { subject, findings in
    guard case .pod(let containers) = subject.checkpoint.layout else { return }
    findings.report(
      .entry("pod.options"), "the archive holds a pod of \(containers.count) containers",
      have: .list(containers))
  }
}
