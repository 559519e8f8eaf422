import Archive
import CRIUImages
import Checkpoint

@testable import Verify

/// criu-images.md, §4.2: files cut, lengthened, or replaced. Not here: what a failed restore leaves
/// in the root file system, which no archive shows.
extension Measured {
  static let truncations = emptied + headOnly + headOnlyOfLists + lastByte + ghosts + pages + sizes

  private static func row(
    _ row: String, _ image: String, of base: Base, _ outcome: Outcome,
    _ damage: @escaping @Sendable (Sketch, String) -> Sketch
  ) -> Measured {
    Measured("\(row): \(image)", of: base, outcome) { damage($0, image) }
  }

  /// Images of messages, required and optional, and where they are.
  private static let images: [(Base, [String])] = [
    (
      .tree,
      [
        "pstree", "core-1", "core-6", "core-7", "core-10", "ids-1", "ids-7", "mm-1", "mm-7",
        "fs-1", "fs-7", "pagemap-1", "pagemap-7", "pagemap-shmem-1726", "files", "fdinfo-2",
        "fdinfo-3", "memfd", "cgroup", "utsns-12", "ipcns-var-11", "timens-0",
      ]
    ),
    (.ghost, ["remap-fpath"]),
    (.queues, ["ipcns-msg-11", "ipcns-sem-11"]),
    (.connection, ["tcp-stream-ab9f7", "netns-10"]),
    (.segment, ["ipcns-shm-11", "pagemap-shmem-77"]),
    (.terminal, ["tty-info"]),
    (.pipeData, ["pipes-data"]),
    (.fifoData, ["fifo-data"]),
    (.packets, ["sk-queues"]),
    (.lock, ["filelocks"]),
  ]

  private static let emptied =
    images.flatMap { base, images in
      images.map { image in
        row("0 bytes", image, of: base, .refused("criu.image-unreadable")) {
          $0.keeping(0, of: $1)
        }
      }
    } + [
      row("0 bytes", "inventory", of: .tree, .refused("criu.inventory-unreadable")) {
        $0.keeping(0, of: $1)
      },
      row("0 bytes", "mountpoints-13", of: .tree, .refused("criu.image-unreadable")) {
        $0.keeping(0, of: $1)
      },
      row("0 bytes", "seccomp", of: .tree, .refused("criu.image-unreadable")) {
        $0.keeping(0, of: $1)
      },
      row("0 bytes", "ghost-file-1", of: .ghost, .refused("criu.image-unreadable")) {
        $0.keeping(0, of: $1)
      },
      Measured("0 bytes: stats-dump", of: .tree, .tolerated) { $0.replacing("stats-dump", []) },
    ]

  /// Images that are as good as deleted without their entries.
  private static let headOnly: [Measured] =
    [
      row("magic only", "inventory", of: .tree, .refused("criu.inventory-unreadable")) {
        $0.keeping(4, of: $1)
      },
      // One message, without which CRIU stops even where the file is optional.
      row("magic only", "timens-0", of: .tree, .refused("criu.image-unreadable")) {
        $0.keeping(8, of: $1)
      },
    ]
    + [
      ("pstree", Base.tree, Outcome.fails("criu.pstree-missing")),
      ("core-1", .tree, .refused("criu.image-unreadable")),
      ("core-10", .tree, .refused("criu.image-unreadable")),
      ("core-6", .tree, .refused("criu.image-unreadable")),
      ("ids-1", .tree, .refused("criu.ids-missing")),
      ("ids-7", .tree, .refused("criu.ids-missing")),
      ("mm-1", .tree, .fails("criu.image-unreadable")),
      ("fs-1", .tree, .fails("criu.image-unreadable")),
      ("pagemap-1", .tree, .refused("criu.image-unreadable")),
      ("pagemap-shmem-1726", .tree, .refused("criu.image-unreadable")),
      ("files", .tree, .refused("criu.files-missing")),
      ("ghost-file-1", .ghost, .refused("criu.image-unreadable")),
      ("tcp-stream-ab9f7", .connection, .refused("criu.image-unreadable")),
      ("utsns-12", .tree, .refused("criu.image-unreadable")),
      ("ipcns-var-11", .tree, .refused("criu.image-unreadable")),
      ("cgroup", .tree, .refused("criu.cgset")),
      ("seccomp", .tree, .crashes("criu.seccomp-missing")),
      ("mountpoints-13", .tree, .refused("mnt.no-root")),
    ].map { image, base, outcome in
      row("magic only", image, of: base, outcome) { $0.keeping(8, of: $1) }
    }

