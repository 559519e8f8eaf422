import Archive
import Checkpoint
import Verify

/// Steps that take parts from donors.
extension Planner {
  /// Every part of a donor that the input lacks, by real or loose name, and those in `broken`;
  /// each once, from the first donor that has it.
  func donorSteps(beyond steps: [Plan.Step], replacing broken: Set<String>) -> [Plan.Step] {
    let current = Applied(steps.map(\.action), to: input)
    var present = current.paths
    var result: [Plan.Step] = []
    for (index, donor) in donors.enumerated() {
      let provenance = provenance[index]
      let needs: Permission? = provenance.isSameDump ? nil : .foreignDonor
      let donorIsBroken = brokenParts[index]
      for stored in donor.entries where !stored.isSuperseded {
        guard stored.entry.name.escape == nil, stored.entry.kind.isPlain,
          !donorIsBroken.contains(stored.path)
        else { continue }
        let path = Part.meant(by: stored.path)?.name ?? stored.path
        if path != stored.path, donor.contains(path) { continue }
        let isMissing = !present.contains(path)
        guard isMissing || broken.contains(path) && stored.entry.kind == .file,
          !result.contains(where: { $0.takes(path) })
        else { continue }
        present.insert(path)
        result.append(
          Plan.Step(
            .take(path: path, donor: index, donorPath: stored.path), causes: causes(about: path),
            risk: needs == nil ? .safe : .lossy, needs: needs,
            because: isMissing
              ? "the donor has it and the input does not"
              : "what the input has is damaged",
            evidence: provenance.items.map(\.description)))
      }
    }
    return result
  }

  /// What is wrong in the input, and what a whole copy of the same dump does not have at all.
  func donorRemovals(of broken: Set<String>, beyond steps: [Plan.Step]) -> [Plan.Step] {
    let present = Applied(steps.map(\.action), to: input).paths
    guard
      let (donor, _) = zip(donors, provenance).first(where: { donor, provenance in
        donor.damage == nil && provenance.isSameDump
      })
    else { return [] }
    return broken.intersection(present).filter { !donor.contains($0) }.sorted().map { path in
      Plan.Step(
        .remove(path: path), causes: causes(about: path),
        because: "it is damaged, and a whole copy of the dump has no such entry")
    }
  }

  /// All images and documents of one donor, where taking only the damaged ones is not enough.
  func consistentParts(from donor: Int, beyond steps: [Plan.Step]) -> [Plan.Step] {
    let provenance = provenance[donor]
    let needs: Permission? = provenance.isSameDump ? nil : .foreignDonor
    return donors[donor].entries.compactMap { stored in
      guard !stored.isSuperseded, stored.entry.kind == .file,
        stored.path.hasPrefix("checkpoint/") || Self.isDocument(stored),
        !steps.contains(where: { $0.takes(stored.path) })
      else { return nil }
      return Plan.Step(
        .take(path: stored.path, donor: donor, donorPath: stored.path),
        causes: causes(about: stored.path), risk: needs == nil ? .safe : .lossy, needs: needs,
        because: "the parts of one dump belong together, and the input's contradict each other",
        evidence: provenance.items.map(\.description))
    }
  }
}

extension Planner {
  fileprivate static func isDocument(_ stored: StoredEntry) -> Bool {
    if case .document = stored.content { true } else { false }
  }
}

extension Plan.Step {
  fileprivate func takes(_ path: String) -> Bool {
    if case .take(path, _, _) = action { true } else { false }
  }
}

extension Entry.Kind {
  fileprivate var isPlain: Bool { self == .file || self == .directory }
}
