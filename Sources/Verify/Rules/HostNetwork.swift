import CRIUImages
import Checkpoint
import Host

/// Rules about the host's network, for containers without a network namespace of their own.
extension Rule {
  static let hostNetworkRules: [Rule] = [portInUse, addressMissing]

  private static let portInUse = Rule(
    id: "host.port-in-use", stage: .host,
    title: "No port that the container listens on is in use",
    why: "CRIU binds the socket anew: “Can't bind inet socket … Address already in use”.",
    remedy: .manual("stop what listens on the port of the host"),
    needs: [.wholeArchive, .images, .image(.files), .host],
    examples: [
      .fires("in use", on: HostFacts.listening, .onHostNetwork),
      .silent("free", on: HostFacts.minimal, .onHostNetwork),
      .silent("a network of its own", on: .listening, .minimal.opening(Sketch.tcp(port: 0))),
    ]
  ) { subject, findings in
    guard let host = subject.host, let network = host.network,
      subject.namespaces.isOwn(.net) == false
    else { return }
    for socket in subject.listeners {
      guard
        let other = network.listeners.first(where: {
          $0.port == socket.port && $0.transport.rawValue == socket.transport
            && ($0.address == socket.address || $0.isEverywhere || socket.isEverywhere)
        })
      else { continue }
      findings.report(
        subject.location(ImageName(.files), socket.record),
        "the container listens on \(socket.transport) \(socket.address) port \(socket.port), and so does something on \(shown(host.name))",
        have: .text("\(shown(other.address)) port \(other.port)"), need: "a free port",
        evidence: ["field": "src_port"])
    }
  }

  private static let addressMissing = Rule(
    id: "host.address-missing", stage: .host,
    title: "The host has every address that sockets are bound to",
    why: "CRIU binds the socket anew: “Can't bind inet socket … Cannot assign requested address”.",
    remedy: .manual("give an interface of the host this address"),
    needs: [.wholeArchive, .images, .image(.files), .host],
    examples: [
      .fires(
        "missing", on: .minimal.with { $0.network?.addresses = ["192.0.2.1"] }, .onHostNetwork),
      .silent("there", on: HostFacts.minimal, .onHostNetwork),
    ]
  ) { subject, findings in
    guard let host = subject.host, let network = host.network,
      subject.namespaces.isOwn(.net) == false
    else { return }
    for socket in subject.boundSockets
    where !socket.isEverywhere && !network.addresses.contains(socket.address) {
      findings.report(
        subject.location(ImageName(.files), socket.record),
        "a socket is bound to \(socket.address), which \(shown(host.name)) does not have",
        have: .list(network.addresses.prefix(16).map(shown)), need: .text(socket.address),
        evidence: ["field": "src_addr"])
    }
  }
}

extension HostFacts.Listener {
  fileprivate var isEverywhere: Bool { address == "0.0.0.0" || address == "::" }
}

extension Subject {
  /// An IPv4 socket that has an address of its own.
  fileprivate struct BoundSocket {
    var record: ImageRecord
    var transport: String
    var address: String
    var port: UInt16
    var isConnection: Bool

    var isEverywhere: Bool { address == "0.0.0.0" }
  }

  fileprivate var boundSockets: [BoundSocket] {
    let (internet, tcp, udp): (UInt32, UInt32, UInt32) = (2, 6, 17)
    return openFiles.all(InetSkEntry.self).compactMap { record, socket in
      guard socket.family == internet, socket.proto == tcp || socket.proto == udp,
        socket.srcPort != 0, let word = socket.srcAddr.first,
        let port = UInt16(exactly: socket.srcPort)
      else { return nil }
      // In network order, as the kernel has it in memory.
      let bytes = withUnsafeBytes(of: word.littleEndian) { Array($0) }
      return BoundSocket(
        record: record, transport: socket.proto == tcp ? "tcp" : "udp",
        address: bytes.map { "\($0)" }.joined(separator: "."), port: port,
        isConnection: socket.isConnection)
    }
  }

  fileprivate var listeners: [BoundSocket] { boundSockets.filter { !$0.isConnection } }
}

extension HostFacts {
  fileprivate static let listening = minimal.with {
    $0.network?.listeners = [Listener(.tcp, "0.0.0.0", 8080)]
  }
}

extension Sketch {
  private static var listener: FileEntry {
    var file = tcp(port: 0)
    file.isk.srcAddr = [0x100_007f]
    return file
  }

  /// A container that listens on 127.0.0.1, port 8080, of the host's own network.
  fileprivate static let onHostNetwork = minimal.opening(listener)
    .message(ImageName(.ids, 1), TaskKobjIdsEntry.self) { $0.netNsID = 2 }
}
