import Archive
import CRIUImages
import Checkpoint

/// Rules about the parts of an engine's archive that must, may or must not be there
/// (archive contract, §1b).
extension Rule {
  static let partRules: [Rule] = [
    notACheckpoint, wrapped, preDumpOnly, missingCheckpointFolder,
    missingPart(
      "spec.dump", "archive.missing-spec-dump",
      why: "Every engine reads the container's specification from it: “failed to read spec.dump”."),
    missingPart(
      "config.dump", "archive.missing-config-dump",
      why: "Every engine reads the container's configuration from it: “failed to read config.dump”."
    ),
    missingDescriptors, notAFile, parentLinkDangling, looseName, unexpectedEntry,
    shadowsEngineFile, namePrefixCollision,
  ]

  private static let notACheckpoint = Rule(
    id: "archive.not-a-checkpoint", consequence: .unreadable, stage: .layout,
    title: "The archive holds a checkpoint",
    why: "Neither an engine's documents nor CRIU images are in it, under any known name.",
    remedy: .manual("name the exported checkpoint archive, or the folder it was unpacked in"),
    examples: [
      .fires("something else", Sketch().adding("readme.txt", text: "hello")),
      .fires("nothing", Sketch()),
      .silent("images alone", .minimalImages),
    ]
  ) { subject, findings in
    guard subject.checkpoint.layout == .unknown else { return }
    let names = subject.checkpoint.entries.prefix(3).map(\.path)
    findings.report(
      .archive, "nothing in it belongs to a checkpoint",
      have: .list(names), need: "spec.dump, config.dump and checkpoint/, or CRIU images")
  }

  private static let wrapped = Rule(
    id: "archive.wrapped-in-directory", stage: .layout,
    title: "The checkpoint's entries are at the root of the archive",
    why: "No engine looks below a leading folder: “config.dump: no such file or directory”.",
    remedy: .edit("`repair` strips the leading folder"),
    examples: [
      .fires("wrapped", Sketch.minimal.wrapped(in: "backup")),
      .silent("at the root", .minimal),
    ]
  ) { subject, findings in
    guard case .wrapped(let folder) = subject.checkpoint.layout else { return }
    findings.report(
      .entry(folder), "the whole checkpoint lies below \(folder)/",
      have: .text("\(folder)/config.dump"), need: "config.dump")
  }

  private static let preDumpOnly = Rule(
    id: "archive.pre-dump-only", stage: .layout,
    title: "The archive holds a full dump, not only a pre-dump",
    why: "A pre-dump holds memory pages and no process: it is only the base of a later dump.",
    remedy: .donor("the final checkpoint that was taken on top of it"),
    examples: [
      .fires("pre-checkpoint only", .preDump),
      .silent("full", .minimal),
    ]
  ) { subject, findings in
    guard subject.checkpoint.layout == .preDump else { return }
    findings.report(
      .archive, "there are images of a pre-dump, and no checkpoint/",
      have: "pre-dump", need: "checkpoint/")
  }

  private static let missingCheckpointFolder = Rule(
    id: "archive.missing-checkpoint-dir", stage: .layout,
    title: "The images are in checkpoint/",
    why: "Podman and CRI-O: “a complete checkpoint for this container cannot be found”.",
    remedy: .donor("all of checkpoint/ from the same dump"),
    needs: [.wholeArchive, .container],
    examples: [
      .fires(
        "gone", .minimal.removing("checkpoint").removing(below: "checkpoint")),
      .silent("folder entry left out", .minimal.removing("checkpoint")),
    ]
  ) { subject, findings in
    guard !subject.checkpoint.containsBelow("checkpoint") else { return }
    findings.report(
      .entry("checkpoint"), "there is nothing below checkpoint/", have: "nothing",
      need: "CRIU images")
  }

  private static func missingPart(_ name: String, _ id: String, why: String) -> Rule {
    Rule(
      id: id, stage: .layout, title: "\(name) is there", why: why,
      remedy: .donor("\(name) of the same checkpoint"), needs: [.wholeArchive, .container],
      examples: [
        .fires("gone", .minimal.removing(name)),
        .silent("there", .minimal),
        .silent("bare images", .minimalImages),
      ]
    ) { subject, findings in
      guard !subject.checkpoint.contains(name) else { return }
      findings.report(.entry(name), "\(name) is missing", have: "nothing", need: "a JSON document")
    }
  }

  private static let missingDescriptors = Rule(
    id: "archive.missing-descriptors", stage: .layout,
    title: "checkpoint/descriptors.json is there",
    why: "runc and crun open it before anything else: “descriptors.json: no such file”.",
    remedy: .reconstruct("`repair` rebuilds it from the descriptors 0 to 2 of the first process"),
    needs: [.wholeArchive, .container, .images],
    examples: [
      .fires("gone", .minimal.removing("checkpoint/descriptors.json")),
      .silent("there", .minimal),
      .silent("bare images", .minimalImages),
    ]
  ) { subject, findings in
    let path = subject.checkpoint.path(of: .descriptors)
    guard !subject.checkpoint.contains(path) else { return }
    findings.report(
      .entry(path), "\(path) is missing", have: "nothing", need: "a JSON array of three strings")
  }

