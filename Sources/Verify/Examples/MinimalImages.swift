#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif
import Archive
import CRIUImages
import Checkpoint
import SwiftProtobuf

/// Images of one shell-like process: an executable, a root folder, a null device and two pipes.
extension Sketch {
  static let pagemapHead = PagemapHead.with { $0.pagesID = 1 }
  static let pagemapEntry = PagemapEntry.with {
    $0.vaddr = 0x40_0000
    $0.compatNrPages = 0
    $0.flags = PagemapFlags.present.rawValue
    $0.nrPages = 1
  }

  func images(in folder: String) -> Sketch {
    let prefix = folder.isEmpty ? "" : folder + "/"
    let start = folder.isEmpty ? self : adding(folder, kind: .directory)
    return
      start
      .image(ImageName(.inventory), [Self.inventory], in: folder)
      .image(ImageName(.pstree), [Self.task(1, parent: 0)], in: folder)
      .image(ImageName(.core, 1), [Self.core], in: folder)
      .image(ImageName(.ids, 1), [Self.ids], in: folder)
      .image(ImageName(.mm, 1), [Self.mm], in: folder)
      .image(ImageName(.fs, 1), [Self.fs], in: folder)
      .image(ImageName(.pagemap, 1), [Self.pagemapHead, Self.pagemapEntry], in: folder)
      .adding(prefix + "pages-1.img", [UInt8](repeating: 0, count: 4096))
      .image(ImageName(.files), Self.openFiles, in: folder)
      .image(ImageName(.fdinfo, 2), Self.descriptors, in: folder)
      .image(ImageName(.mounts, 13), Self.mountTree, in: folder)
      .image(ImageName(.utsns, 12), [Self.hostname], in: folder)
      .image(ImageName(.ipcVar, 11), [Self.ipcLimits], in: folder)
      .image(ImageName(.seccomp), [SeccompEntry()], in: folder)
      .adding(
        prefix + "tmpfs-dev-105.tar.gz.img",
        Self.tar(
          [Self.file("./", kind: .directory), Self.file("./null")], .gzip)
      )
      .adding(prefix + "tmpfs-dev-109.tar.gz.img", Self.emptyTmpfs)
      .adding(
        prefix + "descriptors.json", text: #"["/dev/null","pipe:[1001]","pipe:[1002]"]"#)
  }

  /// A tmpfs that holds nothing.
  static let emptyTmpfs = Sketch.tar([file("./", kind: .directory)], .gzip)

  private static let inventory = InventoryEntry.with {
    $0.imgVersion = 2
    $0.fdinfoPerID = true
    $0.nsPerID = true
    $0.rootCgSet = 1
    // The ids of CRIU's own kernel objects (criu-images.md, §5.1).
    $0.rootIds = kernelObjects(files: 1, pid: 1, net: 2, ipc: 3, uts: 4, mnt: 6)
  }

  static func task(_ pid: UInt32, parent: UInt32) -> PstreeEntry {
    PstreeEntry.with {
      $0.pid = pid
      $0.ppid = parent
      $0.pgid = 1
      $0.sid = 1
      $0.threads = [pid]
    }
  }

  static let ids = kernelObjects(files: 2, pid: 9, net: 10, ipc: 11, uts: 12, mnt: 13)

  static func kernelObjects(
    files: UInt32, pid: UInt32, net: UInt32, ipc: UInt32, uts: UInt32, mnt: UInt32
  ) -> TaskKobjIdsEntry {
    TaskKobjIdsEntry.with {
      $0.vmID = files
      $0.filesID = files
      $0.fsID = files
      $0.sighandID = files
      $0.pidNsID = pid
      $0.netNsID = net
      $0.ipcNsID = ipc
      $0.utsNsID = uts
      $0.mntNsID = mnt
      $0.userNsID = 7
      $0.cgroupNsID = 8
      $0.timeNsID = 5
    }
  }

  static let core = CoreEntry.with {
    $0.mtype = MachineType.x86.rawValue
    $0.threadInfo = ThreadInfoX86.with {
      $0.clearTidAddr_p = 0
      $0.gpregs = zeroRegisters
      $0.fpregs = zeroFloatingPoint
    }
    $0.tc = TaskCoreEntry.with {
      $0.taskState = TaskState.alive.rawValue
      $0.exitCode = 0
      $0.personality = 0
      $0.flags = 0
      $0.blkSigset = 0
      $0.comm = Data("sh".utf8)
    }
    $0.threadCore = ThreadCoreEntry.with {
      $0.futexRla = 0
      $0.futexRlaLen = 0
      $0.cgSet = 1
    }
  }

  static let mm = MmEntry.with {
    $0.exeFileID = 1
    $0.mmSavedAuxv = [6, 4096, 0, 0]
    $0.vmas = [
      VmaEntry.with {
        $0.start = 0x40_0000
        $0.end = 0x40_2000
        $0.pgoff = 0
        $0.shmid = 1
        $0.prot = 5
        $0.flags = 2
        $0.status = (VMAStatus.regular.union(.filePrivate)).rawValue
        $0.fd = -1
      }
    ]
    $0.mmStartCode = 0x40_0000
    $0.mmEndCode = 0x40_1000
    $0.mmStartData = 0
    $0.mmEndData = 0
    $0.mmStartStack = 0
    $0.mmStartBrk = 0
    $0.mmBrk = 0
    $0.mmArgStart = 0
    $0.mmArgEnd = 0
    $0.mmEnvStart = 0
    $0.mmEnvEnd = 0
  }

  private static let fs = FsEntry.with {
    $0.cwdID = 5
    $0.rootID = 6
    $0.umask = 0o22
  }

  private static let hostname = UtsnsEntry.with {
    $0.nodename = Data("example".utf8)
    $0.domainname = Data("(none)".utf8)
  }

  /// The kernel's defaults.
  private static let ipcLimits = IpcVarEntry.with {
    $0.semCtls = [32000, 1_024_000_000, 500, 32000]
    $0.msgCtlmax = 8192
    $0.msgCtlmnb = 16384
    $0.msgCtlmni = 32000
    $0.autoMsgmni = 0
    $0.shmCtlmax = 18_446_744_073_692_774_399
    $0.shmCtlall = 18_446_744_073_692_774_399
    $0.shmCtlmni = 4096
    $0.shmRmidForced = 0
    $0.mqQueuesMax = 256
    $0.mqMsgMax = 10
    $0.mqMsgsizeMax = 8192
  }
}
