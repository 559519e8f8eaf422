import Checkpoint

@testable import Verify

/// criu-images.md, §4.1: one file deleted.
extension Measured {
  private static func row(
    _ row: String, _ file: String, of base: Base, _ outcome: Outcome
  ) -> Measured {
    Measured("\(row): no \(file)", of: base, outcome) {
      $0.removing(file.contains(".") ? "checkpoint/\(file)" : "checkpoint/\(file).img")
    }
  }

  static let deletions = tree + memory + files + namespaces + lists + tolerated + parts

  private static let tree = [
    row("inventory", "inventory", of: .tree, .refused("criu.inventory-missing")),
    // CRIU crashes; the engine sees that the connection ends.
    row("pstree", "pstree", of: .tree, .fails("criu.pstree-missing")),
    row("core of the root", "core-1", of: .tree, .refused("criu.core-missing")),
    row("core of a task", "core-7", of: .tree, .refused("criu.core-missing")),
    row("core of a thread", "core-10", of: .tree, .refused("criu.core-missing")),
    row("core of a zombie", "core-6", of: .tree, .refused("criu.core-missing")),
    row("ids of the root", "ids-1", of: .tree, .refused("criu.ids-missing")),
    row("ids of a child", "ids-7", of: .tree, .refused("criu.ids-missing")),
    // The task is killed by signal 11.
    row("mm of the root", "mm-1", of: .tree, .fails("criu.mm-missing")),
    row("mm of a child", "mm-8", of: .tree, .fails("criu.mm-missing")),
    row("fs of the root", "fs-1", of: .tree, .fails("criu.fs-missing")),
    row("fs of a child", "fs-8", of: .tree, .fails("criu.fs-missing")),
    row("seccomp", "seccomp", of: .tree, .crashes("criu.seccomp-missing")),
    row("cgroup", "cgroup", of: .tree, .refused("criu.cgset")),
  ]

  private static let memory = [
    row("pagemap of the root", "pagemap-1", of: .tree, .refused("criu.pagemap-missing")),
    row("pagemap of a child", "pagemap-14", of: .tree, .refused("criu.pagemap-missing")),
    row("pagemap-shmem", "pagemap-shmem-1726", of: .tree, .refused("criu.memfd")),
    row("pagemap-shmem", "pagemap-shmem-50", of: .memoryFile, .refused("criu.memfd")),
    row("pagemap-shmem", "pagemap-shmem-77", of: .segment, .refused("criu.vma-shmem")),
    row("pages of the root", "pages-2", of: .tree, .refused("criu.pages-missing")),
    row("pages of a child", "pages-3", of: .tree, .refused("criu.pages-missing")),
    row("pages of shared memory", "pages-1", of: .tree, .loses("criu.pages-missing")),
    row("pages of a memfd", "pages-50", of: .memoryFile, .loses("criu.pages-missing")),
    row("pages of a segment", "pages-2", of: .segment, .loses("criu.pages-missing")),
    row("memfd", "memfd", of: .tree, .fails("criu.memfd")),
    row("memfd", "memfd", of: .memoryFile, .fails("criu.memfd")),
    row("ipcns-shm", "ipcns-shm-11", of: .segment, .refused("criu.vma-sysv")),
  ]

  private static let files = [
    // Not the refusal of the plain restore, which was that of a lock.
    row("fdinfo of the root", "fdinfo-2", of: .tree, .loses("criu.fdinfo-missing")),
    // A pipe that nobody else holds makes CRIU abort, in a container, too.
    row("fdinfo of the root", "fdinfo-2", of: .ghost, .crashes("criu.fdinfo-missing")),
    // It may have had nothing open, as far as the archive shows.
    row("fdinfo of a child", "fdinfo-3", of: .tree, .suspected("criu.fdinfo-missing")),
    row("files", "files", of: .tree, .refused("criu.files-missing")),
    row("files", "files", of: .ghost, .refused("criu.files-missing")),
    row("remap-fpath", "remap-fpath", of: .ghost, .refused("criu.ghost-orphan")),
    row("ghost-file", "ghost-file-1", of: .ghost, .refused("criu.remap")),
    row("ghost-file", "ghost-file-1", of: .sparseGhost, .refused("criu.remap")),
    row("tty-info", "tty-info", of: .terminal, .refused("criu.tty-info")),
    row("tcp-stream", "tcp-stream-ab9f7", of: .connection, .refused("criu.tcp-stream")),
    row("tcp-stream", "tcp-stream-ab9f8", of: .connection, .refused("criu.tcp-stream")),
  ]

  private static let namespaces =
    [
      row("mountpoints", "mountpoints-13", of: .tree, .refused("criu.ns-image")),
      row("utsns", "utsns-12", of: .tree, .refused("criu.ns-image")),
      row("ipcns-var", "ipcns-var-11", of: .tree, .refused("criu.ns-image")),
      row(
        "descriptors.json", "descriptors.json", of: .tree, .refused("archive.missing-descriptors")),
    ]
    + [104, 106, 109, 110, 111, 112].map {
      row("tmpfs-dev", "tmpfs-dev-\($0).tar.gz.img", of: .tmpfs, .refused("criu.tmpfs-missing"))
    }

  /// Lists, which CRIU writes only with an entry: one that is not there says that there was none.
  private static let lists = [
    row("ipcns-msg", "ipcns-msg-11", of: .queues, .unknowable("no queues, as it looks")),
    row("ipcns-sem", "ipcns-sem-11", of: .queues, .unknowable("no semaphores, as it looks")),
    row("pipes-data", "pipes-data", of: .pipeData, .unknowable("empty pipes, as it looks")),
    row("fifo-data", "fifo-data", of: .fifoData, .unknowable("empty FIFOs, as it looks")),
    row("sk-queues", "sk-queues", of: .packets, .unknowable("empty sockets, as it looks")),
    row("filelocks", "filelocks", of: .lock, .unknowable("no locks, as it looks")),
  ]

  private static let tolerated = [
    // The clocks jump where they would have gone on; nothing tells that they were dumped.
    row("timens-0", "timens-0", of: .tree, .tolerated),
    row("timens-0", "timens-0", of: .connection, .tolerated),
  ]

  /// What lies next to the images, where nothing was in it.
  private static let parts = [
    "stats-dump", "network.status", "devshm-checkpoint.tar", "rootfs-diff.tar", "ctr.log",
    "artifacts",
  ].map { part in
    Measured("archive level: no \(part)", of: .readonly, .tolerated) { $0.removing(part) }
  }
}
