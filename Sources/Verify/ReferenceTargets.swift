import CRIUImages
import Checkpoint

extension Reference.Target {
  typealias Key = Reference.Key

  // MARK: Open files

  static let anyFile = Self(name: "the number of an open file", holder: .files) { subject in
    Set(subject.openFiles.files.map { Key($0.id) })
  }

  /// CRIU looks a descriptor's file up by number and type.
  static let fileOfType = Self(name: "an open file of that type", holder: .files) { subject in
    Set(subject.openFiles.files.map { Key($0.id, in: $0.entry.type) })
  }

  static let regularFile = Self(name: "the number of a regular file", holder: .files) { subject in
    Set(subject.openFiles.ids(of: .regular).map { Key($0) })
  }

  static let socket = Self(name: "the number of a socket", holder: .files) { subject in
    let kinds: [FileType] = [.unixSocket, .inetSocket, .packetSocket, .netlinkSocket]
    return Set(kinds.flatMap { subject.openFiles.ids(of: $0) }.map { Key($0) })
  }

  static let pipe = Self(name: "the pipe_id of a pipe", holder: .files) { subject in
    Set(subject.openFiles.all(PipeEntry.self).map { Key($0.content.pipeID) })
  }

  static let fifo = Self(name: "the pipe_id of a FIFO", holder: .files) { subject in
    Set(subject.openFiles.all(FifoEntry.self).map { Key($0.content.pipeID) })
  }

  static let unixInode = Self(name: "the inode of a UNIX socket", holder: .files) { subject in
    Set(subject.openFiles.all(UnixSkEntry.self).map { Key($0.content.ino) })
  }

  static let bpfMap = Self(name: "the map_id of a BPF map", holder: .files) { subject in
    Set(subject.openFiles.all(BpfmapFileEntry.self).map { Key($0.content.mapID) })
  }

  // MARK: Images of their own

  static let terminal = Self(name: "a terminal of tty-info.img", holder: .ttyInfo) { subject in
    Set(subject.messages(.ttyInfo, TtyInfoEntry.self).map { Key($1.id) })
  }

  static let memfdInode = Self(name: "an inode of memfd.img", holder: .memfdInodes) { subject in
    Set(subject.messages(.memfdInodes, MemfdInodeEntry.self).map { Key($1.inodeID) })
  }

  static let ghostImage = Self.image(.ghostFile, "the number of a ghost-file image")
  static let tcpStreamImage = Self.image(.tcpStream, "the number of a tcp-stream image")
  static let sharedMemoryImage = Self.image(.shmemPagemap, "the number of a pagemap-shmem image")

  private static func image(_ type: ImageType, _ name: String) -> Self {
    Self(name: name) { subject in Set(subject.checkpoint.images.ids(of: type).map { Key($0) }) }
  }

  // MARK: Tasks

  static let task = Self(name: "a task of pstree.img") { subject in
    Set(subject.processes.tasks.map { Key($0.pid) })
  }

  /// Whatever will have a pid in the restored tree: tasks, threads, and the helpers that CRIU makes
  /// for process groups and sessions without a leader.
  static let process = Self(name: "a task or thread of pstree.img") { subject in
    Set(
      subject.processes.tasks.flatMap { task in
        [task.pid, task.entry.pgid, task.entry.sid] + task.otherThreads
      }.map { Key($0) })
  }

  static let sessionLeader = Self(name: "a session leader of pstree.img") { subject in
    Set(subject.processes.tasks.lazy.filter { $0.entry.sid == $0.pid }.map { Key($0.pid) })
  }

  static let processGroup = Self(name: "a process group of pstree.img") { subject in
    Set(subject.processes.tasks.map { Key($0.entry.pgid) })
  }

  /// Descriptors by task.
  static let descriptorOfTask = Self(name: "a descriptor of that task") { subject in
    Set(
      subject.processes.live.flatMap { task in
        (task.ids.flatMap { subject.openFiles.tables[$0.filesID] } ?? [])
          .map { Key($0.entry.fd, in: task.pid) }
      })
  }

  /// Descriptors by the epoll files that share a table with them.
  static let descriptorNextToEpoll = Self(
    name: "a descriptor of a task that holds the epoll file"
  ) { subject in
    var keys: Set<Key> = []
    for table in subject.openFiles.tables.values {
      for holder in table where holder.entry.fileType == .eventpoll {
        keys.formUnion(table.map { Key($0.entry.fd, in: holder.entry.id) })
      }
    }
    return keys
  }

  // MARK: Namespaces

  static let namespace = Self(name: "a namespace of a task") { subject in
    Set(subject.namespaces.allIDs.map { Key($0) })
  }

  static let netNamespace = Self(name: "a network namespace of a task") { subject in
    Set(subject.namespaces.ids(of: .net).map { Key($0) })
  }

  static let mount = Self(name: "a mount of a mountpoints image") { subject in
    Set(subject.messages(.mounts, MntEntry.self).map { Key($1.mntID) })
  }
}

extension Subject {
  /// The terminals of `tty-info.img` by number.
  var terminals: [UInt32: TtyInfoEntry] {
    Dictionary(messages(.ttyInfo, TtyInfoEntry.self).map { ($1.id, $1) }) { first, _ in first }
  }

  /// Whether CRIU makes it the controlling terminal of the session it names
  /// (tty_find_restoring_task in criu/tty.c). A slave leaves that to its master, which has the number
  /// after its own; a terminal that was hung up has no settings.
  func isControlling(_ terminal: TtyInfoEntry) -> Bool {
    guard terminal.sid != 0, terminal.hasTermios, terminal.kind != .current,
      terminal.kind != .external
    else { return false }
    return terminal.isMaster || terminals[terminal.id &+ 1]?.hasTermios != true
  }
}
