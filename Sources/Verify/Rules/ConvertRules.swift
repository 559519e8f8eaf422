import Archive
import CRIUImages
import Checkpoint

/// Rules about what an engine cannot make of another's checkpoint (archive contract, §6).
extension Rule {
  static let convertRules: [Rule] = [namespaceModel, opaqueWhiteout, preDump]

  /// Measured with runc 1.1.5 and CRIU 4.2: with a path for the network namespace in the
  /// specification and one of its own in the dump, the restore succeeds and the container is in
  /// the latter. Namespaces for IPC and the host name are joined, whatever the dump has.
  private static let namespaceModel = Rule(
    id: "convert.namespace-model-differs", consequence: .silentLoss, stage: .engine,
    title: "A container that joins a pod has no network namespace of its own",
    why: """
      CRI engines run containers in the network namespace of their pod. CRIU makes the one of the \
      dump nevertheless: the restored container is cut off from the pod's network.
      """,
    remedy: .manual(
      "checkpoint a container that joins a network namespace by its path, as those of a pod do"),
    needs: [.wholeArchive, .container, .images, .engine([.criO, .containerd])],
    examples: [
      .fires(
        "of its own",
        .minimalCRIO.message(ImageName(.netns, 10), NetnsEntry.self) { $0.clearExtKey() }),
      .silent(
        "the host's",
        .minimalCRIO.message(ImageName(.ids, 1), TaskKobjIdsEntry.self) { $0.netNsID = 2 }),
      .silent("the pod's", .minimalCRIO),
      .silent("another engine", .minimal),
    ]
  ) { subject, findings in
    guard subject.namespaces.isOwn(.net) == true else { return }
    for id in subject.namespaces.ids(of: .net) {
      let name = ImageName(.netns, UInt64(id))
      let image = subject.checkpoint.images[name]?.first(NetnsEntry.self)
      if let key = image?.extKeyText, !key.isEmpty { continue }
      findings.report(
        .entry(subject.checkpoint.path(of: image == nil ? ImageName(.inventory) : name)),
        "the dump has made network namespace \(id), so the container does not join that of its pod",
        have: "a network namespace of the dump", need: "one from outside, such as extRootNetNS")
    }
  }

  private static let opaqueWhiteout = Rule(
    id: "convert.opaque-whiteout-needs-base", consequence: .silentLoss, stage: .nested,
    title: "No folder is emptied by a mark that the engine does not know",
    why: """
      An opaque whiteout hides all that the base image has in a folder. Podman and CRI-O make a \
      file of it and leave the folder as it is; which names to delete only the base image tells.
      """,
    remedy: .manual(
      "restore it with containerd, or give `repack --engine` the base image with --rootfs"),
    needs: [.wholeArchive, .container, .engine([.podman, .criO])],
    examples: [
      .fires(
        "opaque", .minimal.nesting("rootfs-diff.tar", Sketch.file("var/.wh..wh..opq"))),
      .silent("one file", .minimal.nesting("rootfs-diff.tar", Sketch.file("var/.wh.x"))),
      .silent(
        "containerd",
        .minimalContainerd.nesting("rootfs-diff.tar", Sketch.file("var/.wh..wh..opq"))),
    ]
  ) { subject, findings in
    for whiteout in subject.checkpoint.nested("rootfs-diff.tar")?.whiteouts ?? []
    where whiteout.isOpaque {
      findings.report(
        .entry("rootfs-diff.tar"),
        "the entry \(whiteout.name) empties its folder for containerd only",
        have: .text(whiteout.name.path), need: "deletions by name")
    }
  }

  private static let preDump = Rule(
    id: "convert.pre-dump", stage: .engine,
    title: "A dump that builds on an earlier one is restored by Podman",
    why: """
      CRI engines neither make nor restore such dumps: the link to the earlier images comes out as \
      an empty file, and the memory in them is missing.
      """,
    remedy: .manual("checkpoint the container again, without --with-previous"),
    needs: [.wholeArchive, .container, .engine([.criO, .containerd])],
    examples: [
      .fires(
        "a link",
        .minimalCRIO.adding(
          "checkpoint/parent", kind: .symlink(target: Array("../pre-checkpoint".utf8)))),
      .silent("none", .minimalCRIO),
      .silent(
        "Podman",
        .minimal.adding(
          "checkpoint/parent", kind: .symlink(target: Array("../pre-checkpoint".utf8)))),
    ]
  ) { subject, findings in
    for path in ["checkpoint/parent", "pre-checkpoint"]
    where subject.checkpoint.contains(path) || subject.checkpoint.containsBelow(path) {
      findings.report(
        .entry(path),
        "the dump builds on an earlier one, which \(subject.engine?.description ?? "the engine") does not restore",
        have: "an incremental dump", need: "a whole one")
    }
  }
}
