#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif
import Archive
import CRIUImages
import Checkpoint
import SwiftProtobuf

/// Checkpoints with control groups, filters, locks and connections.
extension Sketch {
  private func core(_ edit: (inout CoreEntry) -> Void) -> Sketch {
    message(ImageName(.core, 1), CoreEntry.self, edit)
  }

  static func inGroup(_ set: UInt32) -> Sketch { minimal.core { $0.threadCore.cgSet = set } }

  /// Sets of control groups; the second has one controller more.
  static func groups(_ ids: UInt32...) -> CgroupEntry {
    CgroupEntry.with { entry in
      entry.sets = ids.enumerated().map { index, id in
        CgSetEntry.with { set in
          set.id = id
          set.ctls = (0...index).map { number in
            CgMemberEntry.with {
              $0.name = utf8("c\(number)")
              $0.path = utf8("/")
            }
          }
        }
      }
    }
  }

  /// A task with a filter, and as many filters as `previous` has elements.
  static func filtering(
    _ index: UInt32, previous: [UInt32?] = [nil],
    program: [UInt8] = [6, 0, 0, 0, 0, 0, 0xff, 0x7f]
  ) -> Sketch {
    minimal
      .core {
        $0.threadCore.seccompMode = SeccompMode.filter.rawValue
        $0.threadCore.seccompFilter = index
      }
      .image(
        ImageName(.seccomp),
        [
          SeccompEntry.with { entry in
            entry.seccompFilters = previous.map { previous in
              SeccompFilter.with {
                $0.filter = .init(program)
                if let previous { $0.prev = previous }
              }
            }
          }
        ])
  }

  /// A task with restartable sequences.
  static func registering(at address: UInt64) -> Sketch {
    minimal.core { core in
      core.threadCore.rseqEntry = RseqEntry.with {
        $0.rseqAbiPointer = address
        $0.rseqAbiSize = 32
        $0.signature = 1
      }
    }
  }

  /// A task with a security profile.
  static func confined(_ module: UInt32) -> Sketch {
    minimal
      .message(ImageName(.inventory), InventoryEntry.self) { $0.lsmtype = module }
      .core { core in
        core.threadCore.creds = CredsEntry.with {
          $0.uid = 0
          $0.gid = 0
          $0.euid = 0
          $0.egid = 0
          $0.suid = 0
          $0.sgid = 0
          $0.fsuid = 0
          $0.fsgid = 0
          $0.secbits = 0
          $0.lsmProfile = utf8("profile")
        }
      }
  }

  static func tcp(port: UInt32) -> FileEntry {
    FileEntry.with {
      $0.type = FileType.inetSocket.rawValue
      $0.id = 50
      $0.isk = InetSkEntry.with {
        $0.id = 50
        $0.ino = 99
        $0.family = 2
        $0.type = 1
        $0.proto = 6
        $0.state = port == 0 ? 10 : 1
        $0.srcPort = 8080
        $0.dstPort = port
        $0.flags = 2
        $0.backlog = 0
        $0.fown = owner
        $0.opts = SkOptsEntry.with {
          $0.soSndbuf = 0
          $0.soRcvbuf = 0
          $0.soSndTmoSec = 0
          $0.soSndTmoUsec = 0
          $0.soRcvTmoSec = 0
          $0.soRcvTmoUsec = 0
        }
      }
    }
  }

  static let lock = FileLockEntry.with {
    $0.flag = 2
    $0.type = 1
    $0.pid = 1
    $0.fd = 0
    $0.start = 0
    $0.len = 0
  }
}

/// The bytes of a name.
func utf8(_ text: String) -> Data { Data(text.utf8) }
