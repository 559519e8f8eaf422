#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif
import CRIUImages
import Checkpoint
import SwiftProtobuf

/// Namespaces for examples. The minimal checkpoint has its own of the kinds pid (9), net (10),
/// ipc (11), uts (12) and mnt (13).
extension Sketch {
  func openingNamespace(_ id: UInt32) -> Sketch {
    opening(
      Self.file(.namespace, 7) { file in
        file.nsf = NsFileEntry.with {
          $0.id = 7
          $0.nsID = id
          $0.nsCflag = 0x2_0000
          $0.flags = 0
        }
      }, as: 7)
  }

  /// Gives the root task's network namespace a neighbour.
  func neighbouring(_ id: UInt32) -> Sketch {
    image(
      ImageName(.netns, 10),
      [
        NetnsEntry.with {
          $0.nsids = [
            NetnsId.with {
              $0.targetNsID = id
              $0.netnsidValue = 0
            }
          ]
        }
      ])
  }

  static let externalNetNamespace = NetnsEntry.with { $0.extKey = Data("extRootNetNS".utf8) }

  static let externalPIDNamespace = PidnsEntry.with { $0.extKey = Data("extRootPidNS".utf8) }

  /// Changes the numbers that CRIU itself had.
  func outside(_ edit: (inout TaskKobjIdsEntry) -> Void) -> Sketch {
    message(ImageName(.inventory), InventoryEntry.self) { edit(&$0.rootIds) }
  }

  func ids(_ pid: UInt64, _ edit: (inout TaskKobjIdsEntry) -> Void) -> Sketch {
    message(ImageName(.ids, pid), TaskKobjIdsEntry.self, edit)
  }

  func inventory(_ edit: (inout InventoryEntry) -> Void) -> Sketch {
    message(ImageName(.inventory), InventoryEntry.self, edit)
  }
}
