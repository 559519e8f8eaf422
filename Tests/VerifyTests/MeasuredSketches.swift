import Archive
import CRIUImages
import Checkpoint
import SwiftProtobuf

@testable import Verify

/// Checkpoints with what no fixture has.
extension Sketch {
  /// The minimal checkpoint with a System V segment of one page, which the task has attached.
  static let mappedSegment =
    minimal
    .addingArea { area in
      area.start = 0x50_0000
      area.end = 0x50_1000
      area.shmid = 77
      area.status = VMAStatus.regular.union(.anonymousShared).union(.systemVShared).rawValue
    }
    .segment(inPagemaps: true)
    .message(0, of: ImageName(.ipcShm, 11), IpcShmEntry.self) { $0.size = 4096 }
    .image(ImageName(.shmemPagemap, 77), [head(2), pages(at: 0)])
    .adding("checkpoint/pages-2.img", [UInt8](repeating: 1, count: 4096))

  /// Descriptor 8 is a FIFO with three bytes in it; its path is file 7.
  static let fifoWithData =
    minimal
    .opening(regular(7, "/fifo", mount: 261, mode: 0o10600))
    .opening(fifo(8, path: 7), as: 8)
    .records(ImageName(.fifoData), [pipeData(2008)])

  /// Descriptor 7 is a deleted file of five pages, of which the second and the last were written.
  static let sparseGhost: Sketch = {
    var content = ghost(mode: 0o100644)
    content.chunks = true
    content.size = 5 * 4096
    let chunks = [UInt64(4096), 4 * 4096].map { offset in
      ImageEncoder.Record(
        GhostChunkEntry.with {
          $0.len = 4096
          $0.off = offset
        }, payload: [UInt8](repeating: 1, count: 4096))
    }
    return
      minimal
      .opening(regular(7, "/x", mount: 261, mode: 0o100644, size: 5 * 4096), as: 7)
      .remapping(7, to: 1, .ghost)
      .records(ImageName(.ghostFile, 1), [ImageEncoder.Record(content)] + chunks)
  }()

  /// The minimal checkpoint in the mount namespace of whoever restores it.
  static let inheritedMounts =
    minimal
    .outside { $0.mntNsID = 13 }
    .removing(ImageName(.mounts, 13))
    .removing(
      "checkpoint/tmpfs-dev-105.tar.gz.img", "checkpoint/tmpfs-dev-109.tar.gz.img")

  // MARK: Damage

  /// Moves all pages of the root task but the last into a pre-dump.
  func movingPagesToParent() -> Sketch {
    let name = ImageName(.pagemap, 1)
    let folder = "pre-checkpoint"
    var moved = 0
    return
      editingPagemap(name) { head, entries in
        moved = Int(entries.dropLast().reduce(0) { $0 + $1.nrPages } * 4096)
      }
      .with { sketch in
        guard let pagemap = sketch.bytes(of: "checkpoint/\(name)"),
          let pages = sketch.bytes(of: "checkpoint/pages-2.img")
        else { preconditionFailure("no pages") }
        sketch = sketch.adding(folder, kind: .directory)
          .adding("\(folder)/\(name)", pagemap)
          .editingPagemap(name, in: folder) { $1.removeLast() }
          .adding("\(folder)/pages-2.img", Array(pages.prefix(moved)))
          .replacing("checkpoint/pages-2.img", Array(pages.dropFirst(moved)))
          .adding("checkpoint/parent", kind: .symlink(target: Array("../\(folder)".utf8)))
          .editingPagemap(name) { _, entries in
            for index in entries.indices.dropLast() {
              entries[index].flags = PagemapFlags.parent.rawValue
            }
          }
      }
  }

  private func bytes(of path: String) -> [UInt8]? {
    files.first { $0.entry.name.path == path }?.bytes
  }

  /// Cuts all but the first bytes off an image.
  func keeping(_ count: Int, of image: String) -> Sketch {
    editing("checkpoint/\(image).img") { $0.bytes.removeLast($0.bytes.count - count) }
  }

  /// Cuts bytes off the end of an image, or adds zeros.
  func resizing(image: String, by delta: Int) -> Sketch {
    resizing("checkpoint/\(image).img", by: delta)
  }

  /// Changes one message of an image without payloads.
  func message<M: Message>(
    _ index: Int, of name: ImageName, _ type: M.Type = M.self, _ edit: (inout M) -> Void
  ) -> Sketch {
    messages(name, M.self) { edit(&$0[index]) }
  }

  /// Changes a pagemap, of which a checkpoint keeps only sums.
  func editingPagemap(
    _ name: ImageName, in folder: String = "checkpoint",
    _ edit: (inout PagemapHead, inout [PagemapEntry]) -> Void
  ) -> Sketch {
    guard let bytes = bytes(of: "\(folder)/\(name)"), let parts = Self.split(bytes),
      let first = parts.first,
      var head = try? PagemapHead(serializedBytes: first),
      var entries = try? parts.dropFirst().map({ try PagemapEntry(serializedBytes: $0) })
    else { preconditionFailure("no pagemap \(name)") }
    edit(&head, &entries)
    return image(name, [head] + entries, in: folder)
  }

  /// The messages behind the two magics.
  private static func split(_ bytes: [UInt8]) -> [[UInt8]]? {
    var parts: [[UInt8]] = []
    var rest = bytes.dropFirst(8)
    while !rest.isEmpty {
      let size = rest.prefix(4).reversed().reduce(0) { $0 << 8 | Int($1) }
      guard rest.count >= 4 + size else { return nil }
      parts.append(Array(rest.dropFirst(4).prefix(size)))
      rest = rest.dropFirst(4 + size)
    }
    return parts
  }
}
