import Glibc

extension HostProbe {
  /// Addresses and listeners; both, or nothing: that a port is free follows from all listeners only.
  static func network(_ unknown: inout [HostFacts.Unknown]) -> HostFacts.Network? {
    do throws(SystemError) {
      let addresses = try addresses()
      var listeners: Set<HostFacts.Listener> = []
      for (name, transport) in [
        ("tcp", HostFacts.Listener.Transport.tcp), ("tcp6", .tcp), ("udp", .udp), ("udp6", .udp),
      ] {
        let found = try self.listeners("/proc/net/\(name)", transport)
        guard name.hasSuffix("6"), !found.isEmpty,
          let sockets = SocketDiagnosis.sockets(transport)
        else {
          listeners.formUnion(found)
          continue
        }
        listeners.formUnion(found.map { $0.diagnosed(sockets) })
      }
      return HostFacts.Network(
        addresses: addresses.sorted(),
        listeners: listeners.sorted { key($0) < key($1) })
    } catch {
      unknown.append(.init("network", error.reason))
      return nil
    }
  }

  private static func key(_ listener: HostFacts.Listener) -> (String, UInt16, String) {
    (listener.transport.rawValue, listener.port, listener.address)
  }

  private static func listeners(
    _ path: String, _ transport: HostFacts.Listener.Transport
  ) throws(SystemError) -> [HostFacts.Listener] {
    let text: String
    do {
      text = try SystemFile.text(path)
    } catch let error where error.isAbsence && path.hasSuffix("6") {
      // A kernel without IPv6.
      return []
    }
    guard let listeners = SocketTable.listeners(text, transport) else {
      throw SystemError(path, EINVAL)
    }
    return listeners
  }

  private static func addresses() throws(SystemError) -> Set<String> {
    var list: UnsafeMutablePointer<ifaddrs>?
    guard getifaddrs(&list) == 0 else { throw SystemError("getifaddrs", errno) }
    defer { freeifaddrs(list) }
    var result: Set<String> = []
    var next = list
    while let entry = next {
      next = entry.pointee.ifa_next
      guard let address = entry.pointee.ifa_addr else { continue }
      let bytes: [UInt8]
      switch Int32(address.pointee.sa_family) {
      case AF_INET:
        bytes = address.withMemoryRebound(to: sockaddr_in.self, capacity: 1) {
          withUnsafeBytes(of: $0.pointee.sin_addr) { Array($0) }
        }
      case AF_INET6:
        bytes = address.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) {
          withUnsafeBytes(of: $0.pointee.sin6_addr) { Array($0) }
        }
      default: continue
      }
      if let text = AddressText.text(bytes) { result.insert(text) }
    }
    return result
  }
}
