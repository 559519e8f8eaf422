import SystemPackage
import Support
import Testing

@testable import Archive

@Suite("Reading a tar")
struct ReadingTests {
  @Test("is the same whatever the compression, the source and the way of reading")
  func sources() throws {
    for compression in Compression.allCases {
      let bytes = try compress(TarBuilder.small, compression)
      #expect(try ArchiveReader(bytes: bytes).compression == compression)
      for outcome in [read(bytes), read(bytes, dribbling: 7)] {
        #expect(outcome.reads.map(\.bytes) == [pattern(10), pattern(600)])
        #expect(outcome.isClean)
        #expect(outcome.tail?.bytes == 2560)
      }
      for taking in Taking.allCases {
        #expect(read(bytes, taking).names == ["first", "second"])
        #expect(read(bytes, taking).isClean)
      }
    }
  }

  @Test("goes by the content, not by the ending", arguments: Compression.allCases)
  func fromFile(compression: Compression) throws {
    let folder = try TemporaryFolder()
    try folder.makeFile("a.tar.zst", try compress(TarBuilder.small, compression))
    let outcome = outcome { () throws(ArchiveError) in
      try ArchiveReader(path: folder("a.tar.zst"))
    }
    #expect(outcome == read(TarBuilder.small))
  }

  @Test("takes every field")
  func fields() throws {
    var tar = TarBuilder()
    tar.pax([
      "mtime": "1.25", "uid": "4000000000", "gid": "-2", "uname": "ä",
      "SCHILY.xattr.user.b": "2", "SCHILY.xattr.user.a": "1", "LIBARCHIVE.xattr.user.a": "MQ==",
    ])
    tar.file("f", content: [1])
    tar.end()
    let entry = try #require(read(tar.bytes).reads.first?.entry)
    #expect(entry.mode == 0o640)
    #expect(entry.owner == 4_000_000_000)
    #expect(entry.group == -2)
    #expect(entry.ownerName == "ä")
    #expect(entry.groupName == "group")
    #expect(entry.modified == Entry.Time(seconds: 1, nanoseconds: 250_000_000))
    #expect(entry.attributes.map(\.name) == ["user.a", "user.b"])
    #expect(entry.attributes.map(\.value) == [Array("1".utf8), Array("2".utf8)])
    #expect(entry.warning == nil)
  }

  @Test(
    "reads a PAX time before 1970 as Go does",
    arguments: [("-1.5", -2, 500_000_000), ("-7", -7, 0), ("0.5", 0, 500_000_000)])
  func earlyTimes(text: String, seconds: Int64, nanoseconds: Int) throws {
    var tar = TarBuilder()
    tar.pax(["mtime": text])
    tar.file("f", content: [])
    let entry = try #require(read(tar.bytes).reads.first?.entry)
    #expect(entry.modified == Entry.Time(seconds: seconds, nanoseconds: nanoseconds))
  }

  /// Long; not ASCII, composed and not; not UTF-8.
  static let storedNames: [[UInt8]] = [
    Array("short".utf8),
    Array(String(repeating: "folder/", count: 20).utf8) + Array("name".utf8),
    Array(String(repeating: "x", count: 300).utf8), Array("\u{E9}".utf8), Array("e\u{301}".utf8),
    [0x66, 0xFF, 0xFE, 0x67],
  ]

  @Test("hands on names as they are stored", arguments: storedNames)
  func names(name: [UInt8]) throws {
    var pax = TarBuilder()
    pax.pax([("path", name)])
    pax.file("replaced", content: [1])
    pax.end()
    var gnu = TarBuilder()
    gnu.gnuLong(name, type: "L")
    gnu.add(.init("cut", size: 1).gnu(), content: [1])
    gnu.end()
    for tar in [pax, gnu] {
      let entry = try #require(read(tar.bytes).reads.first?.entry)
      #expect(entry.name.bytes == name)
      #expect(entry.warning == nil)
    }
  }

  @Test("knows the old forms of names")
  func oldNames() {
    var tar = TarBuilder()
    var ustar = TarBuilder.Header("name")
    ustar.prefix = Array("some/prefix".utf8)
    tar.add(ustar)
    var v7 = TarBuilder.Header("./old//name")
    v7.magic = [UInt8](repeating: 0, count: 8)
    tar.add(v7)
    tar.end()
    #expect(read(tar.bytes).names == ["some/prefix/name", "old/name"])
  }

