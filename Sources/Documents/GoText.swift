/// Types of Podman's network library that decode themselves from a string.
public enum GoText: String, Sendable {
  /// net.IP: empty, or what `net.ParseIP` takes.
  case address = "net.IP"
  /// types.IPNet of libnetwork: what `net.ParseCIDR` takes.
  case network = "types.IPNet"
  /// types.HardwareAddr of libnetwork: what `net.ParseMAC` takes, or else what Go takes for a
  /// slice of bytes, as older Podman wrote it: base64, or an array of numbers.
  case hardwareAddress = "types.HardwareAddr"

  func accepts(_ value: JSONValue) -> Bool {
    if self == .hardwareAddress, value.kind == .array {
      return value.elements.allSatisfy {
        $0.isNull || $0.kind == .number && GoInteger.uint8.accepts($0)
      }
    }
    guard let text = value.utf8 else { return false }
    return switch self {
    case .address: text.isEmpty || isAddress(text[...])
    case .network: isNetwork(text)
    case .hardwareAddress: isHardwareAddress(text) || isBase64(text)
    }
  }
}

private func isNetwork(_ text: [UInt8]) -> Bool {
  guard let slash = text.firstIndex(of: UInt8(ascii: "/")), isAddress(text[..<slash]) else {
    return false
  }
  let longest = text[..<slash].contains(UInt8(ascii: ":")) ? 128 : 32
  let bits = text[(slash + 1)...]
  return isDigits(bits, 1...9)
    && Int(String(decoding: bits, as: UTF8.self)).map { $0 <= longest }
      ?? false
}

private func isAddress(_ text: ArraySlice<UInt8>) -> Bool {
  text.contains(UInt8(ascii: ":")) ? isIPv6(text) : isIPv4(text)
}

private func isIPv4(_ text: ArraySlice<UInt8>) -> Bool {
  let parts = text.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
  return parts.count == 4
    && parts.allSatisfy { part in
      // Since Go 1.17 no leading zeros, which some systems take for octal.
      isDigits(part, 1...3) && (part.count == 1 || part.first != UInt8(ascii: "0"))
        && UInt8(String(decoding: part, as: UTF8.self)) != nil
    }
}

/// Eight groups, the last two of which may be a dotted quad; once, `::` stands for one or more.
private func isIPv6(_ text: ArraySlice<UInt8>) -> Bool {
  guard
    let gap = zip(text.indices, text.indices.dropFirst()).first(where: { first, second in
      text[first] == UInt8(ascii: ":") && text[second] == UInt8(ascii: ":")
    })
  else { return groupCount(text, mayEndInQuad: true) == 8 }
  guard let before = groupCount(text[..<gap.0], mayEndInQuad: false),
    let after = groupCount(text[(gap.1 + 1)...], mayEndInQuad: true)
  else { return false }
  return before + after < 8
}

/// The number of groups between single colons; nil if one is not of one to four hex digits.
private func groupCount(_ text: ArraySlice<UInt8>, mayEndInQuad: Bool) -> Int? {
  if text.isEmpty { return 0 }
  var groups = text.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
  var count = groups.count
  if mayEndInQuad, let last = groups.last, isIPv4(last) {
    groups.removeLast()
    count += 1
  }
  let isHex = groups.allSatisfy { group in
    (1...4).contains(group.count) && group.allSatisfy { hexDigit($0) != nil }
  }
  return isHex ? count : nil
}

/// Six, eight or twenty bytes, as `00:00:5e:…`, `00-00-5e-…` or `0000.5e00.…`.
private func isHardwareAddress(_ text: [UInt8]) -> Bool {
  let colons = text.count > 2 && text[2] == UInt8(ascii: ":")
  let hyphens = text.count > 2 && text[2] == UInt8(ascii: "-")
  let (separator, digits) =
    colons ? (UInt8(ascii: ":"), 2) : hyphens ? (UInt8(ascii: "-"), 2) : (UInt8(ascii: "."), 4)
  let groups = text.split(separator: separator, omittingEmptySubsequences: false)
  return [6, 8, 20].contains(groups.count * digits / 2)
    && groups.allSatisfy { $0.count == digits && $0.allSatisfy { hexDigit($0) != nil } }
}

/// What `base64.StdEncoding` decodes: padded, line ends ignored.
private func isBase64(_ text: [UInt8]) -> Bool {
  let digits = text.filter { $0 != UInt8(ascii: "\r") && $0 != UInt8(ascii: "\n") }
  let padding = digits.reversed().prefix { $0 == UInt8(ascii: "=") }.count
  return digits.count % 4 == 0 && padding <= 2
    && digits.dropLast(padding).allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "/"):
        true
      default: false
      }
    }
}

/// Whether the text is nothing but so many digits.
func isDigits(_ text: ArraySlice<UInt8>, _ count: ClosedRange<Int>) -> Bool {
  count.contains(text.count)
    && text.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
}
