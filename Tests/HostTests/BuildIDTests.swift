import Glibc
import Support
import Testing

@testable import Host

/// An ELF file of nothing but headers and notes.
struct TinyELF {
  var is64 = true
  var isBigEndian = false
  var notes: [UInt8] = []
  /// What the headers say, where that is to differ from what is there.
  var tableOffset: UInt64?
  var entrySize: UInt16?
  var count: UInt16?
  var noteOffset: UInt64?
  var noteSize: UInt64?
  var noteType: UInt32 = 4

  var headerSize: Int { is64 ? 64 : 52 }
  var rowSize: Int { is64 ? 56 : 32 }

  func number(_ value: UInt64, _ width: Int) -> [UInt8] {
    let bytes = (0..<width).map { UInt8(truncatingIfNeeded: value >> UInt64(8 * $0)) }
    return isBigEndian ? bytes.reversed() : bytes
  }

  static func note(
    _ name: String, _ type: UInt32, _ content: [UInt8], in file: TinyELF = TinyELF()
  ) -> [UInt8] {
    func padded(_ bytes: [UInt8]) -> [UInt8] {
      bytes + [UInt8](repeating: 0, count: (4 - bytes.count % 4) % 4)
    }
    let name = Array(name.utf8) + [0]
    return file.number(UInt64(name.count), 4) + file.number(UInt64(content.count), 4)
      + file.number(UInt64(type), 4) + padded(name) + padded(content)
  }

  var bytes: [UInt8] {
    let word = is64 ? 8 : 4
    var head: [UInt8] = [0x7F, 0x45, 0x4C, 0x46, is64 ? 2 : 1, isBigEndian ? 2 : 1, 1]
    head += [UInt8](repeating: 0, count: 9)
    // e_type, e_machine, e_version, e_entry.
    head += number(3, 2) + number(62, 2) + number(1, 4) + number(0, word)
    head += number(tableOffset ?? UInt64(headerSize), word) + number(0, word) + number(0, 4)
    head += number(UInt64(headerSize), 2) + number(UInt64(entrySize ?? UInt16(rowSize)), 2)
    head += number(UInt64(count ?? 2), 2) + number(0, 6)
    let place = noteOffset ?? UInt64(headerSize + 2 * rowSize)
    let size = noteSize ?? UInt64(notes.count)
    return head + row(1, 0, 0) + row(noteType, place, size) + notes
  }

  private func row(_ type: UInt32, _ offset: UInt64, _ size: UInt64) -> [UInt8] {
    let word = is64 ? 8 : 4
    let flags = number(4, 4)
    let places = number(offset, word) + number(0, 2 * word)
    let sizes = number(size, word) + number(size, word)
    return number(UInt64(type), 4)
      + (is64 ? flags + places + sizes + number(4, 8) : places + sizes + flags + number(4, 4))
  }
}

@Suite struct BuildIDTests {
  static let id: [UInt8] = (1...20).map { $0 }

  static func read(_ bytes: [UInt8]) throws -> [UInt8]? {
    let folder = try ScratchFolder()
    let path = folder.file("program")
    try write(bytes, to: path)
    let file = open(path, O_RDONLY | O_CLOEXEC)
    defer { close(file) }
    return BuildID.read(file)
  }

  /// With a note before it, and one after.
  static func program(is64: Bool = true, isBigEndian: Bool = false) -> TinyELF {
    var file = TinyELF(is64: is64, isBigEndian: isBigEndian)
    file.notes =
      TinyELF.note("GNU", 1, [0, 0, 0, 0, 3], in: file) + TinyELF.note("GNU", 3, id, in: file)
      + TinyELF.note("Other", 3, [9], in: file)
    return file
  }

  @Test(arguments: [true, false], [true, false])
  func bothSizesAndOrders(_ is64: Bool, _ isBigEndian: Bool) throws {
    #expect(try Self.read(Self.program(is64: is64, isBigEndian: isBigEndian).bytes) == Self.id)
  }

