import Archive
import Checkpoint
import Documents
import Verify

/// How deletions in the root file system are recorded: Podman and CRI-O list them in
/// `deleted.files`, containerd has whiteouts in `rootfs-diff.tar` (archive contract, §0.5 and §6).
extension Conversion {
  private static let diff = "rootfs-diff.tar"
  private static let list = "deleted.files"

  mutating func convertDiff(for engine: Engine) {
    if engine == .containerd {
      addWhiteouts()
    } else if let diff = checkpoint.nested(Self.diff) {
      takeOutWhiteouts(of: diff, for: engine)
    }
  }

  private mutating func takeOutWhiteouts(of diff: NestedArchive, for engine: Engine) {
    if let damage = diff.damage {
      refuse(
        "rootfs.diff-corrupt", at: Self.diff, "its whiteouts cannot be read: \(damage)",
        "mend it with `ckptmend repair` first")
      return
    }
    // The rule about opaque whiteouts says why there is no way.
    if diff.whiteouts.isEmpty || diff.whiteouts.contains(where: \.isOpaque) { return }
    var deleted: [String] = []
    for whiteout in diff.whiteouts {
      let bytes = whiteout.hidden.map { [UInt8(ascii: "/")] + $0 }.flatMap { $0 }
      guard let path = String(validating: bytes, as: UTF8.self) else {
        refuse(
          "convert.name-not-text", at: Self.diff,
          "the deleted name \(Escape.text(bytes)) is not UTF-8, and \(Self.list) is JSON",
          "remove the file from the base image instead")
        return
      }
      deleted.append(path)
    }
    add(
      Plan.Step(
        .splice(path: Self.diff, Splice(cuts: diff.whiteouts.map(\.bytes))),
        because: "to \(engine) a whiteout is a file like any other"))
    add(
      Plan.Step(
        .write(
          path: Self.list, content: Content(JSONContent.array(deleted.map { .string($0) }).bytes)),
        because: "\(engine) deletes what this list names", evidence: deleted))
  }

  private mutating func addWhiteouts() {
    guard let list = subject.root(.deletedFiles) else { return }
    let deleted = list.elements.compactMap(\.string)
    add(
      Plan.Step(
        .remove(path: Self.list), because: "containerd records deletions in \(Self.diff) instead"))
    if deleted.isEmpty { return }
    let entries = deleted.map { path in
      let name = EntryName(path.utf8)
      let hidden = Array(".wh.".utf8) + (name.components.last ?? [])
      let components = name.components.dropLast() + [hidden]
      return Entry(
        name: EntryName(Array(components.joined(separator: [UInt8(ascii: "/")]))), kind: .file)
    }
    if let escape = entries.lazy.compactMap(\.name.escape).first {
      refuse(
        "rootfs.deleted-escapes-root", at: Self.list, "a deleted name \(escape)",
        "mend it with `ckptmend repair` first")
      return
    }
    guard let tar = try? ArchiveBytes.make(entries.map { ($0, []) }) else { return }
    let reason = "containerd deletes what a whiteout names"
    if let diff = checkpoint.nested(Self.diff) {
      guard let end = diff.end else {
        refuse(
          "rootfs.diff-corrupt", at: Self.diff, "it has no end that whiteouts could go before",
          "mend it with `ckptmend repair` first")
        return
      }
      // Two blocks of zeros end the tar; those of the diff stay.
      add(
        Plan.Step(
          .splice(path: Self.diff, Splice(offset: end, insertion: Array(tar.dropLast(1024)))),
          because: reason, evidence: deleted))
    } else {
      add(
        Plan.Step(
          .write(path: Self.diff, content: Content(tar)), because: reason, evidence: deleted))
    }
  }
}
