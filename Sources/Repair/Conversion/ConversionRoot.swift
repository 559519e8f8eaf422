import CRIUImages
import Checkpoint
import Verify

/// The root folder of a container: containerd makes it with mode 0755, Podman and CRI-O with 0555,
/// unless the image's layers say otherwise. CRIU compares the mode with that of the dump and
/// refuses “File . has bad mode 040555 (expect 040755)” (measured with a checkpoint of containerd
/// on Podman 4.3.1). Without a recorded mode it does not compare.
extension Conversion {
  mutating func forgetRootMode(for engine: Engine) {
    guard (engine == .containerd) != (subject.identity.engine == .containerd),
      let image = checkpoint.images[.files], image.fault == nil
    else { return }
    var edits: [Edit] = []
    for (record, message) in image.messages(FileEntry.self)
    where message.hasReg && message.reg.nameText == "/" && message.reg.hasMode {
      var file = message
      file.reg.clearMode()
      guard let bytes = try? ImageEncoder.encode(file) else { continue }
      edits.append(
        .replace(
          record: record.index, offset: record.offset, length: 4 + UInt64(record.size),
          with: Content(bytes)))
    }
    if edits.isEmpty { return }
    add(
      Plan.Step(
        .edit(path: checkpoint.path(of: image.name), edits: edits),
        because: "engines give the root folder modes of their own, and CRIU compares them"))
  }
}
