import Glibc
import Support
import Testing

@testable import Archive

@Suite("Damage")
struct DamageTests {
  /// A tar with a good entry before the place where `spoil` puts something bad.
  static func after(_ spoil: (inout TarBuilder) -> Void) -> [UInt8] {
    var tar = TarBuilder()
    tar.file("good", content: pattern(5))
    spoil(&tar)
    tar.end()
    return tar.bytes
  }

  /// One kind of damage, and what must be reported.
  struct Case: CustomTestStringConvertible {
    var name: String
    var bytes: [UInt8]
    /// Without a detail, the words are libarchive's, which differ from version to version.
    var damage: Damage
    var testDescription: String { name }

    func matches(_ found: Damage?) -> Bool {
      var found = found
      if damage.detail.isEmpty { found?.detail = "" }
      return found == damage
    }
  }

  static func spoiled(
    _ name: String, _ kind: Damage.Kind, entry: String? = nil, have: UInt64? = nil,
    need: UInt64? = nil, unit: String = "bytes", _ detail: String = "",
    _ spoil: (inout TarBuilder) -> Void
  ) -> Case {
    Case(
      name: name, bytes: after(spoil),
      damage: Damage(
        kind, entry: entry.map { EntryName($0) }, lastGood: EntryName("good"), have: have,
        need: need, unit: unit, detail: detail))
  }

  static func header(_ change: (inout TarBuilder.Header) -> Void) -> TarBuilder.Header {
    var header = TarBuilder.Header("bad", size: 5)
    change(&header)
    return header
  }

  static let wrongSum = header { $0.isChecksumWrong = true }
  static let rightSum = wrongSum.block.withUnsafeBytes { HeaderBlock($0).checksum }

  static let cases: [Case] = [
    spoiled(
      "checksum", .badHeader, have: rightSum, need: rightSum + 1,
      unit: "as header checksum"
    ) { $0.add(wrongSum, content: pattern(5)) },
    spoiled(
      "negative size", .badSize,
      "Tar entry has negative size: the header says 0xffffffffffffffffffffffff"
    ) { tar in
      tar.add(header { $0.sizeField = [UInt8](repeating: 0xFF, count: 12) })
    },
    spoiled(
      "overflowing size", .badSize,
      "Tar entry size overflow: the header says 0x80ffffffffffffffffffffff"
    ) { tar in
      tar.add(header { $0.sizeField = [0x80] + [UInt8](repeating: 0xFF, count: 11) })
    },
    spoiled("negative PAX size", .badSize) {
      $0.pax(["size": "-1"])
      $0.file("bad", content: pattern(5))
    },
    spoiled("overflowing PAX size", .badSize) {
      $0.pax(["size": "99999999999999999999"])
      $0.file("bad", content: pattern(5))
    },
    spoiled(
      "absurd size", .truncated, entry: "bad", have: 1024, need: 1 << 62,
      "the archive ends inside an entry"
    ) { tar in
      tar.add(header { $0.sizeField = [0x80, 0, 0, 0, 0x40] + [UInt8](repeating: 0, count: 7) })
    },
    spoiled(
      "a folder with a body", .badSize, entry: "bad", have: 1024, need: 0,
      "a directory declares a body, so readers disagree on what follows"
    ) {
      $0.pax(["size": "1024"])
      $0.add(.init("bad", type: "5"), content: TarBuilder.Header("hidden").block)
    },
    spoiled(
      "a file with a folder's name and a body", .badSize, entry: "bad/", have: 512, need: 0,
      "a directory declares a body, so readers disagree on what follows"
    ) { $0.add(.init("bad/", size: 512), content: TarBuilder.Header("hidden").block) },
    spoiled(
      "more bytes than declared", .badSize, entry: "bad", have: 5, need: 2,
      "the header disagrees on the size with what belongs to it"
    ) {
      $0.pax(["SCHILY.realsize": "2"])
      $0.file("bad", content: pattern(5))
    },
    spoiled(
      "less bytes than declared", .badSize, entry: "bad", have: 5, need: 700,
      "the header disagrees on the size with what belongs to it"
    ) {
      $0.pax(["SCHILY.realsize": "700"])
      $0.file("bad", content: pattern(5))
    },
    spoiled("a header too large", .badHeader) {
      $0.add(.init("pax", type: "x", size: 2 << 20))
    },
    spoiled("too many special headers", .badHeader) {
      for _ in 0..<40 { $0.pax(["comment": "x"]) }
    },
    Case(
      name: "empty", bytes: [],
      damage: Damage(.notTar, have: 0, need: 512, detail: "the archive is empty")),
    Case(
      name: "no tar", bytes: pattern(2000),
      damage: Damage(.notTar, detail: "")),
    Case(
      name: "shorter than a header", bytes: Array(TarBuilder.small.prefix(100)),
      damage: Damage(.notTar, have: 100, need: 512, detail: "")),
    Case(
      name: "cut in a header", bytes: Array(after { $0.file("cut", content: [1]) }.prefix(1100)),
      damage: Damage(
        .truncated, lastGood: EntryName("good"), have: 76, need: 512,
        detail: "the archive ends inside a header")),
    Case(
      name: "cut in a PAX header",
      bytes: Array(after { $0.pax(["path": "x"]) }.prefix(1024 + 512 + 20)),
      damage: Damage(
        .truncated, lastGood: EntryName("good"), have: 532, need: 1024,
        detail: "the archive ends inside a header")),
    Case(
      name: "cut in a body",
      bytes: Array(after { $0.file("cut", content: pattern(700)) }.prefix(1024 + 512 + 600)),
      damage: Damage(
        .truncated, entry: EntryName("cut"), lastGood: EntryName("good"), have: 600, need: 700,
        detail: "the archive ends inside an entry")),
  ]