  @Test("tells the kinds apart, and does not take unknown ones for files")
  func kinds() {
    var tar = TarBuilder()
    for type in "0123456\u{0}7NZS" {
      var header = TarBuilder.Header("entry\(type.asciiValue ?? 0)", type: type)
      if "12".contains(type) { header.link = Array("to".utf8) }
      tar.add(header.gnu())
    }
    tar.add(.init("old-folder/", type: "\0"))
    tar.end()
    let to = Array("to".utf8)
    let reads = read(tar.bytes).reads
    #expect(
      reads.map(\.entry.kind) == [
        .file, .hardlink(target: to), .symlink(target: to), .characterDevice, .blockDevice,
        .directory, .fifo, .file, .other, .other, .other, .file, .directory,
      ])
    #expect(reads.compactMap(\.entry.sparse) == [.gnu])
  }

  @Test("hands out long links", arguments: ["x", "K"])
  func longLinks(form: Character) {
    let target = Array(String(repeating: "to/", count: 60).utf8)
    var tar = TarBuilder()
    if form == "x" { tar.pax([("linkpath", target)]) } else { tar.gnuLong(target, type: "K") }
    var link = TarBuilder.Header("link", type: "2")
    link.link = Array("cut".utf8)
    tar.add(link)
    tar.end()
    #expect(read(tar.bytes).reads.map(\.entry.kind) == [.symlink(target: target)])
  }

  @Test("keeps libarchive's warnings")
  func warning() {
    var tar = TarBuilder()
    tar.pax(["path": "f"])
    tar.pax(["path": "f"])
    tar.file("f", content: [1])
    tar.end()
    let outcome = read(tar.bytes)
    #expect(outcome.names == ["f"])
    #expect(outcome.reads.first?.entry.warning?.isEmpty == false)
    #expect(outcome.damage == nil)
  }

  @Test("takes a record for damage that libarchive ignores and Go refuses")
  func malformedRecord() {
    var tar = TarBuilder()
    tar.add(.init("pax", type: "x", size: 6), content: Array("6 a=b?".utf8))
    tar.file("f", content: [1])
    tar.end()
    #expect(read(tar.bytes).damage?.kind == .badHeader)
  }

  @Test("stops at the limit of entries, with both numbers")
  func limit() {
    var limits = Limits()
    limits.entries = 1
    let outcome = read(TarBuilder.small, limits: limits)
    #expect(outcome.names == ["first"])
    #expect(outcome.damage?.kind == .limitExceeded)
    #expect(outcome.damage?.have == 2)
    #expect(outcome.damage?.need == 1)
    #expect(outcome.damage?.lastGood == EntryName("first"))
  }

  @Test("says what it cannot open")
  func cannotOpen() throws {
    let folder = try TemporaryFolder()
    #expect(throws: ArchiveError.cannotRead(path: folder("absent"), .noSuchFileOrDirectory)) {
      _ = try ArchiveReader(path: folder("absent"))
    }
    #expect(
      throws: ArchiveError.notAnArchive(
        path: "/dev/null", reason: "it is neither a file, a pipe nor a folder")
    ) { _ = try ArchiveReader(path: "/dev/null") }
    #expect(throws: ArchiveError.cannotRead(path: "closed", .badFileDescriptor)) {
      _ = try ArchiveReader(.init(rawValue: 1 << 20), path: "closed", owned: false)
    }
  }
}

@Suite("An archive in an archive")
struct NestedTests {
  @Test("is read through the outer reader", arguments: Compression.allCases, Compression.allCases)
  func nested(outer: Compression, inner: Compression) throws {
    var tar = TarBuilder()
    tar.file("inner", content: try compress(TarBuilder.small, inner))
    tar.file("last", content: [7])
    tar.end()
    var reader = try ArchiveReader(bytes: compress(tar.bytes, outer))
    _ = try reader.next()
    let outcome = try collect(reader.nested())
    #expect(outcome.compression == inner)
    #expect(outcome.names == ["first", "second"])
    #expect(outcome.tail?.isClean == true)
    #expect(try reader.nextChunk() == nil)
    #expect(try reader.next()?.name == EntryName("last"))
    #expect(try reader.next() == nil)
    #expect(reader.tail?.isClean == true)
  }

  private func collect(_ reader: consuming ArchiveReader) throws
    -> (compression: Compression, names: [String], tail: Tail?)
  {
    var names: [String] = []
    while let entry = try reader.next() { names.append(entry.name.path) }
    return (reader.compression, names, reader.tail)
  }

  @Test("cut with the outer one is the outer one's damage, and stays so")
  func cut() throws {
    var tar = TarBuilder()
    tar.file("inner", content: TarBuilder.small)
    var reader = try ArchiveReader(
      Dribble(Array(tar.bytes.prefix(2000)), step: 100), limits: .init())
    _ = try reader.next()
    let expected = ArchiveError.damaged(
      Damage(
        .truncated, entry: EntryName("inner"), have: 1488, need: 5120,
        detail: "the archive ends inside an entry"))
    do {
      _ = try collect(reader.nested())
      Issue.record("the cut went unnoticed")
    } catch {
      #expect(error as? ArchiveError == expected)
    }
    for _ in 0..<2 {
      do {
        while try reader.nextChunk() != nil {}
        Issue.record("the cut was forgotten")
      } catch {
        #expect(error == expected)
      }
    }
  }
}