  /// CRIU takes them for empty lists, too, but never writes one: that the entries were lost is
  /// certain, other than with a list that is not there.
  private static let headOnlyOfLists: [Measured] = [
    ("fdinfo-2", Base.tree, Outcome.loses("criu.image-emptied")),
    ("fdinfo-3", .tree, .loses("criu.image-emptied")),
    // As without the file, a pipe that nobody holds makes CRIU abort.
    ("fdinfo-2", .ghost, .crashes("criu.image-emptied")),
    ("ipcns-msg-11", .queues, .loses("criu.image-emptied")),
    ("ipcns-sem-11", .queues, .loses("criu.image-emptied")),
    ("pipes-data", .pipeData, .loses("criu.image-emptied")),
    ("fifo-data", .fifoData, .loses("criu.image-emptied")),
    ("sk-queues", .packets, .loses("criu.image-emptied")),
    ("filelocks", .lock, .loses("criu.image-emptied")),
    ("remap-fpath", .ghost, .refused("criu.image-emptied")),
    ("tty-info", .terminal, .refused("criu.image-emptied")),
    ("memfd", .tree, .fails("criu.image-emptied")),
  ].map { image, base, outcome in
    row("magic only", image, of: base, outcome) { $0.keeping(8, of: $1) }
  }

  private static let lastByte =
    images.flatMap { base, images in
      images.map { image in
        row("last byte removed", image, of: base, .refused("criu.image-unreadable")) {
          $0.resizing(image: $1, by: -1)
        }
      }
    } + [
      row("last byte removed", "inventory", of: .tree, .refused("criu.inventory-unreadable")) {
        $0.resizing(image: $1, by: -1)
      },
      row("last byte removed", "mountpoints-13", of: .tree, .refused("criu.image-unreadable")) {
        $0.resizing(image: $1, by: -1)
      },
      // CRIU says that bytes are missing, goes on, and the task crashes without its filters.
      row("last byte removed", "seccomp", of: .tree, .fails("criu.image-unreadable")) {
        $0.resizing(image: $1, by: -1)
      },
    ]

  private static let ghosts = [
    row("last byte of the content", "ghost-file-1", of: .ghost, .refused("criu.ghost-size")) {
      $0.resizing(image: $1, by: -1)
    },
    row(
      "last byte of a chunk", "ghost-file-1", of: .sparseGhost, .hangs("criu.image-unreadable")
    ) { $0.resizing(image: $1, by: -1) },
  ]

  private static let pages = [
    row("pages of the root, 0 bytes", "pages-2", of: .tree, .hangs("criu.pages-size-mismatch")) {
      $0.keeping(0, of: $1)
    },
    row("pages of the root, 8 bytes", "pages-2", of: .tree, .hangs("criu.pages-size-mismatch")) {
      $0.keeping(8, of: $1)
    },
    row("pages of the root, short", "pages-2", of: .tree, .hangs("criu.pages-size-mismatch")) {
      $0.resizing(image: $1, by: -1)
    },
    row("pages of a forked child", "pages-3", of: .tree, .refused("criu.pages-size-mismatch")) {
      $0.resizing(image: $1, by: -1)
    },
    // Its stack is its own, its program that of the shell: each as it was labelled.
    row("pages, the stack", "pages-2", of: .shell, .hangs("criu.pages-size-mismatch")) {
      $0.resizing(image: $1, by: -1)
    },
    row("pages, the program", "pages-2", of: .shell, .refused("criu.pages-size-mismatch")) {
      $0.keeping(8, of: $1)
    },
    row("pages of shared memory", "pages-1", of: .tree, .loses("criu.pages-size-mismatch")) {
      $0.resizing(image: $1, by: -4096)
    },
    row("pages of a memfd", "pages-50", of: .memoryFile, .loses("criu.pages-size-mismatch")) {
      $0.resizing(image: $1, by: -1)
    },
    row("pages of a segment", "pages-2", of: .segment, .loses("criu.pages-size-mismatch")) {
      $0.resizing(image: $1, by: -1)
    },
    row("bytes appended", "pages-2", of: .tree, .tolerated) { $0.resizing(image: $1, by: 1) },
    row("bytes appended", "pages-3", of: .tree, .tolerated) { $0.resizing(image: $1, by: 8) },
  ]

  private static func claiming(_ size: UInt32, _ sketch: Sketch, _ image: String) -> Sketch {
    sketch.editing("checkpoint/\(image).img") { file in
      withUnsafeBytes(of: size.littleEndian) { file.bytes.replaceSubrange(8..<12, with: $0) }
    }
  }

  private static let sizes = [
    row("entry of 0xfffffff0 bytes", "core-1", of: .tree, .crashes("criu.image-unreadable")) {
      claiming(0xffff_fff0, $0, $1)
    },
    row("entry of 0x7fffffff bytes", "core-1", of: .tree, .refused("criu.image-unreadable")) {
      claiming(0x7fff_ffff, $0, $1)
    },
    row("replaced by a directory", "core-1", of: .tree, .refused("archive.folder-for-file")) {
      $0.removing("checkpoint/\($1).img").adding("checkpoint/\($1).img", kind: .directory)
    },
    // As real restores in containers showed: an error in the log, and zeros in the memory.
    row("replaced by a directory", "pages-1", of: .tree, .loses("archive.folder-for-file")) {
      $0.removing("checkpoint/\($1).img").adding("checkpoint/\($1).img", kind: .directory)
    },
    row("replaced by a directory", "timens-0", of: .tree, .refused("archive.folder-for-file")) {
      $0.removing("checkpoint/\($1).img").adding("checkpoint/\($1).img", kind: .directory)
    },
  ]
}
