#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif
import Archive
import CRIUImages
import Checkpoint
import SwiftProtobuf

/// Checkpoints with other mounts and open files.
extension Sketch {
  func mounts(_ edit: (inout [MntEntry]) -> Void) -> Sketch {
    messages(ImageName(.mounts, 13), MntEntry.self, edit)
  }

  /// Changes one mount of the minimal tree.
  func mount(_ id: UInt32, _ edit: (inout MntEntry) -> Void) -> Sketch {
    mounts { mounts in
      for index in mounts.indices where mounts[index].mntID == id { edit(&mounts[index]) }
    }
  }

  func dropping(mount id: UInt32) -> Sketch { mounts { $0.removeAll { $0.mntID == id } } }

  /// A folder of the minimal /dev and a mount on it, or elsewhere on /dev.
  static func onTmpfs(_ path: String) -> Sketch {
    minimal
      .replacing(
        "checkpoint/tmpfs-dev-105.tar.gz.img",
        tar(
          [
            file("./", kind: .directory), file("./pts/", kind: .directory),
            file("./link", kind: .symlink(target: Array("pts".utf8))),
            file("./null"),
          ], .gzip)
      )
      .mounts { $0.insert(mount(280, .devpts, 120, parent: 263, at: path), at: 0) }
  }

  static func opening(on mount: Int32, _ path: String) -> Sketch {
    onTmpfs("/dev/pts").opening(regular(50, path, mount: mount, mode: 0o100644))
  }

  static func ghostOf(_ id: UInt32) -> RemapFilePathEntry {
    RemapFilePathEntry.with {
      $0.origID = id
      $0.remapID = 1
      $0.remapType = RemapType.ghost.rawValue
    }
  }

  /// The minimal checkpoint with one cgroup v1 controller, which its specification does not have.
  static let controllers = minimal.mounts {
    $0.insert(
      mount(
        280, .cgroup, 37, parent: 262, root: "/x", at: "/proc/sys/cpu", key: "/sys/fs/cgroup/cpu"),
      at: 0)
  }

  func binding(_ destination: String) -> Sketch {
    setting(
      "spec.dump", "/mounts/3",
      to: """
        {"destination":"\(destination)","type":"bind",\
        "source":"/run/overlay-containers/a/userdata/hosts"}
        """)
  }

  /// The minimal checkpoint as crun makes it.
  static let crunMasks =
    minimal
    .setting("config.dump", "/runtime", to: #""crun""#)
    .mount(211) { $0.extKey = utf8("/proc/keys") }
    .mount(210) {
      $0.extKey = utf8("/run/crun/.empty-directory")
      $0.root = utf8("/run/crun/.empty-directory")
    }

  func deleting(_ path: String) -> Sketch {
    adding("deleted.files", text: "[\"\(path)\"]")
  }

  static let writing = minimal.opening(
    with(regular(50, "/tmp/log", mount: 261, mode: 0o100644, size: 9)) { $0.reg.flags = 0o100001 })

  private static func with(_ file: FileEntry, _ edit: (inout FileEntry) -> Void) -> FileEntry {
    var file = file
    edit(&file)
    return file
  }

  static let sharedMemory =
    minimal
    .mounts {
      $0.insert(mount(280, .tmpfs, 120, parent: 263, at: "/dev/shm", key: "/dev/shm"), at: 0)
    }
    .replacing(
      "checkpoint/tmpfs-dev-105.tar.gz.img",
      tar(
        [
          file("./", kind: .directory), file("./shm/", kind: .directory),
          file("./null"),
        ], .gzip))
}
