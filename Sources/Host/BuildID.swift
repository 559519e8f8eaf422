import Glibc

/// The GNU build id of an ELF file: a note of type 3, owner GNU, in a segment of type PT_NOTE.
enum BuildID {
  /// CRIU looks no further into a file, either (criu/files-reg.c, BUILD_ID_MAP_SIZE). It bounds all
  /// segments together: a file may claim 65535 of them.
  private static let limit = 1 << 20

  /// The id in an open file; nil if it has none.
  static func read(_ file: Int32) -> [UInt8]? {
    guard let head = bytes(file, at: 0, count: 64) else { return nil }
    guard let table = ProgramTable(head) else { return nil }
    var left = UInt64(limit)
    for index in 0..<table.count {
      guard
        let entry = bytes(
          file, at: table.offset + UInt64(index) * table.entrySize, count: Int(table.entrySize)),
        let note = table.note(entry), note.size <= left,
        let content = bytes(file, at: note.offset, count: Int(note.size))
      else { continue }
      left -= note.size
      if let id = find(in: content, table.isBigEndian) { return id }
    }
    return nil
  }

  /// The id among the notes of one segment.
  static func find(in notes: [UInt8], _ isBigEndian: Bool = false) -> [UInt8]? {
    let gnu = Array("GNU\0".utf8)
    var rest = notes[...]
    while let nameSize = word(rest, 0, isBigEndian), let size = word(rest, 4, isBigEndian),
      let type = word(rest, 8, isBigEndian)
    {
      let name = rest.dropFirst(12).prefix(nameSize)
      let content = rest.dropFirst(12).dropFirst(padded(nameSize)).prefix(size)
      if type == 3, name.elementsEqual(gnu) {
        return content.count == size && size > 0 ? Array(content) : nil
      }
      rest = rest.dropFirst(12).dropFirst(padded(nameSize)).dropFirst(padded(size))
    }
    return nil
  }

  /// Notes are aligned to four bytes. A word fits into an Int with room for that.
  private static func padded(_ size: Int) -> Int { (size + 3) / 4 * 4 }

  private static func word(_ bytes: ArraySlice<UInt8>, _ offset: Int, _ isBigEndian: Bool) -> Int? {
    number(bytes.dropFirst(offset).prefix(4), isBigEndian, 4).map { Int($0) }
  }

  fileprivate static func number(_ bytes: ArraySlice<UInt8>, _ isBigEndian: Bool, _ count: Int)
    -> UInt64?
  {
    guard bytes.count == count else { return nil }
    let ordered = isBigEndian ? Array(bytes) : bytes.reversed()
    return ordered.reduce(0) { $0 << 8 | UInt64($1) }
  }

  private static func bytes(_ file: Int32, at offset: UInt64, count: Int) -> [UInt8]? {
    guard let offset = Int(exactly: offset) else { return nil }
    var result = [UInt8](repeating: 0, count: count)
    return pread(file, &result, count, offset) == count ? result : nil
  }

  /// Where an ELF file has its program headers (ELF64 and ELF32).
  private struct ProgramTable {
    let isBigEndian: Bool
    let is64: Bool
    let offset: UInt64
    let entrySize: UInt64
    let count: Int

    init?(_ head: [UInt8]) {
      guard head.starts(with: [0x7F, 0x45, 0x4C, 0x46]), head[4] == 1 || head[4] == 2 else {
        return nil
      }
      is64 = head[4] == 2
      isBigEndian = head[5] == 2
      let fields = is64 ? (offset: 32, size: 54, count: 56) : (offset: 28, size: 42, count: 44)
      let width = is64 ? 8 : 4
      guard
        let offset = number(head[fields.offset..<fields.offset + width], isBigEndian, width),
        let size = number(head[fields.size..<fields.size + 2], isBigEndian, 2),
        let count = number(head[fields.count..<fields.count + 2], isBigEndian, 2),
        size == (is64 ? 56 : 32), offset < UInt64(Int64.max) / 2
      else { return nil }
      self.offset = offset
      entrySize = size
      self.count = Int(count)
    }

    /// Where a segment's notes are, if it is of the type PT_NOTE.
    func note(_ entry: [UInt8]) -> (offset: UInt64, size: UInt64)? {
      let width = is64 ? 8 : 4
      let (place, size) = is64 ? (8, 32) : (4, 16)
      guard number(entry[0..<4], isBigEndian, 4) == 4,
        let offset = number(entry[place..<place + width], isBigEndian, width),
        let length = number(entry[size..<size + width], isBigEndian, width)
      else { return nil }
      return (offset, length)
    }
  }
}
