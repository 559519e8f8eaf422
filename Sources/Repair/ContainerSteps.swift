import Archive
import Checkpoint
import Verify

/// Steps that mend the container: where it ends, how it is wrapped, what names occur twice.
extension Planner {
  func containerSteps() -> [Plan.Step] {
    var steps: [Plan.Step] = []
    if let damage = input.damage {
      let whole = input.entries.count - (input.entries.last?.entry.name == damage.entry ? 1 : 0)
      steps.append(
        Plan.Step(
          .salvage(entries: whole), causes: causesInArchive(), risk: lossWithoutDonor.risk,
          needs: lossWithoutDonor.needs,
          because: "the archive cannot be read further; what followed is lost unless a donor has it"
        ))
    } else if needsRewrite {
      // Without an end marker the tar may have been cut between two entries.
      let mayBeCut = input.tail?.bytes == 0
      steps.append(
        Plan.Step(
          .rewrite, causes: causesInArchive(), risk: mayBeCut ? lossWithoutDonor.risk : .safe,
          needs: mayBeCut ? lossWithoutDonor.needs : nil,
          because: mayBeCut
            ? "the entries are whole; whether more followed, only a donor can tell"
            : "the entries are whole; only the stream or the tar around them is not clean"))
    }
    if case .wrapped(let folder) = input.layout {
      steps.append(
        Plan.Step(
          .unwrap(folder: folder), causes: causes(about: folder),
          because: "engines look for the parts at the root of the archive"))
    }
    var twice: Set<String> = []
    for stored in input.entries where stored.isSuperseded && twice.insert(stored.path).inserted {
      steps.append(
        Plan.Step(
          .keepLast(path: stored.path), causes: causes(about: stored.path),
          because: "unpacking replaces earlier entries by the last of the same name"))
    }
    return steps
  }

  /// A stream whose checksum or digest is wrong, or that decodes to nonsense, may have been wrong
  /// before that, too: nothing in it proves itself.
  var isStreamCorrupt: Bool {
    if input.tail?.streamDamage != nil { return true }
    switch input.damage?.kind {
    case .corruptStream, .checksumMismatch, .digestMismatch: return true
    case .badHeader, .badSize: return input.source.compression != .none
    default: return false
    }
  }

  /// What was cut off can be told, and brought back, only with a whole copy of the same dump.
  private var lossWithoutDonor: (risk: Plan.Risk, needs: Permission?) {
    let isCovered = zip(donors, provenance).contains { donor, provenance in
      donor.damage == nil && donor.tail?.bytes != 0 && provenance.isSameDump
    }
    return isCovered ? (.safe, nil) : (.lossy, .lossy)
  }

  private var needsRewrite: Bool {
    guard let tail = input.tail else { return false }
    return tail.bytes < 1024 || !tail.markerIsZero || tail.junk > 0 || tail.streamJunk > 0
      || tail.streamDamage != nil || input.entries.contains { $0.entry.sparse == .gnu }
  }

  private func causesInArchive() -> [Plan.Cause] {
    report.findings.filter {
      $0.severity > .note && $0.location.kind == .archive || $0.rule == "archive.gnu-sparse"
    }.map(Plan.Cause.init)
  }

  /// Names: loose ones become real, hostile and special entries go if that is allowed.
  func nameSteps() -> [Plan.Step] {
    var steps: [Plan.Step] = []
    for stored in input.entries where !stored.isSuperseded {
      if let part = Part.meant(by: stored.path), !input.contains(part.name) {
        steps.append(
          Plan.Step(
            .rename(path: stored.path, to: part.name), causes: causes(about: stored.path),
            because: "engines know this part only as \(part.name)"))
      }
      var drops = causes(about: stored.path).filter { Self.droppable.contains($0.rule) }
      if case .hardlink(let target) = stored.entry.kind,
        input[EntryName(target).path]?.entry.kind != .file
      {
        // A link to a file of the archive is stored as that file instead.
        drops += causes(about: stored.path).filter { $0.rule == "archive.hardlink-entry" }
      }
      if !drops.isEmpty, !donors.contains(where: { $0[stored.path]?.entry.kind == .file }) {
        steps.append(
          Plan.Step(
            .remove(path: stored.path), causes: drops, risk: .lossy, needs: .dropEntries,
            because: "no engine unpacks such an entry, or none should"))
      }
    }
    return steps
  }

  private static let droppable: Set<String> = [
    "archive.path-escape", "archive.write-through-symlink", "archive.link-entry",
    "archive.special-entry", "archive.shadows-engine-file",
  ]
}
