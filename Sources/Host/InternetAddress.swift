import Glibc

/// An address of IPv4 or IPv6. One of IPv4 that IPv6 maps (`::ffff:192.0.2.1`, RFC 4291, §2.5.5.2)
/// is that of IPv4: the kernel binds them to the same port.
public struct InternetAddress: Sendable, Hashable {
  /// 4 or 16, in network order.
  public let bytes: [UInt8]

  private static let mapping: [UInt8] = [UInt8](repeating: 0, count: 10) + [0xFF, 0xFF]

  /// nil unless there are 4 or 16.
  public init?(_ bytes: [UInt8]) {
    guard bytes.count == 4 || bytes.count == 16 else { return nil }
    let isMapped = bytes.count == 16 && bytes.starts(with: Self.mapping)
    self.bytes = isMapped ? Array(bytes.suffix(4)) : bytes
  }

  /// Of what a person or `inet_ntop` wrote; a zone after `%` does not count.
  public init?(_ text: String) {
    let plain = String(text.prefix { $0 != "%" })
    // The C library would see the beginning of this one only.
    if plain.utf8.contains(0) { return nil }
    var bytes = [UInt8](repeating: 0, count: 16)
    if inet_pton(AF_INET, plain, &bytes) == 1 {
      self.init(Array(bytes.prefix(4)))
    } else if inet_pton(AF_INET6, plain, &bytes) == 1 {
      self.init(bytes)
    } else {
      return nil
    }
  }

  public var isVersion4: Bool { bytes.count == 4 }

  /// All addresses of its version; `::` without IPV6_V6ONLY also those of IPv4.
  public var isAny: Bool { bytes.allSatisfy { $0 == 0 } }

  /// Sockets may be bound to these without an interface that has them (RFC 5771; RFC 4291, §2.7).
  public var isMulticast: Bool { isVersion4 ? bytes[0] & 0xF0 == 0xE0 : bytes[0] == 0xFF }

  /// Of IPv4, to everybody on the link, which sockets may be bound to, too.
  public var isBroadcast: Bool { isVersion4 && bytes.allSatisfy { $0 == 0xFF } }

  /// Of IPv4 all of 127.0.0.0/8 belongs to the interface that has 127.0.0.1 (ip(7)).
  public var isLoopback4: Bool { isVersion4 && bytes[0] == 127 }

  public var text: String { AddressText.text(bytes) ?? "" }
}

/// A socket's own address and port, as far as others may be in its way.
public struct SocketPlace: Sendable, Hashable {
  public var address: InternetAddress
  public var port: UInt16
  /// Whether `::` leaves IPv4 to others (IPV6_V6ONLY, ipv6(7)); nil if that is not known.
  public var isIPv6Only: Bool?

  public init(_ address: InternetAddress, _ port: UInt16, isIPv6Only: Bool?) {
    self.address = address
    self.port = port
    self.isIPv6Only = isIPv6Only
  }

  public enum Conflict: Sendable, Hashable {
    case yes, no
    /// One is `::`, the other of IPv4, and nobody knows whether the first leaves IPv4 to others.
    case perhaps
  }

  /// Whether the kernel refuses one of two sockets for the other (net/ipv4/inet_connection_sock.c,
  /// inet_rcv_saddr_equal).
  public func conflicts(with other: SocketPlace) -> Conflict {
    if port != other.port { return .no }
    if address.isVersion4 == other.address.isVersion4 {
      return address == other.address || address.isAny || other.address.isAny ? .yes : .no
    }
    let sixth = address.isVersion4 ? other : self
    guard sixth.address.isAny else { return .no }
    switch sixth.isIPv6Only {
    case true?: return .no
    case false?: return .yes
    case nil: return .perhaps
    }
  }
}