  @Test(arguments: [true, false])
  func noneWhereThereIsNone(_ is64: Bool) throws {
    var file = Self.program(is64: is64)
    file.notes = TinyELF.note("Other", 3, [1]) + TinyELF.note("GNU", 1, [1])
    #expect(try Self.read(file.bytes) == nil)
    file.notes = TinyELF.note("GNU", 3, [])
    #expect(try Self.read(file.bytes) == nil)
    file = Self.program(is64: is64)
    file.noteType = 1
    #expect(try Self.read(file.bytes) == nil)
    file = Self.program(is64: is64)
    file.count = 0
    #expect(try Self.read(file.bytes) == nil)
  }

  static let hostile: [(String, @Sendable (inout TinyELF) -> Void)] = [
    ("table at the end of numbers", { $0.tableOffset = .max }),
    ("table behind the file", { $0.tableOffset = 1 << 40 }),
    ("table below zero, signed", { $0.tableOffset = 1 << 63 }),
    ("rows of another size", { $0.entrySize = 8 }),
    ("rows of no size", { $0.entrySize = 0 }),
    ("notes behind the file", { $0.noteOffset = 1 << 31 }),
    ("notes at the end of numbers", { $0.noteOffset = .max }),
    ("notes longer than the file", { $0.noteSize = 1 << 19 }),
    ("notes of all numbers", { $0.noteSize = .max }),
    ("notes of one byte less", { $0.noteSize = 11 }),
    ("a name of all numbers", { $0.notes = [UInt8](repeating: 0xFF, count: 4096) }),
    ("a content of all numbers", { $0.notes = [4, 0, 0, 0, 255, 255, 255, 255, 3, 0, 0, 0] }),
    (
      "an id longer than the notes",
      { $0.notes = [4, 0, 0, 0, 200, 0, 0, 0, 3, 0, 0, 0, 0x47, 0x4E, 0x55, 0, 1, 2] }
    ),
  ]

  @Test(arguments: hostile.indices, [true, false])
  func lyingHeaders(_ index: Int, _ is64: Bool) throws {
    var file = Self.program(is64: is64)
    Self.hostile[index].1(&file)
    #expect(try Self.read(file.bytes) == nil, "\(Self.hostile[index].0)")
  }

  @Test(arguments: [true, false])
  func anyCutAndAnyByte(_ is64: Bool) throws {
    let whole = Self.program(is64: is64).bytes
    let folder = try ScratchFolder()
    let path = folder.file("program")
    let end = whole.count - TinyELF.note("Other", 3, [9]).count
    for count in whole.indices {
      try write(Array(whole[..<count]), to: path)
      let file = open(path, O_RDONLY | O_CLOEXEC)
      defer { close(file) }
      #expect(BuildID.read(file) == nil, "\(count) of \(end)")
    }
    for index in whole.indices {
      var bytes = whole
      bytes[index] ^= 0xFF
      try write(bytes, to: path)
      let file = open(path, O_RDONLY | O_CLOEXEC)
      defer { close(file) }
      // Some changes do not matter; none may do more than hide or change the id.
      if let id = BuildID.read(file) { #expect(id.count <= 1 << 20) }
    }
  }

  /// 65535 segments that each claim as much as may be read: all together read no more.
  @Test func manySegmentsAreBounded() throws {
    var file = TinyELF()
    file.count = .max
    file.noteOffset = 0
    file.noteSize = 1 << 20
    let row = Array(file.bytes[(file.headerSize + file.rowSize)...].prefix(file.rowSize))
    let head = Array(file.bytes.prefix(file.headerSize))
    let rows = (0..<Int(UInt16.max)).flatMap { _ in row }
    let clock = ContinuousClock()
    let start = clock.now
    #expect(try Self.read(head + rows) == nil)
    #expect(clock.now - start < .seconds(20))
  }

  @Test func otherFiles() throws {
    for bytes in [[], [0x7F], Array("#!/bin/sh\n".utf8), [UInt8](repeating: 0, count: 4096)] {
      #expect(try Self.read(bytes) == nil)
    }
    var odd = Self.program().bytes
    odd[4] = 3
    #expect(try Self.read(odd) == nil)
    #expect(BuildID.read(-1) == nil)
  }
}

/// What this process has mapped: the notes as they lie in memory, found without the parser.
@Suite struct LoadedProgramTests {
  /// The first mapping of each file, from its beginning.
  static func programs() throws -> [(path: String, base: UInt)] {
    var found: [(path: String, base: UInt)] = []
    for line in try SystemFile.text("/proc/self/maps").split(separator: "\n") {
      let fields = line.split(separator: " ", maxSplits: 5, omittingEmptySubsequences: true)
      guard fields.count == 6, fields[1].first == "r", fields[2].allSatisfy({ $0 == "0" }),
        case let path = fields[5].trimmingCharacters(), path.hasPrefix("/"),
        !found.contains(where: { $0.path == path }),
        let base = UInt(fields[0].prefix { $0 != "-" }, radix: 16)
      else { continue }
      found.append((path, base))
    }
    return found
  }

