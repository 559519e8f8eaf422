/// Makes tars byte by byte, the wrong ones too.
public struct TarBuilder: Sendable {
  public private(set) var bytes: [UInt8] = []

  public init() {}

  /// Two files, each with padding, the whole end marker, and three blocks of zeros after it.
  public static var small: [UInt8] {
    var tar = TarBuilder()
    tar.file("first", content: pattern(10))
    tar.file("second", content: pattern(600))
    tar.end(blocks: 5)
    return tar.bytes
  }

  /// Where the end marker of `small` begins and ends.
  public static let smallMarker = 2560..<3584

  public struct Header: Sendable {
    public var name: [UInt8]
    public var type = UInt8(ascii: "0")
    public var size: Int64 = 0
    /// Replaces the whole size field.
    public var sizeField: [UInt8]?
    public var link: [UInt8] = []
    public var magic = Array("ustar\0".utf8) + Array("00".utf8)
    public var prefix: [UInt8] = []
    /// Replaces bytes at an offset before the checksum is made.
    public var patches: [Int: [UInt8]] = [:]
    public var isChecksumWrong = false

    public init(_ name: String, type: Character = "0", size: Int64 = 0) {
      self.init(Array(name.utf8), type: type, size: size)
    }

    public init(_ name: [UInt8], type: Character = "0", size: Int64 = 0) {
      self.name = name
      self.type = type.asciiValue ?? 0
      self.size = size
    }

    /// The header of GNU tar, which ends in a blank instead of a version.
    public func gnu() -> Header {
      var copy = self
      copy.magic = Array("ustar  \0".utf8)
      return copy
    }

    public var block: [UInt8] {
      var block = [UInt8](repeating: 0, count: 512)
      func put(_ bytes: [UInt8], _ offset: Int) {
        block.replaceSubrange(offset..<offset + bytes.count, with: bytes)
      }
      put(name, 0)
      put(octal(0o640, 7), 100)
      put(octal(1234, 7), 108)
      put(octal(5678, 7), 116)
      put(sizeField ?? octal(size, 11), 124)
      put(octal(1_700_000_000, 11), 136)
      block[156] = type
      put(link, 157)
      put(magic, 257)
      put(Array("owner".utf8), 265)
      put(Array("group".utf8), 297)
      put(prefix, 345)
      for (offset, bytes) in patches { put(bytes, offset) }
      put(Array("        ".utf8), 148)
      let sum = block.reduce(0) { $0 + Int64($1) }
      put(octal(isChecksumWrong ? sum + 1 : sum, 6) + [0], 148)
      return block
    }
  }

  public mutating func add(_ header: Header, content: [UInt8] = []) {
    bytes += header.block
    bytes += content
    pad()
  }

  public mutating func file(_ name: String, content: [UInt8]) {
    add(Header(name, size: Int64(content.count)), content: content)
  }

  /// A PAX header with these records.
  public mutating func pax(_ records: [(String, [UInt8])], type: Character = "x") {
    let content = records.flatMap { Self.record($0.0, $0.1) }
    add(Header("pax", type: type, size: Int64(content.count)), content: content)
  }

  public mutating func pax(_ records: KeyValuePairs<String, String>, type: Character = "x") {
    pax(records.map { ($0.key, Array($0.value.utf8)) }, type: type)
  }

  public mutating func pax(texts: [(String, String)]) {
    pax(texts.map { ($0.0, Array($0.1.utf8)) })
  }

  /// A name or link too long for GNU tar's header (`L`, `K`).
  public mutating func gnuLong(_ text: [UInt8], type: Character) {
    add(
      Header("././@LongLink", type: type, size: Int64(text.count + 1)).gnu(), content: text + [0])
  }

  public mutating func raw(_ more: [UInt8]) { bytes += more }

  public mutating func end(blocks: Int = 2) { bytes += [UInt8](repeating: 0, count: 512 * blocks) }

  private mutating func pad() {
    bytes += [UInt8](repeating: 0, count: (512 - bytes.count % 512) % 512)
  }

  /// One PAX record: its length, key and value.
  public static func record(_ key: String, _ value: [UInt8]) -> [UInt8] {
    let rest = [UInt8(ascii: " ")] + Array(key.utf8) + [UInt8(ascii: "=")] + value + [0x0A]
    var length = rest.count + 1
    while String(length).utf8.count + rest.count != length { length += 1 }
    return Array(String(length).utf8) + rest
  }
}

/// `value` in octal, so many digits wide.
public func octal(_ value: Int64, _ digits: Int) -> [UInt8] {
  let text = String(value, radix: 8)
  return Array((String(repeating: "0", count: max(0, digits - text.utf8.count)) + text).utf8)
}

/// Bytes that tell their place, none of them zero.
public func pattern(_ count: Int) -> [UInt8] { (0..<count).map { UInt8($0 % 251 + 1) } }
