import Support
import Testing

@testable import Archive

/// 2000 bytes of data at 1000, 300 at 400 000, and nothing up to 500 000.
private let map: [(offset: Int64, count: Int64)] = [(1000, 2000), (400_000, 300)]
private let size: Int64 = 500_000
private let stored = pattern(2300)

private var expanded: [UInt8] {
  var bytes = [UInt8](repeating: 0, count: Int(size))
  bytes.replaceSubrange(1000..<3000, with: stored[..<2000])
  bytes.replaceSubrange(400_000..<400_300, with: stored[2000...])
  return bytes
}

@Suite("A sparse entry")
struct SparseTests {
  enum Form: String, CaseIterable, CustomTestStringConvertible {
    case gnu, gnuExtended, pax00, pax01, pax10
    var testDescription: String { rawValue }

    /// A tar with one sparse entry and one after it.
    func tar(
      _ map: [(offset: Int64, count: Int64)] = map, size: Int64 = size, stored: [UInt8] = stored
    ) -> [UInt8] {
      var tar = TarBuilder()
      switch self {
      case .gnu, .gnuExtended: addGNU(map, size, stored, to: &tar)
      case .pax00:
        tar.pax(
          texts: [("GNU.sparse.size", "\(size)"), ("GNU.sparse.numblocks", "\(map.count)")]
            + map.flatMap {
              [("GNU.sparse.offset", "\($0.offset)"), ("GNU.sparse.numbytes", "\($0.count)")]
            })
        tar.file("sparse", content: stored)
      case .pax01:
        tar.pax(texts: [
          ("GNU.sparse.size", "\(size)"), ("GNU.sparse.numblocks", "\(map.count)"),
          ("GNU.sparse.map", map.map { "\($0.offset),\($0.count)" }.joined(separator: ",")),
        ])
        tar.file("sparse", content: stored)
      case .pax10:
        tar.pax(texts: [
          ("GNU.sparse.major", "1"), ("GNU.sparse.minor", "0"), ("GNU.sparse.name", "sparse"),
          ("GNU.sparse.realsize", "\(size)"),
        ])
        let lines = ([Int64(map.count)] + map.flatMap { [$0.offset, $0.count] })
        var text = Array(lines.map { "\($0)\n" }.joined().utf8)
        text += [UInt8](repeating: 0, count: (512 - text.count % 512) % 512)
        tar.file("GNUSparseFile.0/sparse", content: text + stored)
      }
      tar.file("after", content: [9])
      tar.end()
      return tar.bytes
    }

    /// Four blocks fit the header; more, or here all, go into an extension.
    private func addGNU(
      _ map: [(offset: Int64, count: Int64)], _ size: Int64, _ stored: [UInt8],
      to tar: inout TarBuilder
    ) {
      func field(_ value: Int64) -> [UInt8] { octal(value, 11) + [0] }
      var header = TarBuilder.Header("sparse", type: "S", size: Int64(stored.count)).gnu()
      header.patches[483] = field(size)
      var blocks = map.flatMap { field($0.offset) + field($0.count) }
      if self == .gnuExtended {
        // The first in the header is empty, the rest follows it.
        header.patches[386] = field(0) + field(0)
        header.patches[482] = [1]
        blocks += [UInt8](repeating: 0, count: 512 - blocks.count)
      } else {
        header.patches[386] = blocks
      }
      tar.raw(header.block)
      if self == .gnuExtended { tar.raw(blocks) }
      tar.raw(stored + [UInt8](repeating: 0, count: (512 - stored.count % 512) % 512))
    }
  }

  @Test("is expanded", arguments: Form.allCases)
  func expansion(form: Form) throws {
    for outcome in [read(form.tar()), read(form.tar(), dribbling: 77)] {
      #expect(outcome.names == ["sparse", "after"])
      #expect(outcome.reads.first?.entry.size == size)
      #expect(outcome.reads.first?.entry.kind == .file)
      let isGNU = form == .gnu || form == .gnuExtended
      #expect(outcome.reads.first?.entry.sparse == (isGNU ? .gnu : .pax))
      #expect(outcome.reads.first?.bytes == expanded)
      #expect(outcome.reads.last?.bytes == [9])
      #expect(outcome.isClean)
    }
    for taking in [Taking.skipping, .start] {
      #expect(read(form.tar(), taking).names == ["sparse", "after"])
      #expect(read(form.tar(), taking).isClean)
    }
  }

  @Test("comes as stretches, if asked for", arguments: Form.allCases)
  func stretches(form: Form) throws {
    var reader = try ArchiveReader(bytes: form.tar())
    _ = try reader.next()
    var found: [(isHole: Bool, count: Int64)] = []
    while let chunk = try reader.nextChunkOrHole() {
      switch chunk {
      case .bytes(let bytes): found.append((false, Int64(bytes.count)))
      case .hole(let count): found.append((true, count))
      }
    }
    #expect(found.map(\.isHole) == [true, false, true, false, true])
    #expect(found.map(\.count) == [1000, 2000, 397_000, 300, 99_700])
  }

  @Test("may be asked for stretches and bytes in turns")
  func turns() throws {
    var reader = try ArchiveReader(bytes: Form.gnu.tar())
    _ = try reader.next()
    var count: Int64 = 0
    loop: while true {
      guard let bytes = try reader.nextChunk() else { break }
      count += Int64(bytes.count)
      switch try reader.nextChunkOrHole() {
      case .bytes(let bytes): count += Int64(bytes.count)
      case .hole(let hole): count += hole
      case nil: break loop
      }
    }
    #expect(count == size)
  }

