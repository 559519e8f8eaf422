import CRIUImages
import Checkpoint
import Host

/// Rules about the host's network, for containers without a network namespace of their own.
extension Rule {
  static let hostNetworkRules: [Rule] = [portInUse, addressMissing]

  private static let portInUse = Rule(
    id: "host.port-in-use", stage: .host,
    title: "No port that the container listens on is in use",
    why: """
      CRIU binds the socket anew: “Can't bind inet socket … Address already in use”. A socket of \
      IPv6 on :: takes the port of IPv4 as well, unless it has IPV6_V6ONLY.
      """,
    remedy: .manual("stop what listens on the port of the host"),
    needs: [.wholeArchive, .images, .image(.files), .host],
    examples: [
      .fires("in use", on: .listening("0.0.0.0"), .listener("127.0.0.1")),
      .fires("of IPv6", on: .listening("::1"), .listener("::1")),
      .fires("all of IPv6 and IPv4", on: .listening("127.0.0.1"), .listener("::")),
      .fires("the host's all", on: .listening("::", isIPv6Only: false), .listener("127.0.0.1")),
      .fires("the host's all, perhaps", on: .listening("::"), .listener("127.0.0.1")),
      .fires("an address of IPv4 in IPv6", on: .listening("127.0.0.1"), .listener("::ffff:7f00:1")),
      .silent("free", on: .minimal, .listener("127.0.0.1")),
      .silent("another port", on: .listening("0.0.0.0", 8081), .listener("127.0.0.1")),
      .silent("another address", on: .listening("192.0.2.1"), .listener("127.0.0.1")),
      .silent("the other version", on: .listening("127.0.0.1"), .listener("::1")),
      .silent("IPv6 only", on: .listening("0.0.0.0"), .listener("::", isIPv6Only: true)),
      .silent(
        "the host's IPv6 only", on: .listening("::", isIPv6Only: true), .listener("0.0.0.0")),
      .silent(
        "a network of its own", on: .listening("0.0.0.0"), .minimal.opening(Sketch.tcp(port: 0))),
    ]
  ) { subject, findings in
    guard let host = subject.host, let network = host.network,
      subject.namespaces.isOwn(.net) == false
    else { return }
    for socket in subject.boundSockets where !socket.isConnection {
      let inTheWay = network.listeners.compactMap { other -> (HostFacts.Listener, Bool)? in
        guard other.transport == socket.transport, let place = other.place else { return nil }
        switch socket.place.conflicts(with: place) {
        case .no: return nil
        case .yes: return (other, true)
        case .perhaps: return (other, false)
        }
      }
      guard let (other, isCertain) = inTheWay.first(where: \.1) ?? inTheWay.first else { continue }
      let transport = socket.transport.rawValue
      let have = "\(shown(other.address)) port \(other.port)"
      findings.report(
        subject.location(ImageName(.files), socket.record),
        "the container has \(transport) port \(socket.place.port) of \(socket.place.address.text), and something on \(shown(host.name)) has \(have)"
          + (isCertain ? "" : ", unless that leaves IPv4 to others"),
        have: .text(have), need: "a free port", evidence: ["field": "src_port"],
        severity: isCertain ? nil : .warning,
        remedy: .manual(
          "see what it is with `ss -\(transport == "tcp" ? "t" : "u")lnp sport = :\(other.port)` on \(shown(host.name)), and stop it"
        ))
    }
  }

