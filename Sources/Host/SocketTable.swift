import Glibc

/// Reads `/proc/net/tcp` and its like (kernel: networking/proc_net_tcp.rst): after a heading, one
/// socket a line, `N: LOCAL:PORT REMOTE:PORT STATE …`, with addresses as 32-bit words in
/// hexadecimal, each as the processor reads it from memory.
enum SocketTable {
  /// TCP_LISTEN (kernel: include/net/tcp_states.h).
  private static let listening: UInt8 = 0x0A

  /// Those that listen, and of UDP all that have a port; nil if a line has another form.
  static func listeners(
    _ text: String, _ transport: HostFacts.Listener.Transport
  ) -> [HostFacts.Listener]? {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    // What is cut off has no newline at its end.
    guard lines.count >= 2, lines.last == "", isHeading(lines[0]) else { return nil }
    var result: [HostFacts.Listener] = []
    for line in lines.dropFirst().dropLast() {
      let fields = line.split(separator: " ", maxSplits: 4)
      guard fields.count >= 4, fields[0].last == ":", let state = hexadecimal(fields[3], UInt8.self)
      else { return nil }
      let local = fields[1].split(separator: ":", omittingEmptySubsequences: false)
      guard local.count == 2, let address = address(local[0]),
        let port = hexadecimal(local[1], UInt16.self)
      else { return nil }
      if transport == .tcp ? state == listening : port != 0 {
        result.append(HostFacts.Listener(transport, address, port))
      }
    }
    return result
  }

  private static func isHeading(_ line: Substring) -> Bool {
    line.split(separator: " ").prefix(2) == ["sl", "local_address"]
  }

  private static func address(_ digits: Substring) -> String? {
    guard digits.utf8.count == 8 || digits.utf8.count == 32 else { return nil }
    var bytes: [UInt8] = []
    var rest = digits.utf8
    while !rest.isEmpty {
      guard let word = hexadecimal(Substring(rest.prefix(8)), UInt32.self) else { return nil }
      withUnsafeBytes(of: word) { bytes += $0 }
      rest = rest.dropFirst(8)
    }
    return AddressText.text(bytes)
  }

  /// All of `Number`'s digits, no sign.
  private static func hexadecimal<Number: FixedWidthInteger>(
    _ digits: Substring, _: Number.Type
  ) -> Number? {
    guard digits.utf8.count == Number.bitWidth / 4, digits.utf8.first != 0x2B else { return nil }
    return Number(digits, radix: 16)
  }
}

/// Internet addresses as text.
enum AddressText {
  /// Of 4 or 16 bytes, in network order.
  static func text(_ bytes: [UInt8]) -> String? {
    guard bytes.count == 4 || bytes.count == 16 else { return nil }
    var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
    let family = bytes.count == 4 ? AF_INET : AF_INET6
    guard inet_ntop(family, bytes, &text, socklen_t(INET6_ADDRSTRLEN)) != nil else { return nil }
    return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}