  @Test("may consist of a hole", arguments: [Form.gnu, .pax01, .pax10])
  func onlyHole(form: Form) {
    let outcome = read(form.tar([(10_000, 0)], size: 10_000, stored: []))
    #expect(outcome.reads.first?.bytes == [UInt8](repeating: 0, count: 10_000))
    #expect(outcome.isClean)
  }

  @Test("may have no hole", arguments: Form.allCases)
  func noHole(form: Form) {
    let outcome = read(form.tar([(0, 2300)], size: 2300))
    #expect(outcome.reads.first?.bytes == stored)
    #expect(outcome.isClean)
    #expect(
      outcome.reads.first?.entry.sparse == (form == .gnu ? .gnu : nil) || form == .gnuExtended)
  }

  @Test("that promises too much is refused before it is read", arguments: Form.allCases)
  func promises(form: Form) {
    // The most that eleven octal digits say; a PAX record says far more.
    let size: Int64 = form == .gnu || form == .gnuExtended ? 1 << 33 - 1 : 1 << 62
    var limits = Limits()
    limits.holes = 1 << 30
    let outcome = read(form.tar([(0, 2300)], size: size), limits: limits)
    #expect(outcome.damage?.kind == .limitExceeded)
    #expect(outcome.damage?.entry == EntryName("sparse"))
    #expect(outcome.damage?.have == UInt64(size - 2300))
    #expect(outcome.damage?.need == 1 << 30)
  }

  @Test("counts with those before it")
  func sum() {
    var tar = TarBuilder()
    for name in ["a", "b"] {
      tar.pax(["GNU.sparse.size": "1000000", "GNU.sparse.map": "0,100"])
      tar.file(name, content: pattern(100))
    }
    tar.end()
    var limits = Limits()
    limits.holes = 1_999_799
    let outcome = read(tar.bytes, .skipping, limits: limits)
    #expect(outcome.names == ["a"])
    #expect(outcome.damage?.have == 1_999_800)
    limits.holes += 1
    #expect(read(tar.bytes, .skipping, limits: limits).isClean)
  }

  @Test("that promises exabytes within the limit does not take longer for it")
  func exabytes() throws {
    var limits = Limits()
    limits.holes = .max
    var reader = try ArchiveReader(
      bytes: Form.pax01.tar([(1 << 61, 2300)], size: 1 << 62), limits: limits)
    var size: Int64 = 0
    _ = try reader.next()
    while let chunk = try reader.nextChunkOrHole() {
      switch chunk {
      case .bytes(let bytes): size += Int64(bytes.count)
      case .hole(let count): size += count
      }
    }
    #expect(size == 1 << 62)
    #expect(try reader.next()?.name == EntryName("after"))
    #expect(
      read(Form.pax01.tar([(1 << 61, 2300)], size: 1 << 62), .skipping, limits: limits).isClean)
  }

  /// Maps that Go's reader refuses, and that libarchive would follow.
  static let hostileMaps: [(String, [(offset: Int64, count: Int64)], Int64)] = [
    ("overlapping", [(0, 2000), (1000, 300)], size),
    ("backwards", [(4000, 2000), (0, 300)], size),
    ("beyond the size", [(0, 2000), (size, 300)], size),
    ("far beyond", [(0, 2000), (1 << 50, 300)], size),
    ("more than the size", [(0, 2300)], 2000),
    ("more than stored", [(0, 2000), (3000, 800)], size),
    ("less than stored", [(0, 100)], size),
    ("nothing of what is stored", [(size, 0)], size),
  ]

  @Test("with a map that cannot be is damaged, read or skipped", arguments: hostileMaps)
  func hostile(name: String, map: [(offset: Int64, count: Int64)], size: Int64) {
    for form in [Form.gnu, .pax00, .pax01, .pax10] {
      for taking in [Taking.all, .skipping] {
        let outcome = read(form.tar(map, size: size), taking)
        #expect(outcome.damage != nil, "\(form) \(taking)")
        #expect(!outcome.names.contains("after"), "\(form) \(taking)")
      }
    }
  }

  @Test("cannot hide an entry in what it stores", arguments: [Form.gnu, .pax00, .pax01])
  func hidden(form: Form) {
    let stored = pattern(512) + TarBuilder.Header("hidden").block
    let outcome = read(form.tar([(0, 512)], size: 4096, stored: stored), .skipping)
    #expect(outcome.names.isEmpty)
    #expect(outcome.damage?.kind == .badSize)
    #expect(outcome.damage?.have == 1024)
    #expect(outcome.damage?.need == 512)
  }

  @Test("in the form of Solaris hides stored bytes from libarchive, and is refused")
  func solaris() {
    var tar = TarBuilder()
    tar.pax(["SUN.holesdata": " 0 100 600 700 2300"])
    tar.file("sparse", content: stored)
    tar.end()
    for taking in Taking.allCases {
      let damage = read(tar.bytes, taking).damage
      #expect(damage?.entry == EntryName("sparse"))
    }
  }

  @Test("is cut with the numbers of what is stored", arguments: Form.allCases)
  func cut(form: Form) throws {
    let tar = form.tar()
    let whole = 512 + 1024  // The entry after it, and the end marker.
    let padding = 512 - 2300 % 512
    let bytes = Array(tar.dropLast(whole + 512 + padding + 100))
    for outcome in [read(bytes), read(bytes, dribbling: 500), read(bytes, .skipping)] {
      #expect(outcome.damage?.kind == .truncated)
      #expect(outcome.damage?.entry == EntryName("sparse"))
      #expect(outcome.damage?.need == 2300)
      #expect(outcome.damage?.have == 2200)
    }
    // A cut in the padding loses nothing.
    let padded = read(Array(tar.dropLast(whole + 512 + 10)))
    #expect(padded.reads.first?.bytes == expanded)
    #expect(padded.tail == Tail(bytes: 0, markerIsZero: true))
  }
}
