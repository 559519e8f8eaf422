import CRIUImages
import Checkpoint

/// What mappings and address spaces name.
extension Reference {
  ///
  static let memory: [(rule: String, row: Reference)] = [
    (
      "criu.vma-file",
      .areas(names: .mappableFile) { area in
        !area.kind.isDisjoint(with: [.filePrivate, .fileShared])
          && area.kind.isDisjoint(with: [.memfd, .plugin])
      }
    ),
    (
      "criu.vma-file",
      .areas(names: .memfdFile) { area in
        area.kind.contains(.memfd) && !area.kind.contains(.systemVShared)
      }
    ),
    (
      "criu.vma-shmem",
      .areas(names: .sharedMemoryImage) { area in
        area.kind.contains(.anonymousShared)
          && area.kind.isDisjoint(with: [.memfd, .systemVShared])
      }
    ),
    (
      "criu.vma-shmem",
      .record(
        "ipc_shm_entry.desc.id", of: .ipcShm, IpcShmEntry.self, names: .sharedMemoryImage
      ) { entry, _ in entry.inPagemaps ? [Key(entry.desc.id)] : [] }
    ),
    ("criu.vma-sysv", .areas(names: .segment) { $0.kind.contains(.systemVShared) }),
    ("criu.vma-socket", .areas(names: .packetSocket) { $0.kind.contains(.socket) }),
    (
      "criu.exe",
      .record("mm_entry.exe_file_id", of: .mm, MmEntry.self, names: .regularFile) { entry, _ in
        [Key(entry.exeFileID)]
      }
    ),
  ]

  /// The file or object that a mapping shows.
  private static func areas(
    names target: Target, where matches: @escaping @Sendable (VmaEntry) -> Bool
  ) -> Reference {
    Reference(field: "vma_entry.shmid", source: .mm, target: target) { subject in
      subject.memory.spaces.values.sorted { $0.pid < $1.pid }.flatMap { space in
        space.areas.filter(matches).map { area in
          Use(
            location: subject.location(space.image, space.record), key: Key(area.shmid),
            owner: " (the mapping at \(hex(area.start)) of task \(space.pid))")
        }
      }
    }
  }
}

extension Reference.Target {
  /// A driver's mapping may be of a file that a plugin restores.
  fileprivate static let mappableFile = Self(
    name: "the number of a regular file", holder: .files
  ) { subject in
    Set([FileType.regular, .external].flatMap { subject.openFiles.ids(of: $0) }.map { Key($0) })
  }

  fileprivate static let memfdFile = Self(name: "the number of a memfd", holder: .files) {
    subject in Set(subject.openFiles.ids(of: .memfd).map { Key($0) })
  }

  fileprivate static let packetSocket = Self(
    name: "the number of a packet socket", holder: .files
  ) { subject in Set(subject.openFiles.ids(of: .packetSocket).map { Key($0) }) }

  fileprivate static let segment = Self(
    name: "the desc.id of a System V segment", holders: .ipcShm
  ) { subject in
    Set(subject.messages(.ipcShm, IpcShmEntry.self).map { Key($1.desc.id) })
  }
}