  static func idInMemory(_ base: UInt) -> [UInt8]? {
    guard let head = UnsafeRawPointer(bitPattern: base),
      head.loadUnaligned(as: UInt32.self).littleEndian == 0x464C_457F,
      head.load(fromByteOffset: 4, as: UInt8.self) == 2
    else { return nil }
    let table = head.loadUnaligned(fromByteOffset: 32, as: UInt64.self)
    let count = head.loadUnaligned(fromByteOffset: 56, as: UInt16.self)
    var bias: UInt?
    var notes: [(address: UInt, size: Int)] = []
    for index in 0..<Int(count) {
      let row = head + Int(table) + index * 56
      let address = UInt(row.loadUnaligned(fromByteOffset: 16, as: UInt64.self))
      switch row.loadUnaligned(as: UInt32.self) {
      case 1 where bias == nil: bias = base &- address / 4096 * 4096
      case 4: notes.append((address, Int(row.loadUnaligned(fromByteOffset: 40, as: UInt64.self))))
      default: break
      }
    }
    for note in notes {
      guard let start = UnsafeRawPointer(bitPattern: (bias ?? base) &+ note.address) else {
        continue
      }
      var offset = 0
      while offset + 12 <= note.size {
        let name = Int(start.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
        let size = Int(start.loadUnaligned(fromByteOffset: offset + 4, as: UInt32.self))
        let type = start.loadUnaligned(fromByteOffset: offset + 8, as: UInt32.self)
        let content = offset + 12 + (name + 3) / 4 * 4
        if type == 3, name == 4, (start + offset + 12).loadUnaligned(as: UInt32.self) == 0x55_4E47 {
          return (0..<size).map { (start + content + $0).load(as: UInt8.self) }
        }
        offset = content + (size + 3) / 4 * 4
      }
    }
    return nil
  }

  @Test(.enabled(if: 1.littleEndian == 1 && UInt.bitWidth == 64))
  func idsAreThoseInMemory() throws {
    var count = 0
    for program in try Self.programs() {
      let file = open(program.path, O_RDONLY | O_CLOEXEC)
      guard file >= 0 else { continue }
      defer { close(file) }
      let id = BuildID.read(file)
      guard let head = try? SystemFile.bytes(program.path).prefix(4),
        head.elementsEqual([127, 69, 76, 70])
      else { continue }
      #expect(id == Self.idInMemory(program.base), "\(program.path)")
      if id != nil { count += 1 }
    }
    // The C library of every common distribution has one.
    #expect(count > 0)
  }
}

extension Substring {
  fileprivate func trimmingCharacters() -> String {
    String(drop { $0 == " " })
  }
}