  @Test("is reported with the last good entry and both numbers", arguments: cases)
  func reported(of sample: Case) {
    let outcome = read(sample.bytes)
    #expect(sample.matches(outcome.damage))
    #expect(outcome.tail == nil)
    // The same from a source whose length is unknown, where the damage comes to light later.
    #expect(sample.matches(read(sample.bytes, dribbling: 1000).damage))
  }

  @Test("of a body is noticed when the body is skipped, too", arguments: cases)
  func skipped(of sample: Case) {
    let damage = read(sample.bytes, .skipping, dribbling: 1000).damage
    #expect(damage?.kind == sample.damage.kind)
    #expect(damage?.lastGood == sample.damage.lastGood)
  }

  @Test("stays")
  func sticky() throws {
    var reader = try ArchiveReader(bytes: Self.cases[0].bytes)
    _ = try reader.next()
    for _ in 0..<3 {
      do throws(ArchiveError) {
        _ = try reader.next()
        Issue.record("the damage was forgotten")
      } catch {
        guard case .damaged(let damage) = error else { throw error }
        #expect(Self.cases[0].matches(damage))
      }
    }
    #expect(reader.tail == nil)
  }

  @Test("of a file that shrinks meanwhile is noticed")
  func shrinking() throws {
    let folder = try TemporaryFolder()
    var tar = TarBuilder()
    tar.file("large", content: pattern(1 << 20))
    tar.end()
    try folder.makeFile("a.tar", tar.bytes)
    var reader = try ArchiveReader(path: folder("a.tar"))
    _ = try reader.next()
    try #require(truncate(folder("a.tar"), 300_000) == 0)
    #expect(
      throws: ArchiveError.damaged(
        Damage(
          .truncated, entry: EntryName("large"), have: 300_000, need: UInt64(tar.bytes.count),
          detail: "the file changed while it was read"))
    ) { try reader.next() }
  }

  @Test("is described in one line")
  func description() {
    let damage = Damage(
      .truncated, entry: EntryName("a\n"), lastGood: EntryName("b"), have: 1, need: 2,
      detail: "cut")
    #expect("\(damage)" == "cut; have 1, need 2 bytes; in entry a\\x0a; last good entry b")
  }
}
