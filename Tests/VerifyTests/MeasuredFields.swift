import Archive
import CRIUImages
import Checkpoint
import SwiftProtobuf

@testable import Verify

/// criu-images.md, §4.3: one field changed. Not here, because no archive shows them: `reg.size` and
/// `reg.build_id`, which are held against the target's root file system. A symbolic link in the
/// place of an image is tolerated by CRIU, but an archive with one is refused by engines.
extension Measured {
  static let fields = descriptors + files + folders + memory + security + tree + namespaces + queues

  private static let table = ImageName(.fdinfo, 2)

  private static let descriptors = [
    Measured("fdinfo.id dangling", of: .tree, .refused("criu.fdinfo-dangling")) {
      $0.message(1, of: table, FdinfoEntry.self) { $0.id = 999 }
    },
    Measured("fdinfo type mismatch", of: .tree, .refused("criu.fdinfo-dangling")) {
      $0.message(1, of: table, FdinfoEntry.self) { $0.type = FileType.regular.rawValue }
    },
    Measured("fdinfo duplicate fd, the same file", of: .tree, .hangs("criu.fd-dup")) {
      $0.messages(table, FdinfoEntry.self) { $0.append($0[1]) }
    },
    // The reference has the hang only; these two are of real restores in containers.
    Measured("fdinfo duplicate fd, another's file", of: .tree, .refused("criu.fd-dup")) {
      $0.messages(ImageName(.fdinfo, 3), FdinfoEntry.self) { $0.append($0[1]) }
    },
    Measured("fdinfo duplicate fd, two files", of: .tree, .refused("criu.fd-dup")) {
      $0.message(1, of: table, FdinfoEntry.self) { $0.fd = 0 }
    },
    Measured("fd = 2e9", of: .tree, .refused("criu.fd-range")) {
      $0.message(1, of: table, FdinfoEntry.self) { $0.fd = 2_000_000_000 }
    },
    Measured("ids.files_id without fdinfo", of: .tree, .suspected("criu.fdinfo-missing")) {
      $0.ids(7) { $0.filesID = 99 }
    },
  ]

  private static let files = [
    Measured("files outer/inner id differ", of: .tree, .refused("criu.file-union")) {
      $0.message(3, of: ImageName(.files), FileEntry.self) { $0.pipe.id = 99 }
    },
    Measured("files identical duplicate", of: .tree, .tolerated) {
      $0.files { $0.append($0[2]) }
    },
    Measured("files union member missing", of: .tree, .crashes("criu.file-union")) {
      $0.message(2, of: ImageName(.files), FileEntry.self) { $0.clearReg() }
    },
    Measured("files union member other", of: .tree, .crashes("criu.file-union")) {
      $0.message(2, of: ImageName(.files), FileEntry.self) { file in
        file.clearReg()
        file.pipe = Sketch.pipe(3, 9999).pipe
      }
    },
    Measured("files unreferenced pipe", of: .tree, .crashes("criu.file-unreferenced")) {
      $0.opening(Sketch.pipe(70, 9999))
    },
    Measured("remap orig dangling", of: .ghost, .refused("criu.remap")) {
      $0.remapping(999, to: 1, .ghost)
    },
    Measured("remap ghost dangling", of: .ghost, .refused("criu.remap")) {
      $0.remapping(5, to: 9, .ghost)
    },
    Measured("remap linked dangling", of: .link, .refused("criu.remap")) {
      $0.remapping(2, to: 999, .linked)
    },
    Measured("tty_info_id", of: .terminal, .refused("criu.tty-info")) {
      $0.terminals { $0.id = 9 }
    },
    Measured("fifo.regf_id", of: .fifoData, .refused("criu.regf")) {
      $0.files { $0[$0.count - 1].fifo.regfID = 999 }
    },
    Measured("memfd.inode_id", of: .tree, .crashes("criu.memfd")) {
      $0.message(1, of: ImageName(.files), FileEntry.self) { $0.memfd.inodeID = 99 }
    },
    Measured("memfd.inode_id", of: .memoryFile, .crashes("criu.memfd")) {
      $0.memfd { $0.inodeID = 99 }
    },
    Measured("memfd.shmid", of: .tree, .refused("criu.memfd")) { $0.memfd { $0.shmid = 999 } },
    Measured("reg.mnt_id without own mnt ns", of: .inheritedMounts, .tolerated) {
      $0.message(0, of: ImageName(.files), FileEntry.self) { $0.reg.mntID = 999 }
    },
    Measured("unknown file", of: .tree, .tolerated) { $0.adding("checkpoint/unknown.img", [1]) },
    Measured("mode 000", of: .tree, .tolerated) {
      $0.editing("checkpoint/core-1.img") { $0.entry.mode = 0 }
    },
  ]

