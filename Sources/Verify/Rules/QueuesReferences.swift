import CRIUImages
import Checkpoint

/// Rules made of references from queues, sockets, locks and watches.
extension Rule {
  static let queueReferenceRules: [Rule] = [
    Rule(
      references: "criu.queue-orphan", consequence: .silentLoss, stage: .queues,
      title: "Queued data belongs to something that is open",
      why: "Data of a pipe, FIFO, socket or map that is not there is dropped without a word.",
      remedy: .donor("files.img and the image with the queue, of the same dump"),
      examples: [
        .fires("pipe", .minimal.queueing(pipe: 99)),
        .fires(
          "FIFO",
          .minimal.records(ImageName(.fifoData), [Sketch.pipeData(1001)])),
        .fires("socket", .minimal.queueing(socket: 99)),
        .fires("terminal", .terminal.queueing(terminal: 99)),
        .silent("pipe that is open", .minimal.queueing(pipe: 1001)),
        .silent("socket that is open", .sockets.queueing(socket: 7)),
      ]),
    Rule(
      references: "criu.scm", stage: .queues,
      title: "Every descriptor that was under way in a socket is an open file",
      why: "CRIU stops when it looks the file up.",
      remedy: .donor("sk-queues.img and files.img of the same dump"),
      examples: [
        .fires("unknown", .sockets.queueing(socket: 7, rights: [99])),
        .silent("known", .sockets.queueing(socket: 7, rights: [3])),
      ]),
    Rule(
      references: "criu.unix-peer", stage: .queues,
      title: "Every connected UNIX socket has its other end",
      why: "CRIU stops with “Peer unresolved”.",
      remedy: .donor("files.img of the same dump"),
      examples: [
        .fires(
          "no such inode",
          .sockets.messages(ImageName(.files), FileEntry.self) { $0[$0.count - 1].usk.peer = 4 }),
        .silent("pair", .sockets),
      ]),
    Rule(
      references: "criu.tcp-stream", stage: .queues,
      title: "Every TCP connection has its tcp-stream image",
      why: "Sequence numbers and queued data are there; CRIU stops without them.",
      remedy: .donor("the tcp-stream image of the same dump"),
      examples: [
        .fires("missing", .connection.removing(ImageName(.tcpStream, 0xabc))),
        .silent(
          "connections are closed",
          .connection.removing(ImageName(.tcpStream, 0xabc))
            .message(ImageName(.inventory), InventoryEntry.self) { $0.tcpClose = true }),
        .silent("there", .connection),
      ]),
    Rule(
      references: "criu.epoll", consequence: .silentLoss, stage: .queues,
      title: "Every descriptor that an epoll file watches is open next to it",
      why: "CRIU skips a watch whose descriptor is not there, and the program waits for ever.",
      remedy: .donor("files.img and fdinfo-N.img of the same dump"),
      examples: [
        .fires("no such descriptor", .minimal.watching(9)),
        .silent("open", .minimal.watching(1)),
      ]),
    Rule(
      references: "criu.lock", stage: .queues,
      title: "Every file lock is held by a task of the tree through a descriptor of its",
      why: """
        A lock of a task that is not there is dropped without a word; with a descriptor that is \
        not there CRIU stops.
        """,
      remedy: .donor("filelocks.img and fdinfo-N.img of the same dump"),
      examples: [
        .fires("no such task", .minimal.locking(pid: 9, fd: 0)),
        .fires("no such descriptor", .minimal.locking(pid: 1, fd: 9)),
        .silent("held", .minimal.locking(pid: 1, fd: 0)),
        .silent(
          "table missing", .minimal.locking(pid: 1, fd: 0).removing(ImageName(.fdinfo, 2))),
      ]),
    Rule(
      references: "criu.pidfd", stage: .queues,
      title: "Every descriptor of a process names a process of the tree",
      why: "CRIU opens it by pid, which fails.",
      remedy: .donor("files.img and pstree.img of the same dump"),
      examples: [
        .fires("no such process", .minimal.referring(to: 99)),
        .silent("task", .minimal.referring(to: 1)),
        .silent("dead", .minimal.referring(to: -1)),
      ]),
  ]
}
