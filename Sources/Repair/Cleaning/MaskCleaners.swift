import CRIUImages
import Checkpoint
import Documents
import Host
import Verify

extension Cleaner {
  static let masks: [Cleaner] = [
    missingOnHost,
    restoring("mask.spec-image-drift") { $0.isMask },
    restoring("mask.crun-key-needs-spec") { $0.isMask && $0.key == $0.path },
  ]

  /// The mount of a path that the host's kernel lacks goes, under the conditions of the archive
  /// contract, §5d; what else speaks against it, the findings of the result say.
  private static let missingOnHost = Cleaner(rule: "mask.mountpoint-missing-on-host") {
    findings, scene in
    findings.compactMap { finding -> [Plan.Step]? in
      guard let mount = scene.mount(of: finding), mount.isMask || mount.isReadOnlyPath,
        mount.entry.sharedID == 0, mount.entry.masterID == 0
      else { return nil }
      return scene.removal(of: mount, causes: [Plan.Cause(finding)], because: .absent)
    }
  }

  /// Masks that the specification lost go back to where engines had them.
  private static func restoring(
    _ rule: String, where matches: @escaping @Sendable (MountTable.Mount) -> Bool
  ) -> Cleaner {
    Cleaner(rule: rule) { findings, scene in
      let causes = findings.map(Plan.Cause.init)
      let steps = scene.specifications.compactMap { document -> Plan.Step? in
        let listed = Set((document.spec.linux?.maskedPaths ?? []).map(\.path))
        let lost = scene.subject.mounts.all.filter { matches($0) && !listed.contains($0.path) }
        guard !lost.isEmpty, let linux = document.value.field("linux"), linux.kind == .object else {
          return nil
        }
        let names = lost.reversed().map { JSONContent.string($0.path) }
        let list = linux.field("maskedPaths")
        let pointer = list?.pointer ?? "\(linux.pointer)/maskedPaths"
        let edits =
          list?.kind == .array
          ? names.map { Edit.append(pointer: pointer, json: $0.text) }
          : [Edit.set(pointer: pointer, json: JSONContent.array(names).text)]
        return Plan.Step(
          .edit(path: document.path, edits: edits), causes: causes,
          because: "the dump masks them, and the next checkpoint needs them in the specification",
          evidence: lost.map(\.path))
      }
      return steps.isEmpty ? [] : [steps]
    }
  }

  /// runc refuses mounts inside /proc, whatever the image says.
  static let mountInsideProc = Cleaner(rule: "spec.mount-inside-proc") { findings, scene in
    findings.compactMap { finding in
      guard let pointer = finding.location.pointer,
        let mount = scene.subject.spec?.mounts.first(where: { $0.pointer == pointer }),
        let destination = mount.destination
      else { return nil }
      let causes = [Plan.Cause(finding)]
      let image = scene.subject.mounts.all.first {
        $0.key == destination || $0.key != nil && $0.path == destination
      }
      if let image {
        return scene.removal(of: image, causes: causes, because: .refusedByRunc)
          + scene.withoutMount(at: destination, causes: causes, risk: .lossy)
      }
      return scene.withoutMount(at: destination, causes: causes, risk: .safe)
    }
  }
}

extension Cleaner.Scene {
  /// Why a mount goes.
  enum RemovalReason {
    case absent
    case refusedByRunc
  }

  func mount(of finding: Finding) -> MountTable.Mount? {
    subject.mounts.all.first {
      checkpoint.path(of: $0.image) == finding.location.path
        && $0.record.index == finding.location.record
    }
  }

  /// Removes a mount's record, the content of its file system if nothing else is mounted from it,
  /// and its path from the lists of the specification.
  func removal(
    of mount: MountTable.Mount, causes: [Plan.Cause], because reason: RemovalReason
  ) -> [Plan.Step] {
    let isAbsent = reason == .absent
    let cut = Edit.cut(
      record: mount.record.index, offset: mount.record.offset,
      length: 4 + UInt64(mount.record.size))
    var steps = [
      Plan.Step(
        .edit(path: checkpoint.path(of: mount.image), edits: [cut]), causes: causes,
        risk: isAbsent ? .safe : .lossy, needs: isAbsent ? nil : .lossy,
        because: isAbsent
          ? "\(mount.path) does not exist on the host, so that nothing is exposed there; on a host that has it, it would be"
          : "the container loses its mount at \(mount.path)",
        evidence: ["mount \(mount.id)", "mountpoint \(mount.path)"])
    ]
    let isShared = subject.mounts.all.contains {
      $0.entry.rootDev == mount.entry.rootDev && $0.id != mount.id
    }
    if !isShared, let content = MountTable.contentImage(of: mount, in: checkpoint.images) {
      steps.append(
        Plan.Step(
          .remove(path: checkpoint.path(of: content)), causes: causes,
          because: "it is the content of that mount alone"))
    }
    return steps + withoutPath(mount.path, causes: causes)
  }

  /// Takes a path out of the lists of masked and read-only paths.
  private func withoutPath(_ path: String, causes: [Plan.Cause]) -> [Plan.Step] {
    specifications.compactMap { document in
      let lists =
        (document.spec.linux?.maskedPaths ?? []) + (document.spec.linux?.readonlyPaths ?? [])
      let edits = lists.filter { $0.path == path }.map { Edit.remove(pointer: $0.pointer) }
      return edits.isEmpty
        ? nil
        : Plan.Step(
          .edit(path: document.path, edits: edits), causes: causes,
          because: "the specification is to agree with the mounts")
    }
  }

  /// Takes a mount out of the specification.
  fileprivate func withoutMount(at destination: String, causes: [Plan.Cause], risk: Plan.Risk)
    -> [Plan.Step]
  {
    specifications.compactMap { document in
      let edits = document.spec.mounts.filter { $0.destination == destination }.map {
        Edit.remove(pointer: $0.pointer)
      }
      return edits.isEmpty
        ? nil
        : Plan.Step(
          .edit(path: document.path, edits: edits), causes: causes, risk: risk,
          needs: risk == .safe ? nil : .lossy,
          because: "runc refuses it, whatever the dump holds there")
    }
  }
}
