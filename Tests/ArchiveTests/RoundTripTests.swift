import Glibc
import Support
import Testing

@testable import Archive

/// Everything an entry can hold, in entries that every form of output can hold.
private let samples: [(entry: Entry, bytes: [UInt8])] = {
  func file(_ name: [UInt8], _ bytes: [UInt8] = [1], _ change: (inout Entry) -> Void = { _ in })
    -> (Entry, [UInt8])
  {
    var entry = Entry(name: EntryName(name), kind: .file, size: Int64(bytes.count))
    change(&entry)
    return (entry, bytes)
  }
  let deep = Array(repeating: "d", count: 299).joined(separator: "/") + "/file"
  return [
    file(Array("a-empty".utf8), []), file(Array("a-short".utf8), pattern(3)),
    file(Array("b-large".utf8), pattern(300_000)) { $0.mode = 0o4755 },
    file(Array("c-\(String(repeating: "x", count: 250))".utf8)),
    file(Array("e-\u{E9} e\u{301} 日本".utf8)), file([0x66, 0xFF, 0xFE]),
    file(Array(deep.utf8)),
    file(Array("g-owned".utf8)) {
      $0.owner = 4_000_000_000
      $0.group = 3_000_000
    },
    file(Array("h-named".utf8)) {
      $0.ownerName = "ä"
      $0.groupName = String(repeating: "g", count: 40)
    },
    file(Array("i-time".utf8)) { $0.modified = Entry.Time(seconds: 1, nanoseconds: 123_456_789) },
    file(Array("j-time".utf8)) { $0.modified = Entry.Time(seconds: -3, nanoseconds: 250_000_000) },
    file(Array("k-time".utf8)) { $0.modified = Entry.Time(seconds: 5_000_000_000) },
    file(Array("l-xattr".utf8)) {
      $0.attributes = [
        Entry.Attribute(name: "user.a", value: [0, 0xFF, 0x0A]),
        Entry.Attribute(name: "user.empty", value: []),
        Entry.Attribute(name: "user.z", value: pattern(1000)),
      ]
    },
    (
      Entry(
        name: EntryName("m-link"), kind: .symlink(target: Array("../\u{E9}/\(deep)".utf8)),
        mode: 0o777, modified: Entry.Time(seconds: 7)), []
    ),
  ]
}()

@Suite("What is written")
struct RoundTripTests {
  static let forms: [Output.Form] = Compression.allCases.map(Output.Form.tar) + [.folder]

  private func write(
    _ samples: [(entry: Entry, bytes: [UInt8])], to path: String, _ form: Output.Form
  ) throws {
    var output = try Output(path: path, form: form)
    for (entry, bytes) in samples {
      try output.begin(entry)
      try output.write(bytes.prefix(1000))
      try output.write(bytes.dropFirst(1000))
    }
    try output.end()
    try output.publish()
  }

  @Test("is what is read back", arguments: forms)
  func roundTrip(form: Output.Form) throws {
    let folder = try TemporaryFolder()
    try write(samples, to: folder("out"), form)
    var limits = Limits()
    limits.depth = 300
    let outcome = outcome { () throws(ArchiveError) in
      try ArchiveReader(path: folder("out"), limits: limits)
    }
    #expect(outcome.damage == nil)
    #expect(outcome.tail?.isClean ?? true)
    let found = outcome.reads.filter { $0.entry.kind != .directory }
    try #require(found.count == samples.count)
    let expected = samples.sorted { $0.entry.name < $1.entry.name }
    for (read, sample) in zip(found.sorted { $0.entry.name < $1.entry.name }, expected) {
      var entry = sample.entry
      // A file system keeps numbers only.
      if form == .folder {
        entry.ownerName = nil
        entry.groupName = nil
        if geteuid() != 0 {
          entry.owner = Int64(geteuid())
          entry.group = Int64(getegid())
        }
      }
      #expect(read.entry == entry)
      #expect(read.bytes == sample.bytes)
    }
  }

  @Test("is the same bytes every time", arguments: Compression.allCases)
  func deterministic(compression: Compression) throws {
    let folder = try TemporaryFolder()
    try write(samples, to: folder("1"), .tar(compression))
    try write(samples, to: folder("2"), .tar(compression))
    #expect(try folder.contents("1") == folder.contents("2"))
    #expect(try ArchiveBytes.make(samples, compression: compression) == folder.contents("1"))
  }

  @Test("does not change when it is read and written again")
  func idempotent() throws {
    let once = try ArchiveBytes.make(samples)
    let reads = read(once).reads
    #expect(try ArchiveBytes.make(reads.map { ($0.entry, $0.bytes) }) == once)
  }

  @Test("has PAX records only where ustar cannot say it, and two blocks at the end")
  func plain() throws {
    var entry = Entry(name: EntryName("plain"), kind: .file, size: 1)
    #expect(try ArchiveBytes.make([(entry, [1])]).count == 512 + 512 + 1024)
    entry.modified.nanoseconds = 1
    #expect(try ArchiveBytes.make([(entry, [1])]).count == 1024 + 512 + 512 + 1024)
  }

  @Test("stores an attribute once, as Go reads it")
  func attributes() throws {
    let sample = try #require(samples.first { !$0.entry.attributes.isEmpty })
    let text = String(decoding: try ArchiveBytes.make([sample]), as: UTF8.self)
    #expect(text.contains("SCHILY.xattr.user.z="))
    #expect(!text.contains("LIBARCHIVE"))
  }

  @Test(
    "keeps a time before 1970 as others read it",
    arguments: [
      (-3, 250_000_000, " mtime=-2.75\n"), (-2, 0, " mtime=-2\n"), (-1, 5, " mtime=-1\n"),
    ])
  func earlyTimes(seconds: Int64, nanoseconds: Int, record: String) throws {
    let entry = Entry(
      name: EntryName("f"), kind: .file,
      modified: Entry.Time(seconds: seconds, nanoseconds: nanoseconds))
    let text = String(decoding: try ArchiveBytes.make([(entry, [])]), as: UTF8.self)
    #expect(text.contains(record))
  }

  @Test("gets holes as zeros in a tar, and as holes in a folder", arguments: [forms[0], .folder])
  func holes(form: Output.Form) throws {
    let folder = try TemporaryFolder()
    var output = try Output(path: folder("out"), form: form)
    let size: Int64 = 1 << 22
    for (name, parts) in [("end", [0, size]), ("start", [size, 0])] {
      try output.begin(Entry(name: EntryName(name), kind: .file, size: size + 3))
      try output.writeHole(parts[0])
      try output.write([1, 2, 3])
      try output.writeHole(parts[1])
    }
    try output.end()
    try output.publish()
    let outcome = outcome { () throws(ArchiveError) in try ArchiveReader(path: folder("out")) }
    let zeros = [UInt8](repeating: 0, count: Int(size))
    #expect(outcome.reads.map(\.bytes.count) == [zeros.count + 3, zeros.count + 3])
    #expect(outcome.reads.allSatisfy { $0.bytes.filter { $0 != 0 }.count <= 3 })
    if form == .folder {
      for name in ["out/end", "out/start"] {
        #expect(try folder.status(name).st_blocks * 512 < size)
      }
    }
  }
}
