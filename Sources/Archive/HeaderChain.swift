import Glibc

/// The headers of one entry, read once more as Go's reader does, which every engine unpacks with.
///
/// libarchive is more lenient, and where headers disagree it may choose another name than Go: the
/// entry that is judged would not be the one that is unpacked.
struct HeaderChain {
  /// What Go takes for the entry.
  private(set) var name: [UInt8] = []
  private(set) var link: [UInt8] = []
  private(set) var typeFlag: UInt8 = 0

  struct Fault: Error { var reason: String }

  private typealias Records = [[UInt8]: [UInt8]]

  /// Reads the headers that `bytes` begins with, up to the one that has the entry's type.
  init(_ bytes: UnsafeRawBufferPointer) throws(Fault) {
    var records: Records = [:]
    var longName: [UInt8] = []
    var longLink: [UInt8] = []
    var place = 0
    while true {
      guard place + 512 <= bytes.count else { throw Fault(reason: "the headers end early") }
      let block = HeaderBlock(UnsafeRawBufferPointer(rebasing: bytes[place..<place + 512]))
      guard let size = block.strictSize, block.isStrict else {
        throw Fault(reason: "a field of the header is no number")
      }
      place += 512
      guard block.isSpecial else {
        try finish(block, records, longName, longLink, isLast: place == bytes.count)
        return
      }
      guard size <= bytes.count - place else { throw Fault(reason: "the headers end early") }
      let body = UnsafeRawBufferPointer(rebasing: bytes[place..<place + Int(size)])
      place += Int(TarBody.padded(size))
      switch block.typeFlag {
      case UInt8(ascii: "L"): longName = Array(body.prefix { $0 != 0 })
      case UInt8(ascii: "K"): longLink = Array(body.prefix { $0 != 0 })
      case UInt8(ascii: "x"): records = try Self.records(body)
      default:
        // To Go, a global header is an entry of its own, which ends what came before it.
        _ = try Self.records(body)
        (records, longName, longLink) = ([:], [], [])
      }
    }
  }

  private mutating func finish(
    _ block: HeaderBlock, _ records: Records, _ longName: [UInt8], _ longLink: [UInt8],
    isLast: Bool
  ) throws(Fault) {
    // Nearly every entry has none; what follows would look for a dozen.
    func record(_ key: String) -> [UInt8]? {
      if records.isEmpty { return nil }
      return records[Array(key.utf8)].flatMap { $0.isEmpty ? nil : $0 }
    }
    for key in Self.numbers {
      guard let value = record(key) else { continue }
      guard Self.isNumber(value, fraction: key.hasSuffix("time")) else {
        throw Fault(reason: "the PAX record \(key) is no number")
      }
    }
    typeFlag = block.typeFlag
    name = longName.isEmpty ? record("path") ?? block.name : longName
    link = longLink.isEmpty ? record("linkpath") ?? block.link : longLink
    let (major, minor) = (record("GNU.sparse.major"), record("GNU.sparse.minor"))
    let isStored = major == [0x31] && minor == [0x30]
    let isListed =
      major == [0x30] && (minor == [0x30] || minor == [0x31])
      || major == nil && minor == nil
        && (record("GNU.sparse.map") ?? record("GNU.sparse.offset")) != nil
    if isStored || isListed { name = record("GNU.sparse.name") ?? name }
    // Only a sparse map may lie between the last header and the content.
    guard isLast || isStored || typeFlag == UInt8(ascii: "S") else {
      throw Fault(reason: "a header of type \(Escape.text([typeFlag])) is an entry to Go")
    }
  }

  private static let numbers = ["uid", "gid", "size", "mtime", "atime", "ctime"]

  /// The records of a PAX header, the last of each key.
  private static func records(_ body: UnsafeRawBufferPointer) throws(Fault) -> Records {
    let fault = Fault(reason: "a PAX record is damaged")
    var records: Records = [:]
    var place = 0
    while place < body.count {
      let head = body[place...].prefix { $0 != UInt8(ascii: " ") }
      let digits = String(decoding: head, as: UTF8.self)
      guard let length = Int(digits), length >= 5, length <= body.count - place,
        length > head.count + 1, body[place + length - 1] == 0x0A
      else { throw fault }
      let record = body[(head.endIndex + 1)..<(place + length - 1)]
      guard let equals = record.firstIndex(of: UInt8(ascii: "=")), equals > record.startIndex
      else { throw fault }
      let key = Array(record[..<equals])
      let value = Array(record[(equals + 1)...])
      let isText = ["path", "linkpath", "uname", "gname"].contains { key.elementsEqual($0.utf8) }
      guard !(isText ? value : key).contains(0) else { throw fault }
      records[key] = value
      place += length
    }
    return records
  }

