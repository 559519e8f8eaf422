import Testing

@testable import Host

/// The samples are those of little-endian machines.
@Suite(.enabled(if: 1.littleEndian == 1)) struct SocketTableTests {
  static let heading = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when\n"
  static let tcp =
    heading + """
         0: 00000000:07E8 00000000:0000 0A 00000000:00000000 00:00000000 00000000 0 0 1146 1
         1: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000 0 0 1147 1
         2: 0100007F:1F90 0100007F:D431 01 00000000:00000000 00:00000000 00000000 0 0 1148 1
      100: 020200C0:0016 016433C6:C350 06 00000000:00000000 03:00000AD2 00000000 0 0 0 3

      """
  static let tcp6 =
    heading + """
         0: 00000000000000000000000000000000:0016 00000000000000000000000000000000:0000 0A 0 0
         1: B80D0120000000000000000001000000:01BB 00000000000000000000000000000000:0000 0A 0 0
         2: 0000000000000000FFFF00000100007F:1F90 00000000000000000000000000000000:0000 0A 0 0

      """
  static let udp =
    heading + """
      1058: 3500007F:0035 00000000:0000 07 00000000:00000000 00:00000000 00000000 101 0 1 2
      1060: 020200C0:0044 010200C0:0043 01 00000000:00000000 00:00000000 00000000 0 0 2 2
      1061: 00000000:0000 00000000:0000 07 00000000:00000000 00:00000000 00000000 0 0 3 2

      """

  @Test func listeners() {
    #expect(
      SocketTable.listeners(Self.tcp, .tcp)
        == [.init(.tcp, "0.0.0.0", 2024), .init(.tcp, "127.0.0.1", 8080)])
    #expect(
      SocketTable.listeners(Self.tcp6, .tcp)
        == [
          .init(.tcp, "::", 22), .init(.tcp, "2001:db8::1", 443),
          .init(.tcp, "::ffff:127.0.0.1", 8080),
        ])
    #expect(
      SocketTable.listeners(Self.udp, .udp)
        == [.init(.udp, "127.0.0.53", 53), .init(.udp, "192.0.2.2", 68)])
    #expect(SocketTable.listeners(Self.heading, .tcp) == [])
  }

  @Test(arguments: [
    "", "\n", "0: 00000000:0016 00000000:0000 0A\n",
    heading + "0: 00000000:0016 00000000:0000\n", heading + "0: 00000000:0016 00000000:0000 0A",
    heading + "0: 00000000:10016 00000000:0000 0A\n", heading + "0: 0000:0016 00000000:0000 0A\n",
    heading + "0: 00000000 00000000:0000 0A\n", heading + "0: 0000000G:0016 00000000:0000 0A\n",
    heading + "0: +0000000:0016 00000000:0000 0A\n", heading + "0: 00000000:-016 0:0 0A\n",
    heading + "0: 00000000:0016:01 00000000:0000 0A\n", heading + "\n\n",
    heading + "0: \(String(repeating: "F", count: 64)):0016 00000000:0000 0A\n",
    heading + "0: 00000000:0016 00000000:0000 100\n",
  ])
  func otherTables(_ text: String) {
    #expect(SocketTable.listeners(text, .tcp) == nil)
  }

  @Test(arguments: [tcp, tcp6, udp])
  func aCutIsSeen(_ text: String) {
    for end in text.indices where end > text.startIndex && text[text.index(before: end)] != "\n" {
      #expect(SocketTable.listeners(String(text[..<end]), .tcp) == nil)
    }
  }
}