  private static let notAFile = Rule(
    id: "archive.folder-for-file", stage: .layout,
    title: "What must be a file is not a folder",
    why: "The engine's or CRIU's read fails with “is a directory”.",
    remedy: .donor("the file from the same checkpoint"),
    examples: [
      .fires(
        "folder", .minimal.removing("spec.dump").adding("spec.dump", kind: .directory)),
      .fires(
        "pages of shared memory",
        .withMemfd.removing("checkpoint/pages-2.img").adding(
          "checkpoint/pages-2.img", kind: .directory)),
      .fires(
        "image of a bare set",
        .minimalImages.removing("mm-1.img").adding("mm-1.img", kind: .directory)),
      .silent("file", .minimal),
    ]
  ) { subject, findings in
    for stored in subject.checkpoint.notable
    where stored.entry.kind == .directory && !stored.isSuperseded {
      let name = components(of: stored.path).last ?? ""
      let isImage =
        name.hasSuffix(".img") && stored.path == subject.checkpoint.path(ofImageFile: name)
      guard isImage || (Part.named(stored.path).map { $0.content != .directory } ?? false) else {
        continue
      }
      // Those of shared memory are as good as missing.
      let isOnlyLoss = subject.memory.pagemaps.contains { $0.isShared && $0.pages.fileName == name }
      findings.report(
        .entry(stored.path), "the entry is a folder", have: "directory", need: "regular file",
        consequence: isOnlyLoss ? .silentLoss : nil)
    }
  }

  private static let parentLinkDangling = Rule(
    id: "archive.parent-link-dangling", stage: .layout,
    title: "checkpoint/parent leads to the images of a pre-dump",
    why: "CRIU opens the link before it knows whether it needs a page from there, and gives up.",
    remedy: .donor("the pre-checkpoint, or restore with --import-previous"),
    needs: [.wholeArchive, .container],
    examples: [
      .fires(
        "nothing there",
        .minimal.adding(
          "checkpoint/parent", kind: .symlink(target: Array("../pre-checkpoint".utf8)))),
      .silent(
        "pre-checkpoint there",
        .minimal.adding(
          "checkpoint/parent", kind: .symlink(target: Array("../pre-checkpoint".utf8))
        ).adding("pre-checkpoint/inventory.img")),
    ]
  ) { subject, findings in
    guard case .symlink(let target)? = subject.checkpoint[parentLink]?.entry.kind,
      !subject.checkpoint.containsBelow("pre-checkpoint")
    else { return }
    findings.report(
      .entry(parentLink), "the link leads to \(Escape.text(target)), which is not in the archive",
      have: "nothing", need: .text(Escape.text(target)))
  }

  private static let looseName = Rule(
    id: "archive.loose-name", severity: .warning, consequence: .silentLoss, stage: .layout,
    title: "Parts have the names that engines look for",
    why: "Engines know the exact name only; under another one the part is not used.",
    remedy: .edit("`repair` takes it over under its real name"),
    needs: [.wholeArchive, .container],
    examples: [
      .fires("rootfs.diff.tar", .minimal.adding("rootfs.diff.tar")),
      .silent("real name", .minimal.adding("rootfs-diff.tar", Sketch.tar([]))),
    ]
  ) { subject, findings in
    for name in subject.checkpoint.topNames {
      guard let part = Part.meant(by: name), subject.checkpoint.contains(name) else { continue }
      findings.report(
        .entry(name), "no engine reads \(name); it is called \(part.name)",
        have: .text(name), need: .text(part.name))
    }
  }

  private static let unexpectedEntry = Rule(
    id: "archive.unexpected-entry", severity: .note, consequence: .none, stage: .layout,
    title: "Every top-level entry is one that an engine writes",
    why: "Engines unpack unknown entries into the container's state folder. They are kept.",
    remedy: .manual("leave it, or drop it with `repack --exclude`"),
    needs: [.wholeArchive, .container],
    examples: [
      .fires("unknown", .minimal.adding("notes.txt")),
      .silent("known", .minimal.adding("ctr.log")),
    ]
  ) { subject, findings in
    for name in subject.checkpoint.topNames
    where Part.named(name) == nil && Part.meant(by: name) == nil
      && !Part.engineOwned.contains(name)
    {
      findings.report(.entry(name), "no engine writes an entry of this name")
    }
  }

  private static let shadowsEngineFile = Rule(
    id: "archive.shadows-engine-file", consequence: .refused, stage: .layout,
    title: "No entry has the name of a file that the engine keeps itself",
    why: "Unpacked into the container's state folder, it replaces the engine's own file.",
    remedy: .edit("`repair` can drop the entry if told to"),
    needs: [.wholeArchive, .container],
    examples: [
      .fires("config.json", .minimal.adding("config.json", text: "{}")),
      .silent("containerd's own status", .minimalContainerd),
    ]
  ) { subject, findings in
    for name in subject.checkpoint.topNames where subject.checkpoint.contains(name) {
      let isForeignStatus = name == "status" && subject.engine != .containerd
      guard Part.engineOwned.contains(name) || isForeignStatus else { continue }
      findings.report(.entry(name), "the entry would replace the engine's own \(name)")
    }
  }

  private static let namePrefixCollision = Rule(
    id: "archive.name-prefix-collision", severity: .note, consequence: .none, stage: .layout,
    title: "No unknown entry begins with the name of a part",
    why: "Engines leave parts out by name prefix, so such an entry is never unpacked.",
    remedy: .manual("rename the entry if it matters"), needs: [.wholeArchive, .container],
    examples: [
      .fires("backup", .minimal.adding("spec.dump.orig")),
      .silent("unknown", .minimal.adding("orig-spec")),
    ]
  ) { subject, findings in
    for name in subject.checkpoint.topNames
    where Part.named(name) == nil && subject.checkpoint.contains(name) {
      let prefixes = ["config.dump", "spec.dump", "checkpoint"]
      guard let prefix = prefixes.first(where: { name.hasPrefix($0) }) else { continue }
      findings.report(.entry(name), "the name begins with \(prefix), so engines skip the entry")
    }
  }
}
