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

  /// Root's descriptor 7 is a TCP connection with inode 0xabc, in a network namespace from outside.
  static let connection =
    minimal
    .opening(tcpSocket(7, inode: 0xabc, from: 80, to: 5000), as: 7)
    .image(ImageName(.tcpStream, 0xabc), [tcpStream(sent: 1, received: 1)])
    .image(ImageName(.netns, 10), [externalNetNamespace])

  /// Both ends of a connection. The first has sent up to `outgoing`, of which `queued` bytes are not
  /// acknowledged; the second has received up to `incoming`.
  static func loopback(outgoing: UInt32, incoming: UInt32, queued: Int = 0) -> Sketch {
    connection
      .records(
        ImageName(.tcpStream, 0xabc),
        [
          ImageEncoder.Record(
            tcpStream(sent: outgoing, received: 1, queued: UInt32(queued)),
            payload: [UInt8](repeating: 0, count: queued))
        ]
      )
      .opening(tcpSocket(8, inode: 0xabd, from: 5000, to: 80), as: 8)
      .image(ImageName(.tcpStream, 0xabd), [tcpStream(sent: 1, received: incoming)])
  }

  private static func tcpSocket(
    _ id: UInt32, inode: UInt32, from port: UInt32, to remote: UInt32
  ) -> FileEntry {
    file(.inetSocket, id) { file in
      file.isk = InetSkEntry.with {
        $0.id = id
        $0.ino = inode
        $0.family = 2
        $0.type = 1
        $0.proto = 6
        $0.state = 1
        $0.srcPort = port
        $0.dstPort = remote
        $0.flags = 2
        $0.backlog = 0
        $0.srcAddr = [0x100_007f]
        $0.dstAddr = [0x100_007f]
        $0.fown = owner
        $0.opts = options
      }
    }
  }

  private static func tcpStream(sent: UInt32, received: UInt32, queued: UInt32 = 0)
    -> TcpStreamEntry
  {
    TcpStreamEntry.with {
      $0.inqLen = 0
      $0.inqSeq = received
      $0.outqLen = queued
      $0.outqSeq = sent
      $0.optMask = 0
      $0.sndWscale = 0
      $0.mssClamp = 1460
      $0.unsqLen = 0
    }
  }

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
