#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif
import Archive
import CRIUImages
import Checkpoint
import SwiftProtobuf

/// Kinds of open files for examples; new ones have the numbers from 7 on.
extension Sketch {
  static func file(_ type: FileType, _ id: UInt32, _ set: (inout FileEntry) -> Void) -> FileEntry {
    FileEntry.with {
      $0.type = type.rawValue
      $0.id = id
      set(&$0)
    }
  }

  /// Opens `file` as descriptor `fd` of the root task.
  func opening(_ file: FileEntry, as fd: UInt32) -> Sketch {
    let type = file.fileType ?? .regular
    return opening(file).holding(Self.descriptor(fd, file.id, type))
  }

  static func fifo(_ id: UInt32, path: UInt32) -> FileEntry {
    file(.fifo, id) { file in
      file.fifo = FifoEntry.with {
        $0.id = id
        $0.pipeID = 2000 + id
        $0.regfID = path
      }
    }
  }

  /// Root's descriptor 7 is a pseudo terminal's master, its controlling terminal.
  static let terminal: Sketch = {
    let settings = TermiosEntry.with {
      $0.cIflag = 0
      $0.cOflag = 0
      $0.cCflag = 0
      $0.cLflag = 0
      $0.cLine = 0
      $0.cIspeed = 0
      $0.cOspeed = 0
      $0.cCc = [UInt32](repeating: 0, count: 19)
    }
    let master = file(.tty, 8) { file in
      file.tty = TtyFileEntry.with {
        $0.id = 8
        $0.ttyInfoID = 2
        $0.flags = 2
        $0.fown = owner
        $0.regfID = 7
      }
    }
    return
      minimal
      .replacing(
        "checkpoint/tmpfs-dev-105.tar.gz.img",
        tar([file("./", kind: .directory), file("./null"), file("./ptmx")], .gzip)
      )
      .opening(regular(7, "/dev/ptmx", mount: 263, mode: 0o20666))
      .opening(master, as: 7)
      .image(
        ImageName(.ttyInfo),
        [
          TtyInfoEntry.with {
            $0.id = 2
            $0.type = TtyInfoEntry.Kind.pty.rawValue
            $0.locked = false
            $0.exclusive = false
            $0.packetMode = false
            $0.sid = 1
            $0.pgrp = 1
            $0.rdev = 0x502
            $0.termios = settings
            $0.termiosLocked = settings
            $0.winsize = WinsizeEntry.with {
              $0.wsRow = 24
              $0.wsCol = 80
              $0.wsXpixel = 0
              $0.wsYpixel = 0
            }
            $0.pty = TtyPtyEntry.with { $0.index = 0 }
          }
        ])
  }()

  /// Root's descriptor 7 is memory of one page.
  static let memoryFile: Sketch = {
    let open = file(.memfd, 7) { file in
      file.memfd = MemfdFileEntry.with {
        $0.id = 7
        $0.flags = 2
        $0.pos = 0
        $0.fown = owner
        $0.inodeID = 3
      }
    }
    return
      minimal
      .opening(open, as: 7)
      .image(
        ImageName(.memfdInodes),
        [
          MemfdInodeEntry.with {
            $0.name = Data("m".utf8)
            $0.uid = 0
            $0.gid = 0
            $0.size = 4096
            $0.shmid = 50
            $0.seals = 1
            $0.inodeID = 3
          }
        ]
      )
      .image(
        ImageName(.shmemPagemap, 50),
        [
          PagemapHead.with { $0.pagesID = 50 },
          PagemapEntry.with {
            $0.vaddr = 0
            $0.compatNrPages = 0
            $0.flags = PagemapFlags.present.rawValue
            $0.nrPages = 1
          },
        ]
      )
      .adding("checkpoint/pages-50.img", [UInt8](repeating: 0, count: 4096))
  }()

