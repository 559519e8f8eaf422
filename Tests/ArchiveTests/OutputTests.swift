import Glibc
import SystemPackage
import Support
import Testing

@testable import Archive

/// Why an output is not published; nil if it is.
private func refusal(_ output: consuming Output) -> ArchiveError? {
  do throws(ArchiveError) {
    try output.publish()
    return nil
  } catch {
    return error
  }
}

@Suite("An output")
struct OutputTests {
  /// The ways in which an output can grow.
  enum Way: String, CaseIterable, CustomTestStringConvertible {
    case unnamedFile, namedFile, folder
    var testDescription: String { rawValue }

    func open(_ path: String) throws -> Output {
      try Output(
        path: path, form: self == .folder ? .folder : .tar(.none), level: nil,
        threads: 1, allowingUnnamed: self == .unnamedFile)
    }
  }

  @Test("has its name only when it is complete", arguments: Way.allCases)
  func publication(way: Way) throws {
    let folder = try TemporaryFolder()
    var output = try way.open(folder("out"))
    // A file system without O_TMPFILE has names in all ways; those of the tests have it.
    #expect(folder.names.count == (way == .unnamedFile ? 0 : 1))
    #expect(folder.names.allSatisfy { $0.hasPrefix(".out.ckptmend-") })
    if way == .namedFile {
      #expect(try folder.status(#require(folder.names.first)).st_mode == S_IFREG | 0o600)
    }
    try output.add("f", .file, [1, 2, 3])
    try output.end()
    #expect(!folder.exists("out"))
    for _ in 0..<2 {
      let outcome = outcome { () throws(ArchiveError) in try output.reader() }
      #expect(outcome.names == ["f"])
      #expect(outcome.reads.first?.bytes == [1, 2, 3])
    }
    try output.publish()
    #expect(folder.names == ["out"])
    #expect(try folder.status("out").st_mode & 0o7777 == (way == .folder ? 0o700 : 0o600))
  }

  @Test("is absent if it is given up", arguments: Way.allCases)
  func givenUp(way: Way) throws {
    let folder = try TemporaryFolder()
    for steps in 0..<4 {
      var output = try way.open(folder("out"))
      if steps > 0 { try output.add("d/f", .file, pattern(5000)) }
      if steps > 1 { try output.begin(Entry(name: EntryName("g"), kind: .file, size: 5)) }
      if steps > 2 { try output.write([1]) }
      _ = consume output
      #expect(folder.names.isEmpty)
    }
  }

  @Test("is absent after a failure, and cannot be published", arguments: Way.allCases)
  func failure(way: Way) throws {
    let folder = try TemporaryFolder()
    var output = try way.open(folder("out"))
    try output.add("f", .file, [1])
    #expect(throws: ArchiveError.self) {
      try output.begin(Entry(name: EntryName("s"), kind: .socket))
    }
    #expect(throws: ArchiveError.self) { try output.end() }
    #expect(refusal(output) != nil)
    #expect(folder.names.isEmpty)
  }

  @Test("is not published before its end", arguments: Way.allCases)
  func unfinished(way: Way) throws {
    let folder = try TemporaryFolder()
    var output = try way.open(folder("out"))
    try output.add("f", .file, [1])
    #expect(refusal(output) == .cannotWrite(path: folder("out"), reason: "it is not complete"))
    #expect(folder.names.isEmpty)
  }

  @Test("replaces nothing, neither at the start nor at the end", arguments: Way.allCases)
  func existing(way: Way) throws {
    let folder = try TemporaryFolder()
    try folder.makeFile("out", [7])
    #expect(throws: ArchiveError.outputExists(path: folder("out"))) {
      _ = try way.open(folder("out"))
    }
    try #require(unlink(folder("out")) == 0)
    // A link that leads nowhere exists, too.
    try #require(symlink("nowhere", folder("out")) == 0)
    #expect(throws: ArchiveError.outputExists(path: folder("out"))) {
      _ = try way.open(folder("out"))
    }
    try #require(unlink(folder("out")) == 0)

    var output = try way.open(folder("out"))
    try output.add("f", .file, [1])
    try output.end()
    try folder.makeFile("out", [8])
    #expect(refusal(output) == .outputExists(path: folder("out")))
    #expect(folder.names == ["out"])
    #expect(try folder.contents("out") == [8])
  }

  @Test(
    "needs a name and a folder",
    arguments: ["", "/", ".", "..", "absent/out"])
  func badPaths(path: String) throws {
    #expect(throws: ArchiveError.self) { _ = try Output(path: path, form: .tar(.none)) }
  }

  @Test("gets as many bytes as its entry has", arguments: Way.allCases)
  func sizes(way: Way) throws {
    let folder = try TemporaryFolder()
    for (count, next) in [(4, true), (6, false), (4, false)] {
      var output = try way.open(folder("out"))
      try output.begin(Entry(name: EntryName("f"), kind: .file, size: 5))
      #expect(throws: ArchiveError.self) {
        try output.write(pattern(count)[...])
        if next { try output.add("g") } else { try output.end() }
      }
    }
    var output = try way.open(folder("out"))
    try output.begin(Entry(name: EntryName("d"), kind: .directory))
    #expect(throws: ArchiveError.self) { try output.write([1]) }
  }

  @Test("refuses what it would write otherwise than asked", arguments: Way.allCases)
  func refusals(way: Way) throws {
    let folder = try TemporaryFolder()
    var entries = [
      Entry(name: EntryName(""), kind: .file), Entry(name: EntryName("a\0b"), kind: .file),
      Entry(name: EntryName("f"), kind: .file, size: -1),
      Entry(name: EntryName("d"), kind: .directory, size: 5),
      Entry(name: EntryName("l"), kind: .symlink(target: [])),
      Entry(name: EntryName("l"), kind: .symlink(target: [0x61, 0])),
      Entry(name: EntryName("f"), kind: .file, mode: 0o100644),
      Entry(name: EntryName("f"), kind: .file, modified: .init(seconds: 0, nanoseconds: -1)),
    ]
    for kind: Entry.Kind in [
      .hardlink(target: []), .characterDevice, .blockDevice, .socket, .other,
    ] { entries.append(Entry(name: EntryName("x"), kind: kind)) }
    for entry in entries {
      var output = try way.open(folder("out"))
      #expect(throws: ArchiveError.self, "\(entry)") { try output.begin(entry) }
    }
    #expect(folder.names.isEmpty)
  }

  @Test("takes a level of its compressor, and no other")
  func levels() throws {
    let folder = try TemporaryFolder()
    for (compression, level) in [(Compression.gzip, 9), (.zstd, 19), (.xz, 0), (.bzip2, 1)] {
      var output = try Output(
        path: folder(compression.rawValue), form: .tar(compression), level: level)
      try output.add("f", .file, [1])
      try output.end()
      try output.publish()
      #expect(throws: ArchiveError.self) {
        _ = try Output(path: folder("bad"), form: .tar(compression), level: 1000)
      }
    }
    #expect(folder.names.count == 4)
  }

  @Test("says what a full disk is called", arguments: Compression.allCases)
  func fullDisk(compression: Compression) throws {
    let file = try FileDescriptor.open("/dev/full", .writeOnly)
    defer { try? file.close() }
    let sink = try compression.tarSink(
      to: FileSink(file, path: "out"), path: "out", level: nil, threads: 1)
    try sink.begin(Entry(name: EntryName("f"), kind: .file))
    do throws(ArchiveError) {
      try sink.end()
      Issue.record("the disk was not full")
    } catch {
      #expect(error == .cannotWrite(path: "out", reason: "No space left on device"))
    }
  }
}

