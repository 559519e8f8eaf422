import Archive
import CRIUImages
import Checkpoint

extension Dump {
  /// An open socket.
  public struct Socket: Sendable, Hashable, Encodable {
    /// The number of the file in `files.img`.
    public var file: UInt32
    /// `unix`, `inet`, `inet6`, `netlink` or `packet`.
    public var family: String
    /// `stream`, `dgram`, `raw` or `seqpacket`.
    public var type: String?
    public var `protocol`: String?
    public var state: String?
    /// An address with its port, a path, an abstract name behind `@`, or an inode.
    public var local: String?
    public var remote: String?

    /// In stored order.
    static func all(_ subject: Subject) -> [Socket] {
      subject.openFiles.files.compactMap { $0.entry.content.flatMap(Socket.init) }
    }

    /// nil for files that are no sockets.
    init?(_ content: any FileContent) {
      switch content {
      case let socket as InetSkEntry: self.init(socket)
      case let socket as UnixSkEntry: self.init(socket)
      case let socket as NetlinkSkEntry:
        self.init(
          file: socket.id, family: "netlink", protocol: "\(socket.protocol)",
          state: Self.state(socket.state), local: "port \(socket.portid)")
      case let socket as PacketSockEntry:
        self.init(
          file: socket.id, family: "packet", type: Self.type(socket.type),
          protocol: hex(UInt64(socket.protocol)), local: "interface \(socket.ifindex)")
      default: return nil
      }
    }

    private init(
      file: UInt32, family: String, type: String? = nil, protocol: String? = nil,
      state: String? = nil, local: String? = nil
    ) {
      self.file = file
      self.family = family
      self.type = type
      self.protocol = `protocol`
      self.state = state
      self.local = local
    }

    private init(_ socket: InetSkEntry) {
      let ipv6: UInt32 = 10
      let isIPv6 = socket.family == ipv6
      self.init(
        file: socket.id, family: isIPv6 ? "inet6" : "inet", type: Self.type(socket.type),
        protocol: Self.protocols[socket.proto] ?? "\(socket.proto)",
        state: Self.state(socket.state), local: InetAddress(socket.srcAddr)?.with(socket.srcPort))
      if socket.dstPort != 0 { remote = InetAddress(socket.dstAddr)?.with(socket.dstPort) }
    }

    private init(_ socket: UnixSkEntry) {
      let name: String =
        if socket.name.isEmpty {
          "socket:[\(socket.ino)]"
        } else if socket.name.first == 0 {
          "@" + Escape.text(Array(socket.name.dropFirst()))
        } else {
          shown(name: socket.name)
        }
      self.init(
        file: socket.id, family: "unix", type: Self.type(socket.type),
        state: Self.state(socket.state), local: name)
      if socket.peer != 0 { remote = "socket:[\(socket.peer)]" }
    }

    /// All of it on one line, for a table of descriptors.
    var summary: String {
      let ends = [local, remote].compactMap { $0 }.joined(separator: " -> ")
      return [`protocol` ?? type, ends, state].compactMap { $0 }.joined(separator: " ")
    }

    private static let protocols: [UInt32: String] = [
      0: "ip", 1: "icmp", 6: "tcp", 17: "udp", 58: "icmpv6", 136: "udplite", 255: "raw",
    ]

    private static func type(_ value: UInt32) -> String {
      switch value {
      case 1: "stream"
      case 2: "dgram"
      case 3: "raw"
      case 5: "seqpacket"
      default: "unknown (\(value))"
      }
    }

    /// The kernel uses the states of TCP for all sockets; `close` of one without connections means
    /// that it is not connected.
    private static func state(_ value: UInt32) -> String {
      let names = [
        "established", "syn-sent", "syn-recv", "fin-wait-1", "fin-wait-2", "time-wait", "close",
        "close-wait", "last-ack", "listen", "closing",
      ]
      return value > 0 && value <= names.count ? names[Int(value) - 1] : "unknown (\(value))"
    }
  }
}

/// An address as CRIU stores it: words whose bytes are in the order of the network.
struct InetAddress: CustomStringConvertible {
  private let bytes: [UInt8]

  /// nil unless there are one or four words.
  init?(_ words: [UInt32]) {
    guard words.count == 1 || words.count == 4 else { return nil }
    bytes = words.flatMap { word in
      [0, 8, 16, 24].map { UInt8(truncatingIfNeeded: word >> UInt32($0)) }
    }
  }

  func with(_ port: UInt32) -> String { bytes.count == 4 ? "\(self):\(port)" : "[\(self)]:\(port)" }

  /// A dotted quad, or the form of RFC 5952.
  var description: String {
    let mapped: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF]
    if bytes.count == 4 { return Self.quad(bytes) }
    if bytes.starts(with: mapped) { return "::ffff:" + Self.quad(bytes.suffix(4)) }
    let groups = stride(from: 0, to: 16, by: 2).map {
      UInt16(bytes[$0]) << 8 | UInt16(bytes[$0 + 1])
    }
    let gap = Self.longestZeros(groups)
    guard gap.count > 1 else { return Self.text(groups[...]) }
    return Self.text(groups[..<gap.lowerBound]) + "::" + Self.text(groups[gap.upperBound...])
  }

  private static func quad(_ bytes: some Sequence<UInt8>) -> String {
    bytes.map(String.init).joined(separator: ".")
  }

  private static func text(_ groups: ArraySlice<UInt16>) -> String {
    groups.map { String($0, radix: 16) }.joined(separator: ":")
  }

  /// The first of the longest runs of zeros.
  private static func longestZeros(_ groups: [UInt16]) -> Range<Int> {
    var best = 0..<0
    var start = 0
    for (index, group) in groups.enumerated() {
      if group != 0 { start = index + 1 }
      if index + 1 - start > best.count { best = start..<(index + 1) }
    }
    return best
  }
}
