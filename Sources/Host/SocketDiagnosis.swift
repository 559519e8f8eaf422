import Glibc

/// Which sockets bound to `::` leave IPv4 to others. `/proc/net/tcp6` does not say; the kernel's
/// socket diagnosis does, and asks for no privilege (sock_diag(7)).
enum SocketDiagnosis {
  struct Socket: Hashable {
    var address: InternetAddress
    var port: UInt16
    var isIPv6Only: Bool
  }

  // linux/netlink.h, linux/sock_diag.h, linux/inet_diag.h, net/tcp_states.h.
  private static let (done, failed, byFamily): (UInt16, UInt16, UInt16) = (3, 2, 20)
  private static let (netlink, diagnosis): (Int32, Int32) = (16, 4)
  private static let requestAndDump: UInt16 = 0x301
  private static let ipv6Only: UInt16 = 11
  private static let (headSize, requestSize, messageSize) = (16, 56, 72)

  /// The sockets of IPv6; nil if the kernel would not tell.
  static func sockets(_ transport: HostFacts.Listener.Transport) -> Set<Socket>? {
    let channel = Glibc.socket(
      netlink, Int32(SOCK_RAW.rawValue) | Int32(SOCK_CLOEXEC.rawValue), diagnosis)
    guard channel >= 0 else { return nil }
    defer { close(channel) }
    var patience = timeval(tv_sec: 0, tv_usec: 250_000)
    setsockopt(channel, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
    let request = request(transport)
    guard send(channel, request, request.count, 0) == request.count else { return nil }
    var result: Set<Socket> = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = recv(channel, &buffer, buffer.count, 0)
      if count < 0 && errno == EINTR { continue }
      guard count > 0, let answer = answer(buffer[..<count]) else { return nil }
      result.formUnion(answer.sockets)
      if answer.isLast { return result }
    }
  }

  private static func request(_ transport: HostFacts.Listener.Transport) -> [UInt8] {
    // Those that listen; of UDP those without a peer, which are closed to TCP's eye.
    let (proto, state): (UInt8, Int) = transport == .tcp ? (6, 10) : (17, 7)
    return native(UInt32(headSize + requestSize)) + native(byFamily) + native(requestAndDump)
      + native(UInt32(1)) + native(UInt32(0))
      + [UInt8(AF_INET6), proto, 0, 0] + native(UInt32(1) << UInt32(state))
      + [UInt8](repeating: 0, count: requestSize - 8)
  }

  /// What one datagram says; nil if it is none of these, or tells of an error.
  static func answer(_ bytes: ArraySlice<UInt8>) -> (sockets: [Socket], isLast: Bool)? {
    var sockets: [Socket] = []
    var rest = bytes
    while !rest.isEmpty {
      guard let size = number(rest, 0, UInt32.self), let type = number(rest, 4, UInt16.self),
        size >= headSize, size <= rest.count
      else { return nil }
      let message = rest.dropFirst(headSize).prefix(Int(size) - headSize)
      switch type {
      case done: return (sockets, true)
      case failed: return nil
      case byFamily:
        if let socket = socket(message) { sockets.append(socket) }
      default: break
      }
      rest = rest.dropFirst(aligned(Int(size)))
    }
    return (sockets, false)
  }

  /// Of a message about a socket, its own end and the attribute; nil without that.
  private static func socket(_ message: ArraySlice<UInt8>) -> Socket? {
    guard message.count >= messageSize, message.first == UInt8(AF_INET6) else { return nil }
    let port = message.dropFirst(4).prefix(2).reduce(UInt16(0)) { $0 << 8 | UInt16($1) }
    guard let address = InternetAddress(Array(message.dropFirst(8).prefix(16))) else { return nil }
    var rest = message.dropFirst(messageSize)
    while let size = number(rest, 0, UInt16.self), let type = number(rest, 2, UInt16.self),
      size >= 4, size <= rest.count
    {
      if type == ipv6Only, let value = rest.dropFirst(4).prefix(Int(size) - 4).first {
        return Socket(address: address, port: port, isIPv6Only: value != 0)
      }
      rest = rest.dropFirst(aligned(Int(size)))
    }
    return nil
  }

  private static func aligned(_ size: Int) -> Int { (size + 3) / 4 * 4 }

  private static func native(_ number: some FixedWidthInteger) -> [UInt8] {
    withUnsafeBytes(of: number) { Array($0) }
  }

  private static func number<Number: FixedWidthInteger>(
    _ bytes: ArraySlice<UInt8>, _ offset: Int, _: Number.Type
  ) -> Number? {
    let part = Array(bytes.dropFirst(offset).prefix(MemoryLayout<Number>.size))
    guard part.count == MemoryLayout<Number>.size else { return nil }
    return part.withUnsafeBytes { $0.loadUnaligned(as: Number.self) }
  }
}

extension HostFacts.Listener {
  /// With what the diagnosis tells of `::`. Where several sockets share the port and differ, nothing.
  func diagnosed(_ sockets: Set<SocketDiagnosis.Socket>) -> HostFacts.Listener {
    guard let own = InternetAddress(address), !own.isVersion4, own.isAny else { return self }
    let answers = Set(
      sockets.filter { $0.address == own && $0.port == port }.map(\.isIPv6Only))
    var listener = self
    listener.isIPv6Only = answers.count == 1 ? answers.first : nil
    return listener
  }
}