@Suite("A leftover")
struct LeftoverTests {
  @Test("of a run that was killed is removed", arguments: [false, true])
  func dead(isFolder: Bool) throws {
    let folder = try TemporaryFolder()
    let name = ".out.ckptmend-1"
    if isFolder {
      try folder.makeFolder(name)
      try folder.makeFolder("\(name)/closed", mode: 0)
      try folder.makeFile("\(name)/f", mode: 0)
    } else {
      try folder.makeFile(name)
    }
    try folder.makeFile("kept")
    if isFolder { try #require(symlink("../kept", folder("\(name)/link")) == 0) }
    var output = try Output(path: folder("out"), form: .tar(.none))
    try output.end()
    #expect(folder.names == ["kept"])
  }

  @Test("of a run that lives is kept, and so is what belongs to others")
  func living() throws {
    let folder = try TemporaryFolder()
    try folder.makeFolder(".out.ckptmend-1")
    try folder.makeFile(".other.ckptmend-1")
    try folder.makeFile(".out.ckptmend")
    // Opening this one would wait for ever.
    try #require(mkfifo(folder(".out.ckptmend-2"), 0o600) == 0)
    try #require(symlink("..", folder(".out.ckptmend-3")) == 0)
    if geteuid() == 0 {
      try folder.makeFile(".out.ckptmend-4")
      try #require(chown(folder(".out.ckptmend-4"), 12345, 12345) == 0)
    }
    let lock = open(folder(".out.ckptmend-1"), O_RDONLY)
    defer { close(lock) }
    try #require(flock(lock, LOCK_EX) == 0)
    let before = folder.names
    var output = try Output(path: folder("out"), form: .tar(.none))
    try output.end()
    #expect(folder.names == before)
  }

  @Test("is told from the work of two outputs for one target at a time")
  func together() throws {
    let folder = try TemporaryFolder()
    var first = try Output(path: folder("out"), form: .folder)
    var second = try Output(path: folder("out"), form: .folder)
    #expect(folder.names.count == 2)
    try first.end()
    try second.end()
    try first.publish()
    #expect(refusal(second) == .outputExists(path: folder("out")))
    #expect(folder.names == ["out"])
  }

  @Test("has a name that a file system can take", arguments: ["x", "é", "日"])
  func longNames(letter: String) throws {
    let folder = try TemporaryFolder()
    let name = String(repeating: letter, count: 255 / letter.utf8.count)
    var output = try Output(path: folder(name), form: .folder)
    try output.end()
    try output.publish()
    #expect(folder.names == [name])
  }
}
