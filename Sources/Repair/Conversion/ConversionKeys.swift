import CRIUImages
import Checkpoint
import Documents
import Verify

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// How external mounts are named: each runtime has keys of its own for masks (archive contract,
/// §5a and §5d).
extension Conversion {
  mutating func renameKeys(for runtime: Runtime) {
    guard let from = subject.runtime, from != runtime else { return }
    var edits: [ImageName: [Edit]] = [:]
    var names: [String] = []
    for mount in subject.mounts.all {
      guard let key = mount.key, mount.isMask else { continue }
      var entry = mount.entry
      if key.hasSuffix("/.empty-directory") {
        guard runtime == .runc, makeFolderMask(&entry, of: mount, key) else { continue }
      } else {
        let new = runtime == .runc ? "/dev/null" : mount.path
        if key == new || key != (runtime == .runc ? mount.path : "/dev/null") { continue }
        entry.extKey = .init(new.utf8)
        names.append(mount.path)
      }
      guard let bytes = try? ImageEncoder.encode(entry) else { continue }
      edits[mount.image, default: []].append(
        .replace(
          record: mount.record.index, offset: mount.record.offset,
          length: 4 + UInt64(mount.record.size), with: Content(bytes)))
    }
    for (image, edits) in edits.sorted(by: { $0.key.fileName < $1.key.fileName }) {
      add(
        Plan.Step(
          .edit(path: checkpoint.path(of: image), edits: edits),
          because:
            "\(runtime) offers a masked file as \(runtime == .runc ? "/dev/null" : "its own path")",
          evidence: names))
    }
    if runtime == .crun { listMasks(names) }
  }

  /// crun offers only the masks that the specification lists.
  private mutating func listMasks(_ names: [String]) {
    for document in specifications {
      let listed = Set((document.spec.linux?.maskedPaths ?? []).map(\.path))
      let lost = names.filter { !listed.contains($0) }
      if lost.isEmpty { continue }
      let pointer = "\(document.root)/linux/maskedPaths"
      add(
        Plan.Step(
          .edit(
            path: document.path,
            edits: lost.map { .append(pointer: pointer, json: JSONContent.string($0).text) }),
          because: "crun offers a masked file only if the specification lists it", evidence: lost))
    }
  }

  /// crun masks folders with one of its own, for which runc has no key; runc masks them with a
  /// read-only tmpfs each. The content of the new one is added here.
  private mutating func makeFolderMask(
    _ entry: inout MntEntry, of mount: MountTable.Mount, _ key: String
  ) -> Bool {
    guard request.permissions.contains(.unprovenMasks) else {
      refuse(
        "mnt.ext-key-foreign-runtime", at: checkpoint.path(of: mount.image),
        "the masked folder \(mount.path) is crun's \(key), for which runc has no key",
        "restore it with crun, or give --allow \(Permission.unprovenMasks.rawValue)")
      return false
    }
    guard let content = Reconstruction.emptyFolder else { return false }
    // Devices without a disk have major 0, and 20 bits of minor.
    let used = devices.union(subject.mounts.all.map(\.entry.rootDev))
    guard let device = (1..<(1 << 20)).first(where: { !used.contains($0) }) else { return false }
    devices.insert(device)
    entry.fstype = FilesystemType.tmpfs.rawValue
    entry.rootDev = device
    entry.root = .init("/".utf8)
    entry.source = .init("tmpfs".utf8)
    entry.options = .init()
    entry.sbFlags |= 1
    entry.clearExtKey()
    add(
      Plan.Step(
        .write(
          path: checkpoint.path(of: ImageName(.tmpfsDev, UInt64(device))),
          content: Content(content)),
        risk: .safe, needs: .unprovenMasks,
        because: "runc masks \(mount.path) with a tmpfs of its own, which is empty"))
    return true
  }
}