  func watchingMount(_ id: UInt32) -> Sketch {
    opening(
      Self.file(.fanotify, 7) { file in
        file.ffy = FanotifyFileEntry.with {
          $0.id = 7
          $0.flags = 0
          $0.fown = Self.owner
          $0.faflags = 0
          $0.evflags = 0
          $0.mark = [
            FanotifyMarkEntry.with {
              $0.id = 7
              $0.type = 2
              $0.mflags = 0
              $0.mask = 1
              $0.ignoredMask = 0
              $0.sDev = 0
              $0.me = FanotifyMountMarkEntry.with { $0.mntID = id }
            }
          ]
        }
      }, as: 7)
  }

  /// An epoll file that watches `fd`.
  func watching(_ fd: UInt32) -> Sketch {
    opening(
      Self.file(.eventpoll, 7) { file in
        file.epfd = EventpollFileEntry.with {
          $0.id = 7
          $0.flags = 0
          $0.fown = Self.owner
          $0.tfd = [
            EventpollTfdEntry.with {
              $0.id = 7
              $0.tfd = fd
              $0.events = 1
              $0.data = 0
            }
          ]
        }
      }, as: 7)
  }

  func referring(to pid: Int32) -> Sketch {
    opening(
      Self.file(.pidfd, 7) { file in
        file.pidfd = PidfdEntry.with {
          $0.id = 7
          $0.ino = 900
          $0.flags = 0
          $0.nspid = pid
          $0.fown = Self.owner
        }
      }, as: 7)
  }

  // MARK: Deleted files

  static func ghost(mode: UInt32) -> GhostFileEntry {
    GhostFileEntry.with {
      $0.uid = 0
      $0.gid = 0
      $0.mode = mode
    }
  }

  func remapping(_ file: UInt32, to target: UInt32, _ type: RemapType) -> Sketch {
    image(
      ImageName(.remapFilePaths),
      [
        RemapFilePathEntry.with {
          $0.origID = file
          $0.remapID = target
          $0.remapType = type.rawValue
        }
      ])
  }

  func locking(pid: Int32, fd: Int32) -> Sketch {
    image(
      ImageName(.fileLocks),
      [
        FileLockEntry.with {
          $0.flag = 2
          $0.type = 1
          $0.pid = pid
          $0.fd = fd
          $0.start = 0
          $0.len = 0
        }
      ])
  }

  /// Root's descriptor 7 is a deleted file of three bytes.
  static let deletedFile =
    minimal
    .opening(regular(7, "/x", mount: 261, mode: 0o100644, size: 3), as: 7)
    .remapping(7, to: 1, .ghost)
    .records(
      ImageName(.ghostFile, 1),
      [ImageEncoder.Record(ghost(mode: 0o100644), payload: [1, 2, 3])])

  func files(_ edit: (inout [FileEntry]) -> Void) -> Sketch {
    messages(ImageName(.files), FileEntry.self, edit)
  }

  func terminals(_ edit: (inout TtyInfoEntry) -> Void) -> Sketch {
    message(ImageName(.ttyInfo), TtyInfoEntry.self, edit)
  }

  func memfd(_ edit: (inout MemfdInodeEntry) -> Void) -> Sketch {
    message(ImageName(.memfdInodes), MemfdInodeEntry.self, edit)
  }

  /// Tables of the root task and its child with these of the files 1 to 8.
  static func twoTables(first: [UInt32], second: [UInt32]) -> Sketch {
    let sketch = family.opening(pipe(7, 1003), pipe(8, 1004))
    let types: [UInt32: FileType] = [1: .regular, 2: .regular, 5: .regular, 6: .regular]
    func table(_ ids: [UInt32]) -> [FdinfoEntry] {
      ids.enumerated().map { descriptor(UInt32($0), $1, types[$1] ?? .pipe) }
    }
    return sketch.image(ImageName(.fdinfo, 2), table(first))
      .image(ImageName(.fdinfo, 3), table(second))
  }
}
