import CRIUImages
import Checkpoint

/// Every cross reference that CRIU follows and nothing but the images is needed to check, by the
/// rule that reports it. Mounts and control groups have rules of their own.
extension Reference {
  static func rows(of rule: String) -> [Reference] {
    table.filter { $0.rule == rule }.map(\.row)
  }

  static let table: [(rule: String, row: Reference)] =
    folders + descriptors + remaps + devices + queues + sockets + tasks + namespaces
    + memory

  /// R-56
  private static let folders: [(String, Reference)] = [
    (
      "criu.fs-dangling",
      .record("fs_entry.cwd_id", of: .fs, FsEntry.self, names: .regularFile) { entry, _ in
        [Key(entry.cwdID)]
      }
    ),
    (
      "criu.fs-dangling",
      .record("fs_entry.root_id", of: .fs, FsEntry.self, names: .regularFile) { entry, _ in
        [Key(entry.rootID)]
      }
    ),
  ]

  /// R-51
  private static let descriptors: [(String, Reference)] = [
    (
      "criu.fdinfo-dangling",
      Reference(field: "fdinfo_entry.id", source: .fdinfo, target: .fileOfType) { subject in
        subject.messages(.fdinfo, FdinfoEntry.self).map { location, entry in
          Use(
            location: location, key: Key(entry.id, in: entry.type),
            owner: " of type \(entry.fileType.map { "\($0)" } ?? "\(entry.type)") (fd \(entry.fd))")
        }
      }
    )
  ]

  /// R-58
  private static let remaps: [(String, Reference)] = [
    (
      "criu.remap",
      .record(
        "remap_file_path_entry.orig_id", of: .remapFilePaths, RemapFilePathEntry.self,
        names: .regularFile
      ) { entry, _ in [Key(entry.origID)] }
    ),
    (
      "criu.remap",
      .record(
        "remap_file_path_entry.remap_id", of: .remapFilePaths, RemapFilePathEntry.self,
        names: .regularFile
      ) { entry, _ in entry.remap?.type == .linked ? [Key(entry.remapID)] : [] }
    ),
    (
      "criu.remap",
      .record(
        "remap_file_path_entry.remap_id", of: .remapFilePaths, RemapFilePathEntry.self,
        names: .ghostImage
      ) { entry, _ in
        if let remap = entry.remap, remap.type == .ghost { [Key(remap.id)] } else { [] }
      }
    ),
  ]

  /// R-61, R-62, R-65
  private static let devices: [(String, Reference)] = [
    (
      "criu.regf",
      // CRIU before 2.0 gave the path the number of the FIFO.
      .file("fifo_entry.regf_id", FifoEntry.self, names: .regularFile) { entry, _ in
        [Key(entry.hasRegfID ? entry.regfID : entry.id)]
      }
    ),
    (
      "criu.regf",
      .file("tty_file_entry.regf_id", TtyFileEntry.self, names: .regularFile) { entry, subject in
        entry.hasRegfID && subject.terminals[entry.ttyInfoID]?.kind != .external
          ? [Key(entry.regfID)] : []
      }
    ),
    (
      "criu.tty-info",
      .file("tty_file_entry.tty_info_id", TtyFileEntry.self, names: .terminal) { entry, _ in
        [Key(entry.ttyInfoID)]
      }
    ),
    (
      "criu.tty-session",
      .record("tty_info_entry.sid", of: .ttyInfo, TtyInfoEntry.self, names: .sessionLeader) {
        entry, subject in subject.isControlling(entry) ? [Key(entry.sid)] : []
      }
    ),
    (
      "criu.tty-session",
      .record("tty_info_entry.pgrp", of: .ttyInfo, TtyInfoEntry.self, names: .processGroup) {
        entry, subject in subject.isControlling(entry) ? [Key(entry.pgrp)] : []
      }
    ),
    (
      "criu.memfd",
      .file(
        "memfd_file_entry.inode_id", MemfdFileEntry.self, names: .memfdInode, consequence: .crash
      ) { entry, _ in [Key(entry.inodeID)] }
    ),
    (
      "criu.memfd",
      .record(
        "memfd_inode_entry.shmid", of: .memfdInodes, MemfdInodeEntry.self,
        names: .sharedMemoryImage
      ) { entry, _ in entry.size > 0 ? [Key(entry.shmid)] : [] }
    ),
  ]

