import CRIUImages
import Checkpoint

/// Rules about TCP connections, beyond the images that they need.
extension Rule {
  static let connectionRules: [Rule] = [connectionNetwork, connectionPair]

  private static let files: [Need] = [.wholeArchive, .images, .image(.files)]

  // R-22; measured
  private static let connectionNetwork = Rule(
    id: "criu.tcp-network", stage: .queues,
    title: "A TCP connection has a network to come back in",
    why: """
      A new network namespace without images has no address and no route while CRIU connects the \
      socket: “Can't connect inet socket back: Network is unreachable”.
      """,
    remedy: .donor("the netns, netdev and ifaddr images of the same dump"),
    needs: files + [.image(.inventory), .image(.pstree)],
    examples: [
      .fires("new and empty", .connection.removing(ImageName(.netns, 10))),
      .fires("no external namespace", .connection.image(ImageName(.netns, 10), [NetnsEntry()])),
      .silent("external namespace", .connection),
      .silent("passed on", .connection.removing(ImageName(.netns, 10)).outside { $0.netNsID = 10 }),
      .silent(
        "connections are closed",
        .connection.removing(ImageName(.netns, 10)).inventory { $0.tcpClose = true }),
    ]
  ) { subject, findings in
    let images = subject.checkpoint.images
    guard subject.namespaces.isOwn(.net) == true, let root = subject.namespaces.root else { return }
    for (record, socket) in subject.openFiles.all(InetSkEntry.self) {
      let stream = ImageName(.tcpStream, UInt64(socket.ino))
      guard subject.imagesRead.required.contains(stream) else { continue }
      let id = UInt64(socket.nsID == 0 ? root.netNsID : socket.nsID)
      let namespace = images[.netns, id]
      guard namespace?.fault == nil, namespace?.first(NetnsEntry.self)?.hasExtKey != true,
        images[.netdev, id] == nil, images[.ifaddr, id] == nil
      else { continue }
      findings.report(
        subject.location(ImageName(.files), record),
        "the network namespace \(id) of this TCP connection is made anew, and nothing says what is in it",
        have: .text(namespace == nil ? "netns-\(id).img is missing" : "no key, no device"),
        need: "ext_key in netns-\(id).img, or netdev-\(id).img")
      // What holds for one connection of a namespace holds for all of them.
      return
    }
  }

  private static let connectionPair = Rule(
    id: "criu.tcp-pair", consequence: .silentLoss, stage: .queues,
    title: "The two ends of a TCP connection agree on the sequence numbers",
    why: """
      One end expects a byte that the other will never send. The restore does not look, and the \
      connection stalls.
      """,
    remedy: .donor("the tcp-stream images of the same dump"), needs: files,
    examples: [
      .fires("exchanged", .loopback(outgoing: 5000, incoming: 1000)),
      .silent("all received", .loopback(outgoing: 1000, incoming: 1000)),
      .silent("some not yet received", .loopback(outgoing: 1003, incoming: 1000, queued: 3)),
    ]
  ) { subject, findings in
    let sockets = subject.openFiles.all(InetSkEntry.self).map(\.content).filter(\.isConnection)
    let ends = Dictionary(sockets.map { ($0.localEnd, $0) }) { first, _ in first }
    for socket in sockets {
      guard let peer = ends[socket.remoteEnd],
        let sent = subject.stream(of: socket), let received = subject.stream(of: peer)
      else { continue }
      // A FIN counts as one byte, and may be under way in either direction.
      let pending = sent.outqSeq &- received.inqSeq &+ 1
      guard pending > sent.outqLen &+ 3 else { continue }
      findings.report(
        subject.firstRecord(of: ImageName(.tcpStream, UInt64(peer.ino))),
        "socket \(peer.ino) expects byte \(received.inqSeq), but its other end, \(socket.ino), is at \(sent.outqSeq) with \(sent.outqLen) to send",
        have: .unsigned(UInt64(received.inqSeq)),
        need: .text("\(sent.outqSeq &- sent.outqLen) to \(sent.outqSeq)"))
      // The other direction is off for the same reason.
      return
    }
  }
}

extension Subject {
  fileprivate func stream(of socket: InetSkEntry) -> TcpStreamEntry? {
    checkpoint.images[.tcpStream, UInt64(socket.ino)]?.first(TcpStreamEntry.self)
  }
}

extension InetSkEntry {
  /// Namespace, family, both ports and both addresses, seen from this end.
  fileprivate var localEnd: [UInt32] {
    [nsID, family, srcPort, dstPort] + srcAddr + dstAddr
  }

  /// The same, seen from the other end.
  fileprivate var remoteEnd: [UInt32] {
    [nsID, family, dstPort, srcPort] + dstAddr + srcAddr
  }
}
