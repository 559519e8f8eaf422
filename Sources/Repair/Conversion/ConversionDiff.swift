import Archive
public import Checkpoint
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
    // Without the base image, the rule about opaque whiteouts says why there is no way.
    let needsBase = diff.whiteouts.contains(where: \.isOpaque)
    if diff.whiteouts.isEmpty || needsBase && request.base == nil { return }
    var deleted: [String] = []
    for bytes in diff.whiteouts.flatMap({ hidden(by: $0, in: diff) }) {
      guard let path = String(validating: bytes, as: UTF8.self) else {
        refuse(
          "rootfs.bad-deleted-files", at: Self.diff,
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

  /// The absolute paths that a whiteout deletes.
  private func hidden(by whiteout: NestedArchive.Whiteout, in diff: NestedArchive) -> [[UInt8]] {
    let path = Array(whiteout.hidden.joined(separator: [UInt8(ascii: "/")]))
    if !whiteout.isOpaque { return [[UInt8(ascii: "/")] + path] }
    return hidden(below: path, in: diff)
  }

  /// What the base image has in a folder and the diff has not. Deletions are made after the diff is
  /// unpacked, so what the diff brings must not be among them.
  private func hidden(below folder: [UInt8], in diff: NestedArchive) -> [[UInt8]] {
    let prefix = folder.isEmpty ? [] : folder + [UInt8(ascii: "/")]
    return (request.base?[EntryName(folder).path] ?? []).flatMap { name -> [[UInt8]] in
      let path = EntryName(prefix + name).path
      if diff.folders.contains(path) { return hidden(below: prefix + name, in: diff) }
      return diff.files[path] == nil ? [[UInt8(ascii: "/")] + prefix + name] : []
    }
  }

  /// The folders of the base image whose names tell what opaque whiteouts delete.
  public static func foldersOfBase(in checkpoint: Checkpoint) -> Set<String> {
    guard let diff = checkpoint.nested(diff) else { return [] }
    let opaque = diff.whiteouts.filter(\.isOpaque).map {
      EntryName(Array($0.hidden.joined(separator: [UInt8(ascii: "/")]))).path
    }
    let below = diff.folders.filter { path in
      opaque.contains { $0.isEmpty || path == $0 || path.hasPrefix($0 + "/") }
    }
    return below.union(opaque)
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