  private static let addressMissing = Rule(
    id: "host.address-missing", stage: .host,
    title: "The host has every address that sockets are bound to",
    why: "CRIU binds the socket anew: “Can't bind inet socket … Cannot assign requested address”.",
    remedy: .manual("give an interface of the host this address"),
    needs: [.wholeArchive, .images, .image(.files), .host],
    examples: [
      .fires("missing", on: .having("192.0.2.1"), .listener("192.0.2.9")),
      .fires("of IPv6", on: .having("192.0.2.1", "2001:db8::1"), .listener("2001:db8::2")),
      .fires("no loopback", on: .having("192.0.2.1"), .listener("127.0.0.1")),
      .silent("there", on: .minimal, .listener("192.0.2.1")),
      .silent("of IPv6, there", on: .having("2001:db8::1"), .listener("2001:db8:0::1")),
      .silent("of IPv4 in IPv6", on: .having("192.0.2.1"), .listener("::ffff:192.0.2.1")),
      .silent("all", on: .having("192.0.2.1"), .listener("::")),
      .silent("any of the loopback interface", on: .having("127.0.0.1"), .listener("127.0.0.53")),
      .silent("a group", on: .having("192.0.2.1"), .listener("ff02::fb")),
      .silent(
        "whatever the host has", on: .having("192.0.2.1"),
        .listener("192.0.2.9") { $0.ipOpts.freebind = true }),
    ]
  ) { subject, findings in
    guard let host = subject.host, let network = host.network,
      subject.namespaces.isOwn(.net) == false
    else { return }
    let addresses = Set(network.addresses.compactMap { InternetAddress($0) })
    for socket in subject.boundSockets where !socket.isFree {
      let address = socket.place.address
      if address.isAny || address.isMulticast || address.isBroadcast { continue }
      if addresses.contains(address) { continue }
      if address.isLoopback4, addresses.contains(where: \.isLoopback4) { continue }
      let length = address.isVersion4 ? 32 : 128
      findings.report(
        subject.location(ImageName(.files), socket.record),
        "a socket is bound to \(address.text), which \(shown(host.name)) does not have",
        have: .list(network.addresses.prefix(16).map(shown)), need: .text(address.text),
        evidence: ["field": "src_addr"],
        remedy: .manual(
          "give an interface of \(shown(host.name)) the address: `ip address add \(address.text)/\(length) dev DEVICE`"
        ))
    }
  }
}

extension Subject {
  /// A socket that has an address of its own.
  fileprivate struct BoundSocket {
    var record: ImageRecord
    var transport: HostFacts.Listener.Transport
    var place: SocketPlace
    var isConnection: Bool
    /// It may be bound to an address that nobody has (IP_FREEBIND, ip(7)).
    var isFree: Bool
  }

  fileprivate var boundSockets: [BoundSocket] {
    let (version4, version6, tcp, udp): (UInt32, UInt32, UInt32, UInt32) = (2, 10, 6, 17)
    return openFiles.all(InetSkEntry.self).compactMap { record, socket in
      let words = socket.family == version4 ? 1 : socket.family == version6 ? 4 : 0
      // In network order, as the kernel has it in memory.
      let bytes = socket.srcAddr.prefix(words).flatMap { word in
        withUnsafeBytes(of: word.littleEndian) { Array($0) }
      }
      guard words > 0, socket.proto == tcp || socket.proto == udp, socket.srcPort != 0,
        let port = UInt16(exactly: socket.srcPort), let address = InternetAddress(bytes)
      else { return nil }
      return BoundSocket(
        record: record, transport: socket.proto == tcp ? .tcp : .udp,
        place: SocketPlace(address, port, isIPv6Only: socket.v6Only),
        isConnection: socket.isConnection, isFree: socket.ipOpts.freebind)
    }
  }
}

extension HostFacts {
  fileprivate static func listening(
    _ address: String, _ port: UInt16 = 8080, isIPv6Only: Bool? = nil
  ) -> HostFacts {
    minimal.with {
      $0.network?.listeners = [Listener(.tcp, address, port, isIPv6Only: isIPv6Only)]
    }
  }

  fileprivate static func having(_ addresses: String...) -> HostFacts {
    minimal.with { $0.network?.addresses = addresses }
  }
}

extension Sketch {
  /// A container that listens on port 8080 of the host's own network.
  fileprivate static func listener(
    _ address: String, isIPv6Only: Bool = false, _ edit: (inout InetSkEntry) -> Void = { _ in }
  ) -> Sketch {
    let bytes = plainBytes(address)
    var file = tcp(port: 0)
    file.isk.family = bytes.count == 4 ? 2 : 10
    file.isk.v6Only = isIPv6Only
    file.isk.srcAddr = stride(from: 0, to: bytes.count, by: 4).map { start in
      bytes[start..<start + 4].reversed().reduce(0) { $0 << 8 | UInt32($1) }
    }
    edit(&file.isk)
    return minimal.opening(file).message(ImageName(.ids, 1), TaskKobjIdsEntry.self) {
      $0.netNsID = 2
    }
  }

  /// As the socket has it: 16 bytes also of an IPv4 address that is written as one of IPv6.
  private static func plainBytes(_ text: String) -> [UInt8] {
    let bytes = InternetAddress(text)?.bytes ?? []
    let isMapped = bytes.count == 4 && text.contains(":")
    return isMapped ? [UInt8](repeating: 0, count: 10) + [0xFF, 0xFF] + bytes : bytes
  }
}