  /// R-63, R-64, R-70
  private static let queues: [(String, Reference)] = [
    (
      "criu.queue-orphan",
      .record("pipe_data_entry.pipe_id", of: .pipesData, PipeDataEntry.self, names: .pipe) {
        entry, _ in [Key(entry.pipeID)]
      }
    ),
    (
      "criu.queue-orphan",
      .record("pipe_data_entry.pipe_id", of: .fifoData, PipeDataEntry.self, names: .fifo) {
        entry, _ in [Key(entry.pipeID)]
      }
    ),
    (
      "criu.queue-orphan",
      .record("sk_packet_entry.id_for", of: .socketQueues, SkPacketEntry.self, names: .socket) {
        entry, _ in [Key(entry.idFor)]
      }
    ),
    (
      "criu.queue-orphan",
      .record(
        "tty_data_entry.tty_id", of: .ttyData, TtyDataEntry.self, names: .terminal,
        consequence: .refused
      ) { entry, _ in [Key(entry.ttyID)] }
    ),
    (
      "criu.queue-orphan",
      .record("bpfmap_data_entry.map_id", of: .bpfmapData, BpfmapDataEntry.self, names: .bpfMap) {
        entry, _ in [Key(entry.mapID)]
      }
    ),
    (
      "criu.scm",
      .record("scm_entry.rights", of: .socketQueues, SkPacketEntry.self, names: .anyFile) {
        entry, _ in entry.scm.flatMap(\.rights).map { Key($0) }
      }
    ),
  ]

  /// R-66, R-67
  private static let sockets: [(String, Reference)] = [
    (
      "criu.unix-peer",
      .file("unix_sk_entry.peer", UnixSkEntry.self, names: .unixInode) { entry, _ in
        entry.peer == 0 ? [] : [Key(entry.peer)]
      }
    ),
    (
      "criu.tcp-stream",
      .file("inet_sk_entry.ino", InetSkEntry.self, names: .tcpStreamImage) { entry, subject in
        let name = ImageName(.tcpStream, UInt64(entry.ino))
        return subject.imagesRead.required.contains(name) ? [Key(name.id)] : []
      }
    ),
  ]

  /// R-68 to R-70
  private static let tasks: [(String, Reference)] = [
    (
      "criu.epoll",
      Reference(
        field: "eventpoll_tfd_entry.tfd", source: .files, target: .descriptorNextToEpoll
      ) { subject in
        subject.openFiles.all(EventpollFileEntry.self).flatMap { record, epoll in
          epoll.tfd.map { watch in
            Use(
              location: subject.location(ImageName(.files), record),
              key: Key(watch.tfd, in: epoll.id), owner: " in epoll file \(epoll.id)")
          }
        }
      }
    ),
    (
      "criu.lock",
      .record(
        "file_lock_entry.pid", of: .fileLocks, FileLockEntry.self, names: .task,
        consequence: .silentLoss
      ) { entry, _ in [Key(entry.pid)] }
    ),
    (
      "criu.lock",
      Reference(field: "file_lock_entry.fd", source: .fileLocks, target: .descriptorOfTask) {
        subject in
        let holders = Set(
          subject.processes.live.lazy.filter { task in
            task.ids.map { subject.openFiles.tables[$0.filesID]?.isEmpty == false } ?? false
          }.map { Int32(truncatingIfNeeded: $0.pid) })
        return subject.messages(.fileLocks, FileLockEntry.self)
          .filter { holders.contains($1.pid) }
          .map { location, lock in
            Use(
              location: location, key: Key(lock.fd, in: lock.pid), owner: " of task \(lock.pid)")
          }
      }
    ),
    (
      "criu.pidfd",
      .file("pidfd_entry.nspid", PidfdEntry.self, names: .process) { entry, _ in
        // -1 stands for a process that was already gone.
        entry.nspid == -1 ? [] : [Key(entry.nspid)]
      }
    ),
  ]
}
