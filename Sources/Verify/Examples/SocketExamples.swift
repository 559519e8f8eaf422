#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif
import CRIUImages
import Checkpoint
import SwiftProtobuf

/// Sockets and queues for examples.
extension Sketch {
  private static let options = SkOptsEntry.with {
    $0.soSndbuf = 4096
    $0.soRcvbuf = 4096
    $0.soSndTmoSec = 0
    $0.soSndTmoUsec = 0
    $0.soRcvTmoSec = 0
    $0.soRcvTmoUsec = 0
  }

  /// Root's descriptors 7 and 8 are a pair of UNIX sockets, files 7 and 8 with inodes 507 and 508.
  static let sockets =
    minimal
    .opening(unixSocket(7, peer: 508), as: 7)
    .opening(unixSocket(8, peer: 507), as: 8)

  private static func unixSocket(_ id: UInt32, peer: UInt32) -> FileEntry {
    file(.unixSocket, id) { file in
      file.usk = UnixSkEntry.with {
        $0.id = id
        $0.ino = 500 + id
        $0.type = 1
        $0.state = 1
        $0.flags = 2
        $0.uflags = 0
        $0.backlog = 0
        $0.peer = peer
        $0.fown = owner
        $0.opts = options
        $0.name = Data()
      }
    }
  }

  /// Root's descriptor 7 is a TCP connection with inode 0xabc.
  static let connection =
    minimal
    .opening(
      file(.inetSocket, 7) { file in
        file.isk = InetSkEntry.with {
          $0.id = 7
          $0.ino = 0xabc
          $0.family = 2
          $0.type = 1
          $0.proto = 6
          $0.state = 1
          $0.srcPort = 80
          $0.dstPort = 5000
          $0.flags = 2
          $0.backlog = 0
          $0.srcAddr = [0x100_007f]
          $0.dstAddr = [0x100_007f]
          $0.fown = owner
          $0.opts = options
        }
      }, as: 7
    )
    .image(
      ImageName(.tcpStream, 0xabc),
      [
        TcpStreamEntry.with {
          $0.inqLen = 0
          $0.inqSeq = 1
          $0.outqLen = 0
          $0.outqSeq = 1
          $0.optMask = 0
          $0.sndWscale = 0
          $0.mssClamp = 1460
          $0.unsqLen = 0
        }
      ])

  func socketNamespace(_ id: UInt32) -> Sketch {
    messages(ImageName(.files), FileEntry.self) { files in
      for index in files.indices where files[index].hasIsk { files[index].isk.nsID = id }
    }
  }

  // MARK: Queues

  static func pipeData(_ pipe: UInt32) -> ImageEncoder.Record {
    ImageEncoder.Record(
      PipeDataEntry.with {
        $0.pipeID = pipe
        $0.bytes = 3
        $0.size = 65536
      }, payload: [1, 2, 3])
  }

  func queueing(pipe: UInt32) -> Sketch {
    records(ImageName(.pipesData), [Self.pipeData(pipe)])
  }

  /// A packet with as many messages of descriptors as there are lists.
  func queueing(socket: UInt32, rights: [UInt32]...) -> Sketch {
    records(
      ImageName(.socketQueues),
      [
        ImageEncoder.Record(
          SkPacketEntry.with {
            $0.idFor = socket
            $0.length = 2
            $0.scm = rights.map { list in
              ScmEntry.with {
                $0.type = 1
                $0.rights = list
              }
            }
          }, payload: [1, 2])
      ])
  }

  func stream(_ edit: (inout TcpStreamEntry) -> Void) -> Sketch {
    message(ImageName(.tcpStream, 0xabc), TcpStreamEntry.self, edit)
  }

  func queueing(terminal: UInt32) -> Sketch {
    image(
      ImageName(.ttyData),
      [
        TtyDataEntry.with {
          $0.ttyID = terminal
          $0.data = Data([1])
        }
      ])
  }
}