  private static let folders = [
    ("dangling", UInt32(999)), ("not REG", 4),
  ].flatMap { what, number in
    [
      Measured("fs.cwd \(what)", of: .tree, .refused("criu.fs-dangling")) {
        $0.message(ImageName(.fs, 1), FsEntry.self) { $0.cwdID = number }
      },
      Measured("fs.root \(what)", of: .tree, .refused("criu.fs-dangling")) {
        $0.message(ImageName(.fs, 1), FsEntry.self) { $0.rootID = number }
      },
      Measured("mm.exe \(what)", of: .tree, .refused("criu.exe")) {
        $0.message(ImageName(.mm, 1), MmEntry.self) { $0.exeFileID = number }
      },
    ]
  }

  private static let pages = ImageName(.pagemap, 1)
  private static let shared = ImageName(.shmemPagemap, 1726)

  /// Every entry of the form that CRIU up to 4.1 wrote.
  private static func old(_ entries: [PagemapEntry]) -> [PagemapEntry] {
    entries.map { entry in
      PagemapEntry.with {
        $0.vaddr = entry.vaddr
        $0.compatNrPages = UInt32(entry.nrPages)
      }
    }
  }

  private static let memory = [
    Measured("vma.shmid dangling", of: .tree, .refused("criu.vma-file")) {
      $0.message(ImageName(.mm, 1), MmEntry.self) { $0.vmas[0].shmid = 999 }
    },
    Measured("pages_id dangling", of: .tree, .refused("criu.pages-missing")) {
      $0.editingPagemap(pages) { head, _ in head.pagesID = 99 }
    },
    Measured("pages_id of another task", of: .shell, .hangs("criu.pages-size-mismatch")) {
      $0.editingPagemap(pages) { head, _ in head.pagesID = 2 }
    },
    Measured("pagemap outside VMA", of: .tree, .refused("criu.pagemap-outside-vma")) {
      $0.editingPagemap(pages) { $1[0].vaddr = 0x1_0000 }
    },
    Measured("pagemap too long", of: .tree, .refused("criu.pagemap-outside-vma")) {
      $0.editingPagemap(pages) { $1[$1.count - 1].nrPages = 999 }
    },
    Measured("pagemap unsorted", of: .tree, .refused("criu.pagemap-order")) {
      $0.editingPagemap(pages) { $1.swapAt(1, 2) }
    },
    // The next three are of real restores in containers.
    Measured("pagemap unsorted in a mapping", of: .tree, .loses("criu.pagemap-order")) {
      $0.editingPagemap(pages) { $1.swapAt(3, 4) }
    },
    Measured("pagemap overlapping in a mapping", of: .tree, .loses("criu.pagemap-order")) {
      $0.editingPagemap(pages) { $1[4].vaddr = $1[3].vaddr }
    },
    Measured("pagemap entry twice", of: .tree, .hangs("criu.pagemap-order")) {
      $0.editingPagemap(pages) { $1.append($1[$1.count - 1]) }
    },
    Measured("pagemap entry dropped (vdso)", of: .tree, .refused("criu.vdso-pages-missing")) {
      $0.editingPagemap(pages) { $1.remove(at: 7) }
    },
    Measured("pagemap entry dropped before it", of: .tree, .refused("criu.pages-size-mismatch")) {
      $0.editingPagemap(pages) { $1.remove(at: 1) }
    },
    Measured("pagemap entry dropped (stack)", of: .tree, .loses("criu.pages-size-mismatch")) {
      $0.editingPagemap(pages) { $1.removeLast() }
    },
    Measured("in_parent without parent", of: .tree, .refused("criu.parent-link")) {
      $0.editingPagemap(pages) { $1[1].flags = PagemapFlags.parent.rawValue }
    },
    // Accepted, as measured, but the pages that follow come from the wrong place.
    Measured("flags 0", of: .tree, .loses("criu.pagemap-flags")) {
      $0.editingPagemap(pages) { $1[1].flags = 0 }
    },
    Measured("LAZY and PRESENT", of: .tree, .tolerated) {
      $0.editingPagemap(pages) { $1[1].flags = 6 }
    },
    Measured("old style", of: .tree, .tolerated) {
      $0.editingPagemap(pages) { $1 = old($1) }
    },
    Measured("shmem pagemap too long", of: .tree, .loses("criu.shmem-range")) {
      $0.editingPagemap(shared) { $1[0].nrPages = 2 }
    },
    // An absolute link leads out of the archive.
    Measured("parent chain, relative link", of: .tree, .tolerated) { $0.movingPagesToParent() },
  ]

