#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif
import CRIUImages
import Checkpoint
import SwiftProtobuf

/// The open files and mounts of the minimal checkpoint.
extension Sketch {
  static let owner = FownEntry.with {
    $0.uid = 0
    $0.euid = 0
    $0.signum = 0
    $0.pidType = 0
    $0.pid = 0
  }

  static let openFiles: [FileEntry] = [
    regular(1, "/bin/sh", mount: 261, mode: 0o100755, size: 4096),
    regular(2, "/dev/null", mount: 263, mode: 0o20666),
    pipe(3, 1001), pipe(4, 1002),
    regular(5, "/", mount: 261, mode: 0o40555),
    regular(6, "/", mount: 261, mode: 0o40555),
  ]

  static func regular(
    _ id: UInt32, _ name: String, mount: Int32, mode: UInt32, size: UInt64? = nil
  ) -> FileEntry {
    FileEntry.with {
      $0.type = FileType.regular.rawValue
      $0.id = id
      $0.reg = RegFileEntry.with {
        $0.id = id
        $0.flags = 0
        $0.pos = 0
        $0.fown = owner
        $0.name = Data(name.utf8)
        $0.mntID = mount
        $0.mode = mode
        if let size { $0.size = size }
      }
    }
  }

  static func pipe(_ id: UInt32, _ pipe: UInt32) -> FileEntry {
    FileEntry.with {
      $0.type = FileType.pipe.rawValue
      $0.id = id
      $0.pipe = PipeEntry.with {
        $0.id = id
        $0.pipeID = pipe
        $0.flags = 1
        $0.fown = owner
      }
    }
  }

  static let descriptors: [FdinfoEntry] = [
    descriptor(0, 2, .regular), descriptor(1, 3, .pipe), descriptor(2, 4, .pipe),
  ]

  static func descriptor(_ fd: UInt32, _ id: UInt32, _ type: FileType) -> FdinfoEntry {
    FdinfoEntry.with {
      $0.id = id
      $0.flags = 0
      $0.type = type.rawValue
      $0.fd = fd
    }
  }

  /// Children before parents, as CRIU writes them.
  static let mountTree: [MntEntry] = [
    mount(211, .tmpfs, 105, parent: 262, root: "/null", at: "/proc/keys", key: "/dev/null"),
    mount(210, .tmpfs, 109, parent: 262, at: "/proc/acpi", superblockFlags: 1),
    mount(209, .proc, 104, parent: 262, root: "/sys", at: "/proc/sys"),
    mount(270, .unsupported, 99, parent: 261, root: "/srv/data", at: "/data", key: "/data"),
    mount(263, .tmpfs, 105, parent: 261, at: "/dev"),
    mount(262, .proc, 104, parent: 261, at: "/proc"),
    mount(261, .overlay, 101, parent: 181, at: "/"),
  ]

  static func mount(
    _ id: UInt32, _ type: FilesystemType, _ device: UInt32, parent: UInt32, root: String = "/",
    at mountpoint: String, key: String? = nil, superblockFlags: UInt32 = 0
  ) -> MntEntry {
    MntEntry.with {
      $0.fstype = type.rawValue
      $0.mntID = id
      $0.rootDev = device
      $0.parentMntID = parent
      $0.flags = 0
      $0.root = Data(root.utf8)
      $0.mountpoint = Data(mountpoint.utf8)
      $0.source = Data("none".utf8)
      $0.options = Data()
      $0.sharedID = 0
      $0.masterID = 0
      $0.sbFlags = superblockFlags
      if let key { $0.extKey = Data(key.utf8) }
    }
  }
}
