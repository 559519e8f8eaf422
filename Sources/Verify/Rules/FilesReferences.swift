import CRIUImages
import Checkpoint

/// Rules made of references between the files' images.
extension Rule {
  static let fileReferenceRules: [Rule] = [
    Rule(
      references: "criu.fs-dangling", stage: .files,
      title: "A task's working and root folders are regular files of files.img",
      why: "CRIU stops with “Can't find task cwd file” or “root file”.",
      remedy: .donor("fs-N.img and files.img of the same dump"),
      examples: [
        .fires(
          "working folder", .minimal.message(ImageName(.fs, 1), FsEntry.self) { $0.cwdID = 77 }),
        .fires(
          "root folder is a pipe",
          .minimal.message(ImageName(.fs, 1), FsEntry.self) { $0.rootID = 3 }),
        .silent("both", .family),
        .silent("files.img missing", .minimal.removing(ImageName(.files))),
      ]),
    Rule(
      references: "criu.fdinfo-dangling", stage: .files,
      title: "Every descriptor names an open file of its type",
      why: "CRIU looks a file up by number and type, and stops with “No file for fd”.",
      remedy: .donor("fdinfo-N.img and files.img of the same dump"),
      examples: [
        .fires("unknown file", .minimal.holding(Sketch.descriptor(7, 99, .regular))),
        .fires("other type", .minimal.holding(Sketch.descriptor(7, 3, .regular))),
        .silent("shared file", .minimal.holding(Sketch.descriptor(7, 3, .pipe))),
        .silent("files.img missing", .minimal.removing(ImageName(.files))),
      ]),
    Rule(
      references: "criu.remap", stage: .files,
      title: "Every deleted file that was open has the file or content to stand in for it",
      why: """
        CRIU stops with “Remap for non existing file” or “Can't find target file”, or while it \
        reads the ghost file that is not there.
        """,
      remedy: .donor("remap-fpath.img and the ghost-file images of the same dump"),
      examples: [
        .fires("no such file", .minimal.remapping(99, to: 1, .linked)),
        .fires("no target", .minimal.remapping(2, to: 99, .linked)),
        .fires("no ghost file", .minimal.remapping(2, to: 10, .ghost)),
        .silent("linked", .minimal.remapping(2, to: 1, .linked)),
        .silent(
          "ghost, named in hexadecimal",
          .minimal.remapping(2, to: 10, .ghost).image(
            ImageName(.ghostFile, 10), [Sketch.ghost(mode: 0o20666)])),
        .silent("of a process", .minimal.remapping(2, to: 4321, .procfs)),
      ]),
    Rule(
      references: "criu.regf", stage: .files,
      title: "Every FIFO and terminal has its path among the regular files",
      why: "CRIU cannot open it without the path, and stops.",
      remedy: .donor("files.img of the same dump"),
      examples: [
        .fires("FIFO", .minimal.opening(Sketch.fifo(7, path: 99))),
        .fires(
          "terminal",
          .terminal.messages(ImageName(.files), FileEntry.self) {
            $0[$0.count - 1].tty.regfID = 99
          }),
        .silent("FIFO with path", .minimal.opening(Sketch.fifo(7, path: 2))),
        .silent("terminal with path", .terminal),
      ]),
    Rule(
      references: "criu.tty-info", stage: .files,
      title: "Every terminal that is open is described in tty-info.img",
      why:
        "CRIU leaves out a terminal without description, and stops at the first descriptor of it.",
      remedy: .donor("tty-info.img of the same dump"),
      examples: [
        .fires("missing image", .terminal.removing(ImageName(.ttyInfo))),
        .fires(
          "other number",
          .terminal.message(ImageName(.ttyInfo), TtyInfoEntry.self) { $0.id = 9 }),
        .silent("described", .terminal),
      ]),
    Rule(
      references: "criu.tty-session", stage: .files,
      title: "A controlling terminal belongs to a session and a process group of the tree",
      why: "CRIU stops with “No task found with sid”, or when the kernel refuses the group.",
      remedy: .donor("tty-info.img of the same dump"),
      examples: [
        .fires(
          "no such session",
          .terminal.message(ImageName(.ttyInfo), TtyInfoEntry.self) { $0.sid = 99 }),
        .fires(
          "no such group",
          .terminal.message(ImageName(.ttyInfo), TtyInfoEntry.self) { $0.pgrp = .max }),
        .fires(
          "slave whose master is outside",
          .terminal.message(ImageName(.ttyInfo), TtyInfoEntry.self) {
            $0.rdev = 0x8800
            $0.sid = 99
          }),
        .silent(
          "no session",
          .terminal.message(ImageName(.ttyInfo), TtyInfoEntry.self) {
            $0.sid = 0
            $0.pgrp = 0
          }),
        .silent("of the tree", .terminal),
      ]),
    Rule(
      references: "criu.memfd", stage: .files,
      title: "Every memory file has its inode, and an inode its content",
      why:
        "CRIU dereferences the inode that it did not find, and crashes; it stops without content.",
      remedy: .donor("memfd.img and the pagemap-shmem images of the same dump"),
      examples: [
        .fires("no memfd.img", .memoryFile.removing(ImageName(.memfdInodes))),
        .fires(
          "no such inode",
          .memoryFile.message(ImageName(.memfdInodes), MemfdInodeEntry.self) { $0.inodeID = 9 }),
        .fires("no content", .memoryFile.removing(ImageName(.shmemPagemap, 50))),
        .silent(
          "empty",
          .memoryFile.removing(ImageName(.shmemPagemap, 50))
            .message(ImageName(.memfdInodes), MemfdInodeEntry.self) { $0.size = 0 }),
        .silent("whole", .memoryFile),
      ]),
  ]
}
