import CRIUImages
import Checkpoint
import Documents

/// Rules about masked and read-only paths (archive contract, §5): the mountpoints image decides what
/// is masked after a restore, and the specification what is at the next checkpoint.
extension Rule {
  static let masksRules: [Rule] = [maskDrift, maskNeedsSpec]

  static let maskDrift = Rule(
    id: "mask.spec-image-drift", severity: .note, consequence: .none, stage: .mounts,
    title: "Every mask of the dump is in the specification",
    why: """
      The restore makes it nevertheless. A checkpoint of the restored container fails with \
      “doesn't have a proper root mount” once the specification masks nothing any more.
      """,
    remedy: .edit("`repair` makes spec.dump agree with the image"),
    needs: [.wholeArchive, .images, .document(.spec)],
    examples: [
      .fires("removed", .minimal.setting("spec.dump", "/linux/maskedPaths", to: "[]")),
      .silent("both", .minimal),
      .silent(
        "only in the specification, as where the kernel lacks the path",
        .minimal.setting("spec.dump", "/linux/maskedPaths/2", to: #""/proc/asound""#)),
    ]
  ) { subject, findings in
    guard let tree = subject.rootTree, let spec = subject.spec else { return }
    let declared = subject.declaredPlaces
    let undeclared = tree.mounts.filter { $0.isMask && !declared.contains($0.path) }
    guard let first = undeclared.first else { return }
    let names = undeclared.map { shown($0.path) }
    findings.report(
      subject.location(first),
      "\(names.joined(separator: ", ")): masked by the dump, and not in maskedPaths of spec.dump",
      have: .list((spec.linux?.maskedPaths ?? []).map { shown($0.path) }), need: .list(names))
  }

  static let maskNeedsSpec = Rule(
    id: "mask.crun-key-needs-spec", stage: .mounts,
    title: "With crun, every masked file of the dump is in the specification",
    why: """
      crun offers a mask to CRIU only if maskedPaths lists it: “No mapping for … mountpoint” \
      otherwise. runc does without.
      """,
    remedy: .edit("`repair` adds the path to maskedPaths"),
    needs: [.wholeArchive, .images, .document(.spec)],
    examples: [
      .fires(
        "removed", .crunMasks.setting("spec.dump", "/linux/maskedPaths", to: "[]")),
      .silent("listed", .crunMasks),
      .silent("runc", .minimal.setting("spec.dump", "/linux/maskedPaths", to: "[]")),
    ]
  ) { subject, findings in
    guard subject.runtime == .crun, subject.engine != .containerd else { return }
    let listed = Set((subject.spec?.linux?.maskedPaths ?? []).map { cleaned($0.path) })
    for mount in subject.mounts.all {
      guard let key = mount.key else { continue }
      let isFile = key == mount.path && mount.isMask && !listed.contains(mount.path)
      let isFolder = key.hasSuffix("/.empty-directory") && listed.isEmpty
      guard isFile || isFolder else { continue }
      findings.report(
        subject.location(mount),
        "ext_key of \(mount.title) is \(shown(key)), which crun offers only if maskedPaths of spec.dump lists \(isFile ? shown(mount.path) : "a masked folder")",
        have: .list(listed.sorted().map(shown)), need: .text(shown(mount.path)),
        evidence: ["field": "ext_key"])
    }
  }
}