  /// Whether Go's strconv.ParseInt takes it; for times also with a fraction.
  private static func isNumber(_ value: [UInt8], fraction: Bool) -> Bool {
    var whole = value[...]
    if fraction, let dot = value.firstIndex(of: UInt8(ascii: ".")) {
      whole = value[..<dot]
      guard value[(dot + 1)...].allSatisfy({ (0x30...0x39).contains($0) }) else { return false }
    }
    return Int64(String(decoding: whole, as: UTF8.self)) != nil
  }
}

extension HeaderBlock {
  /// Whether it says something of the entry that follows: of PAX or GNU.
  var isSpecial: Bool {
    switch typeFlag {
    case UInt8(ascii: "x"), UInt8(ascii: "g"), UInt8(ascii: "L"), UInt8(ascii: "K"): true
    default: false
    }
  }

  /// Mode, owner, group, size, time and checksum; device numbers; the two times of star.
  private static let numbers = [100..<108, 108..<116, 116..<124, 124..<136, 136..<148, 148..<156]
  private static let deviceNumbers = [329..<337, 337..<345]
  private static let times = [476..<488, 488..<500]

  /// Whether every number is one to Go, the checksum too.
  var isStrict: Bool {
    func areNumbers(_ fields: [Range<Int>]) -> Bool {
      fields.allSatisfy { strictNumber(in: $0) != nil }
    }
    let format = format
    return areNumbers(Self.numbers) && (format == .v7 || areNumbers(Self.deviceNumbers))
      && (format != .star || areNumbers(Self.times))
  }

  var strictSize: Int64? {
    guard let size = strictNumber(in: 124..<136), size >= 0 else { return nil }
    // To Go, these have no body.
    return (UInt8(ascii: "1")...UInt8(ascii: "6")).contains(typeFlag) ? 0 : size
  }

  /// The name with its prefix, if the format has one.
  var name: [UInt8] {
    let name = text(in: 0..<100)
    let prefix: [UInt8]
    switch format {
    case .ustar: prefix = text(in: 345..<500)
    case .star: prefix = text(in: 345..<476)
    case .gnu:
      // What Go before 1.8 wrote: not the times that belong there, but a prefix.
      let times = [345..<357, 357..<369].allSatisfy {
        bytes[$0.lowerBound] == 0 || strictNumber(in: $0) != nil
      }
      let old = text(in: 345..<500)
      prefix = times || old.contains { $0 >= 0x80 } ? [] : old
    case .v7: prefix = []
    }
    return prefix.isEmpty ? name : prefix + [UInt8(ascii: "/")] + name
  }

  var link: [UInt8] { text(in: 157..<257) }

  private enum Format { case v7, ustar, gnu, star }

  private var format: Format {
    if holds("ustar", in: 257..<263) { return holds("tar", in: 508..<512) ? .star : .ustar }
    return holds("ustar  ", in: 257..<265) ? .gnu : .v7
  }

  /// Whether a field, which is longer, begins with `text` and a NUL.
  private func holds(_ text: StaticString, in field: Range<Int>) -> Bool {
    let end = field.lowerBound + text.utf8CodeUnitCount
    return bytes[end] == 0
      && text.withUTF8Buffer { $0.elementsEqual(bytes[field.lowerBound..<end]) }
  }

  /// A number as Go's reader takes it: octal digits between blanks and NULs, nothing for zero, or
  /// GNU's binary form.
  private func strictNumber(in field: Range<Int>) -> Int64? {
    let first = bytes[field.lowerBound]
    if first & 0x80 != 0 {
      let inversion: UInt8 = first & 0x40 != 0 ? 0xFF : 0
      var value: UInt64 = 0
      for index in field {
        let byte = (bytes[index] ^ inversion) & (index == field.lowerBound ? 0x7F : 0xFF)
        if value >> 56 > 0 { return nil }
        value = value << 8 | UInt64(byte)
      }
      if value >> 63 > 0 { return nil }
      return inversion == 0 ? Int64(value) : ~Int64(value)
    }
    func isFiller(_ byte: UInt8) -> Bool { byte == 0 || byte == UInt8(ascii: " ") }
    var (start, end) = (field.lowerBound, field.upperBound)
    while start < end, isFiller(bytes[start]) { start += 1 }
    while start < end, isFiller(bytes[end - 1]) { end -= 1 }
    var value: UInt64 = 0
    for index in start..<end {
      let byte = bytes[index]
      if byte == 0 { break }
      guard (0x30...0x37).contains(byte), value >> 61 == 0 else { return nil }
      value = value << 3 | UInt64(byte - 0x30)
    }
    return Int64(bitPattern: value)
  }

  private func text(in field: Range<Int>) -> [UInt8] {
    Array(bytes[field].prefix { $0 != 0 })
  }
}
