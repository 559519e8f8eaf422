import Glibc
import Testing

@testable import Host

@Suite struct SocketDiagnosisTests {
  static func bytes(_ number: some FixedWidthInteger) -> [UInt8] {
    withUnsafeBytes(of: number) { Array($0) }
  }

  static func message(_ type: UInt16, _ content: [UInt8]) -> [UInt8] {
    let content = content + [UInt8](repeating: 0, count: (4 - content.count % 4) % 4)
    return bytes(UInt32(16 + content.count)) + bytes(type) + bytes(UInt16(2))
      + bytes(UInt32(1)) + bytes(UInt32(0)) + content
  }

  static func socket(_ port: UInt16, _ attributes: [(type: UInt16, value: UInt8)]) -> [UInt8] {
    let head: [UInt8] = [UInt8(AF_INET6), 10, 0, 0]
    let place = bytes(port.bigEndian) + [0, 0] + [UInt8](repeating: 0, count: 64)
    var rest: [UInt8] = []
    for attribute in attributes {
      rest += bytes(UInt16(5)) + bytes(attribute.type) + [attribute.value, 0, 0, 0]
    }
    return message(20, head + place + rest)
  }

  static let answer =
    socket(80, [(8, 0), (11, 1)]) + socket(81, [(11, 0)]) + socket(82, [(8, 0)]) + message(3, [0])

  @Test func socketsAreRead() throws {
    let answer = try #require(SocketDiagnosis.answer(Self.answer[...]))
    #expect(answer.isLast)
    #expect(answer.sockets.map(\.port) == [80, 81])
    #expect(answer.sockets.map(\.isIPv6Only) == [true, false])
    #expect(answer.sockets.allSatisfy { $0.address.text == "::" })
    #expect(SocketDiagnosis.answer(Self.socket(80, [(11, 1)])[...])?.isLast == false)
    #expect(SocketDiagnosis.answer(Self.message(2, [0, 0, 0, 0])[...]) == nil)
  }

  @Test func anyCutAndAnyByteIsHarmless() {
    for end in Self.answer.indices { _ = SocketDiagnosis.answer(Self.answer[..<end]) }
    for index in Self.answer.indices {
      for value: UInt8 in [0, 1, 0x7F, 0xFF] {
        var bytes = Self.answer
        bytes[index] = value
        _ = SocketDiagnosis.answer(bytes[...])
      }
    }
    #expect(SocketDiagnosis.answer([]) != nil)
    #expect(SocketDiagnosis.answer([0, 0, 0, 0, 0, 0]) == nil)
  }

  @Test func onlyAllOfIPv6IsInQuestion() throws {
    let all = try #require(InternetAddress("::"))
    let sockets: Set<SocketDiagnosis.Socket> = [
      .init(address: all, port: 80, isIPv6Only: true),
      .init(address: all, port: 81, isIPv6Only: true),
      .init(address: all, port: 81, isIPv6Only: false),
    ]
    func answer(_ address: String, _ port: UInt16) -> Bool? {
      HostFacts.Listener(.tcp, address, port).diagnosed(sockets).isIPv6Only
    }
    #expect(answer("::", 80) == true)
    #expect(answer("::", 81) == nil)
    #expect(answer("::", 82) == nil)
    #expect(answer("::1", 80) == nil)
    #expect(answer("0.0.0.0", 80) == nil)
  }

  /// A socket of this process, with the option and without.
  @Test(arguments: [true, false])
  func thisHostTells(_ isIPv6Only: Bool) throws {
    let file = Glibc.socket(AF_INET6, Int32(SOCK_STREAM.rawValue), 0)
    // A kernel without IPv6.
    guard file >= 0 else { return }
    defer { close(file) }
    var option: Int32 = isIPv6Only ? 1 : 0
    let ipv6Only: Int32 = 26
    #expect(setsockopt(file, Int32(IPPROTO_IPV6), ipv6Only, &option, 4) == 0)
    #expect(listen(file, 1) == 0)
    var name = sockaddr_in6()
    var size = socklen_t(MemoryLayout<sockaddr_in6>.size)
    let status = withUnsafeMutablePointer(to: &name) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(file, $0, &size) }
    }
    #expect(status == 0)
    let port = UInt16(bigEndian: name.sin6_port)
    // A kernel without the diagnosis tells nothing.
    guard let sockets = SocketDiagnosis.sockets(.tcp) else { return }
    #expect(
      sockets.contains {
        $0.port == port && $0.isIPv6Only == isIPv6Only && $0.address.isAny
      })
    let listeners = HostProbe.run().network?.listeners ?? []
    #expect(listeners.first { $0.port == port && $0.address == "::" }?.isIPv6Only == isIPv6Only)
  }
}
