import CRIUImages
import Checkpoint
import Documents
import Host
import Verify

/// CRI-O's `bind.mounts`: what to make on a host that lacks the source of a bind mount. Images do
/// not say whether a mount is of a file or a folder; what is open in it, and a host that has it, do.
extension Conversion {
  mutating func makeBindMounts(for engine: Engine) {
    guard engine == .criO, !checkpoint.contains("bind.mounts") else { return }
    var items: [JSONContent] = []
    var unknown: [String] = []
    for mount in (subject.spec?.mounts ?? []).map(moved) where mount.isBind {
      guard let destination = mount.destination, let source = mount.source,
        !Self.suppliedByPod.contains(destination)
      else { continue }
      guard let isFolder = isFolder(mount, at: destination) else {
        unknown.append(destination)
        continue
      }
      let permissions = isFolder ? 0o755 : 0o644
      portrait.invent(
        "the permissions of \(source) where it is missing", "0" + String(permissions, radix: 8))
      items.append(
        .object([
          "source": .string(source), "destination": .string(destination),
          "file_type": .string(isFolder ? "directory" : "file"),
          "permissions": .integer(permissions),
        ]))
    }
    if items.isEmpty { return }
    add(
      Plan.Step(
        .write(path: "bind.mounts", content: Content(JSONContent.array(items).bytes)),
        because: "CRI-O makes the sources that a host lacks",
        evidence: unknown.map { "left out, as nothing tells a file from a folder: \($0)" }))
  }

  private func isFolder(_ mount: RuntimeSpec.Mount, at destination: String) -> Bool? {
    if case .present(let kind)? = mount.source.flatMap({ host?.paths[$0] }) {
      return kind == .other ? nil : kind == .folder
    }
    let below = destination + "/"
    if subject.mounts.all.contains(where: { $0.path.hasPrefix(below) }) { return true }
    guard let id = subject.mounts.all.first(where: { $0.path == destination })?.id else {
      return nil
    }
    for file in subject.openFiles.files {
      guard file.entry.hasReg, file.entry.reg.mntID == Int32(bitPattern: id) else { continue }
      let name = file.entry.reg.nameText
      if name.hasPrefix(below) { return true }
      // S_IFMT and S_IFDIR of st_mode.
      if name == destination, file.entry.reg.hasMode {
        return file.entry.reg.mode & 0o170_000 == 0o040_000
      }
    }
    return nil
  }
}
