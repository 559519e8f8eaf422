#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif
import Archive
import CRIUImages
import Checkpoint
import SwiftProtobuf

/// Checkpoints whose memory is more than one page.
extension Sketch {
  /// The minimal pagemap with other entries.
  func pagemap(_ edit: (inout [PagemapEntry]) -> Void) -> Sketch {
    var entries = [Self.pagemapEntry]
    edit(&entries)
    return image(ImageName(.pagemap, 1), [Self.pagemapHead] + entries)
  }

  static func pages(
    at address: UInt64, _ count: UInt64 = 1, _ flags: PagemapFlags = .present
  ) -> PagemapEntry {
    PagemapEntry.with {
      $0.vaddr = address
      $0.compatNrPages = 0
      $0.nrPages = count
      $0.flags = flags.rawValue
    }
  }

  /// One more shared memory object of one page, as a memfd.
  static let withMemfd =
    minimal
    .image(
      ImageName(.memfdInodes),
      [
        MemfdInodeEntry.with {
          $0.name = utf8("m")
          $0.uid = 0
          $0.gid = 0
          $0.size = 4096
          $0.shmid = 77
          $0.seals = 0
          $0.inodeID = 1
        }
      ]
    )
    .image(ImageName(.shmemPagemap, 77), [PagemapHead.with { $0.pagesID = 2 }, pages(at: 0)])
    .adding("checkpoint/pages-2.img", [UInt8](repeating: 1, count: 4096))

  /// Changes the one mapping of the minimal address space.
  func editingArea(_ edit: (inout VmaEntry) -> Void) -> Sketch {
    message(ImageName(.mm, 1), MmEntry.self) { edit(&$0.vmas[0]) }
  }

  /// One more mapping, a copy of the first until it is changed.
  func addingArea(_ edit: (inout VmaEntry) -> Void) -> Sketch {
    message(ImageName(.mm, 1), MmEntry.self) { entry in
      var area = entry.vmas[0]
      edit(&area)
      entry.vmas.append(area)
    }
  }

  /// The minimal checkpoint whose one page is in a pre-dump.
  static let incremental =
    minimal
    .pagemap { $0[0].flags = PagemapFlags.parent.rawValue }
    .removing("checkpoint/pages-1.img")
    .adding("checkpoint/parent", kind: .symlink(target: Array("../pre-checkpoint".utf8)))
    .adding("pre-checkpoint", kind: .directory)
    .image(ImageName(.pagemap, 1), [pagemapHead, pagemapEntry], in: "pre-checkpoint")
    .adding("pre-checkpoint/pages-1.img", [UInt8](repeating: 0, count: 4096))

  static func counting(_ pages: UInt64) -> Sketch {
    minimal.image(
      ImageName(.dumpStats),
      [
        StatsEntry.with {
          $0.dump = DumpStatsEntry.with {
            $0.freezingTime = 0
            $0.frozenTime = 0
            $0.memdumpTime = 0
            $0.memwriteTime = 0
            $0.pagesScanned = pages
            $0.pagesSkippedParent = 0
            $0.pagesWritten = pages
            $0.pagesLazy = 0
          }
        }
      ], in: "")
  }

  static func sharedSegment(_ id: UInt32) -> IpcShmEntry {
    IpcShmEntry.with {
      $0.desc = IpcDescEntry.with {
        $0.key = 1
        $0.uid = 0
        $0.gid = 0
        $0.cuid = 0
        $0.cgid = 0
        $0.mode = 0
        $0.id = id
      }
      $0.size = 4
    }
  }

  /// Adds segment 77, its content either in the image itself or in one of pages.
  func segment(inPagemaps: Bool) -> Sketch {
    var segment = Self.sharedSegment(77)
    if inPagemaps { segment.inPagemaps = true }
    let payload: [UInt8] = inPagemaps ? [] : [0, 0, 0, 0]
    return records(ImageName(.ipcShm, 11), [ImageEncoder.Record(segment, payload: payload)])
  }

  static let oldEntry = PagemapEntry.with {
    $0.vaddr = 0x40_0000
    $0.compatNrPages = 1
  }

  /// The head of a pagemap.
  static func head(_ pages: UInt32) -> PagemapHead { PagemapHead.with { $0.pagesID = pages } }
}