  private static let security = [
    Measured("seccomp_filter out of range", of: .tree, .refused("criu.seccomp-index")) {
      $0.core(1) { $0.threadCore.seccompFilter = 99 }
    },
    Measured("seccomp prev self-cycle", of: .tree, .hangs("criu.seccomp-cycle")) {
      $0.message(ImageName(.seccomp), SeccompEntry.self) { $0.seccompFilters[0].prev = 0 }
    },
    Measured("core.mtype", of: .tree, .refused("criu.core-shape")) { $0.core(1) { $0.mtype = 3 } },
    Measured("core, no tc", of: .tree, .refused("criu.core-shape")) { $0.core(1) { $0.clearTc() } },
    Measured("core, no thread_info", of: .tree, .refused("criu.core-shape")) {
      $0.core(1) { $0.clearThreadInfo() }
    },
    Measured("core, state 99", of: .tree, .refused("criu.core-state")) {
      $0.core(1) { $0.tc.taskState = 99 }
    },
    Measured("core, cg_set 77", of: .tree, .refused("criu.cgset")) {
      $0.core(1) { $0.threadCore.cgSet = 77 }
    },
    Measured("core without thread_core", of: .tree, .crashes("criu.core-shape")) {
      $0.core(1) { $0.clearThreadCore() }
    },
    Measured("core of a thread without thread_core", of: .tree, .crashes("criu.core-shape")) {
      $0.core(10) { $0.clearThreadCore() }
    },
  ]

  private static let tree = [
    Measured("pstree.ppid dangling", of: .tree, .refused("criu.pstree-parent")) {
      $0.tasks { $0[2].ppid = 99 }
    },
    Measured("pstree two roots", of: .tree, .refused("criu.pstree-root")) {
      $0.tasks { $0[2].ppid = 0 }
    },
    Measured("pstree child first", of: .tree, .refused("criu.pstree-parent")) {
      $0.tasks { $0.swapAt(0, 2) }
    },
    Measured("pstree duplicate pid", of: .tree, .crashes("criu.pstree-dup")) {
      $0.tasks { $0[3] = $0[2] }
    },
    Measured("pstree tid = other pid", of: .tree, .crashes("criu.pstree-dup")) {
      $0.tasks { $0[2].threads[1] = 9 }
    },
    Measured("pstree child entry dropped", of: .tree, .loses("criu.task-orphan")) {
      $0.tasks { $0.removeLast() }
    },
    Measured("pstree tid without core", of: .tree, .refused("criu.core-missing")) {
      $0.tasks { $0[2].threads.append(99) }
    },
  ]

  private static let namespaces = [
    Measured("unix ns_id (inherited net)", of: .inheritedNetwork, .tolerated) {
      $0.files { $0[$0.count - 1].usk.nsID = 99 }
    },
    Measured("inet ns_id (inherited net)", of: .inheritedConnection, .tolerated) {
      $0.socketNamespace(99)
    },
    Measured("ids.net_ns_id changed", of: .connection, .refused("criu.sk-ns")) {
      $0.ids(1) { $0.netNsID = 99 }
    },
    Measured("ids child uts differs", of: .tree, .refused("criu.ns-nested")) {
      $0.ids(7) { $0.utsNsID = 99 }
    },
  ]

  private static let queues = [
    Measured("epoll tfd", of: .epoll, .loses("criu.epoll")) {
      $0.files { $0[$0.count - 1].epfd.tfd[0].tfd = 99 }
    },
    Measured("unix.peer", of: .sockets, .refused("criu.unix-peer")) {
      $0.files { $0[$0.count - 1].usk.peer = 99 }
    },
    Measured("pipes-data id unknown", of: .pipeData, .loses("criu.queue-orphan")) {
      $0.queueing(pipe: 99)
    },
    Measured("sk-queues id unknown", of: .packets, .loses("criu.queue-orphan")) {
      $0.queueing(socket: 99, rights: [3])
    },
    Measured("scm right dangling", of: .packets, .refused("criu.scm")) {
      $0.queueing(socket: 7, rights: [99])
    },
    Measured("filelocks.pid unknown", of: .lock, .loses("criu.lock")) {
      $0.locking(pid: 9, fd: 0)
    },
  ]
}
