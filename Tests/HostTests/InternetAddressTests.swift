import Host
import Testing

@Suite struct InternetAddressTests {
  @Test(arguments: [
    ("192.0.2.1", "192.0.2.1"), ("::", "::"), ("0.0.0.0", "0.0.0.0"),
    ("2001:DB8:0::1", "2001:db8::1"),
    ("::ffff:192.0.2.1", "192.0.2.1"), ("::ffff:0:0", "0.0.0.0"), ("fe80::1%eth0", "fe80::1"),
    ("::ffff:0:192.0.2.1", "::ffff:0:c000:201"),
  ])
  func text(_ text: String, _ plain: String) {
    #expect(InternetAddress(text)?.text == plain)
  }

  @Test(arguments: [
    "", "localhost", "1.2.3", "1.2.3.4.5", ":::", "1.2.3.4\0", "%eth0", "256.1.1.1", "::1::",
    "[::1]", "1.2.3.4:80",
  ])
  func otherTexts(_ text: String) {
    #expect(InternetAddress(text) == nil)
  }

  @Test func otherLengths() {
    for count in 0..<40 where count != 4 && count != 16 {
      #expect(InternetAddress([UInt8](repeating: 1, count: count)) == nil)
    }
  }

  static func place(_ text: String, _ isIPv6Only: Bool? = false) throws -> SocketPlace {
    SocketPlace(try #require(InternetAddress(text)), 80, isIPv6Only: isIPv6Only)
  }

  @Test(arguments: [
    ("192.0.2.1", "192.0.2.1", true), ("192.0.2.1", "192.0.2.2", false),
    ("192.0.2.1", "0.0.0.0", true), ("0.0.0.0", "0.0.0.0", true), ("::1", "::1", true),
    ("::1", "::2", false), ("::1", "::", true), ("::", "::", true), ("::", "0.0.0.0", true),
    ("::", "192.0.2.1", true), ("::1", "127.0.0.1", false), ("::1", "0.0.0.0", false),
    ("::ffff:192.0.2.1", "192.0.2.1", true), ("::ffff:192.0.2.1", "::", true),
    ("::ffff:192.0.2.1", "192.0.2.2", false), ("::ffff:0.0.0.0", "192.0.2.1", true),
  ])
  func conflicts(_ left: String, _ right: String, _ isOne: Bool) throws {
    let (left, right) = (try Self.place(left), try Self.place(right))
    #expect(left.conflicts(with: right) == (isOne ? .yes : .no))
    #expect(right.conflicts(with: left) == (isOne ? .yes : .no))
    var other = right
    other.port = 81
    #expect(left.conflicts(with: other) == .no)
  }

  @Test func versionSixOnly() throws {
    let version4 = try Self.place("192.0.2.1")
    #expect(try Self.place("::", true).conflicts(with: version4) == .no)
    #expect(try Self.place("::", nil).conflicts(with: version4) == .perhaps)
    #expect(version4.conflicts(with: try Self.place("::", nil)) == .perhaps)
    #expect(try Self.place("::", nil).conflicts(with: Self.place("::1", true)) == .yes)
    #expect(try Self.place("::", true).conflicts(with: Self.place("::", true)) == .yes)
  }
}

@Suite struct NumberListTests {
  @Test(arguments: [
    ("", ""), ("\n", ""), ("0\n", "0"), ("0-3", "0-3"), ("0,1,2", "0-2"), ("7,0-3,5", "0-3,5,7"),
    ("0-5,2-3", "0-5"), ("65535", "65535"),
  ])
  func lists(_ text: String, _ plain: String) {
    #expect(NumberList(text)?.text == plain)
  }

  @Test(arguments: [
    ",", "0,", "3-0", "a", "0-", "-1", "0--1", "1-2-3", "65536", "0-18446744073709551615",
    "99999999999999999999", "0-31:1/2", String(repeating: "0,", count: 100_000),
  ])
  func otherLists(_ text: String) {
    #expect(NumberList(text) == nil)
  }

  @Test(arguments: [
    ("0-7", "0-3", "4-7"), ("0-3", "0-7", ""), ("0-9", "2-3,5", "0-1,4,6-9"), ("4", "0-3,5-8", "4"),
    ("0-3", "", "0-3"), ("", "0", ""), ("0-65535", "65535", "0-65534"), ("0,2,4", "1-3", "0,4"),
  ])
  func differences(_ left: String, _ right: String, _ rest: String) throws {
    let (left, right) = (try #require(NumberList(left)), try #require(NumberList(right)))
    #expect(left.subtracting(right).text == rest)
  }
}
