import CLinux
import Glibc
import SystemPackage
import Support
import Testing

@testable import Archive

@Suite("Reading a folder")
struct FolderReadingTests {
  private func read(_ folder: TemporaryFolder, limits: Limits = Limits()) -> Outcome {
    outcome { () throws(ArchiveError) in try ArchiveReader(path: folder.path, limits: limits) }
  }

  @Test("gives the entries in byte order, with all that a tar would hold")
  func entries() throws {
    let folder = try TemporaryFolder()
    try folder.makeFile("b", pattern(200_000), mode: 0o640)
    try folder.makeFolder("a", mode: 0o750)
    try folder.makeFile("a/z", [1])
    try folder.makeFile("a.b", [2])
    try folder.makeFile("Z")
    try #require(symlink("../elsewhere", folder("a/link")) == 0)
    let time = [timespec(tv_sec: -2, tv_nsec: 5), timespec(tv_sec: -2, tv_nsec: 5)]
    try #require(utimensat(AT_FDCWD, folder("b"), time, 0) == 0)
    let outcome = read(folder)
    #expect(outcome.names == ["Z", "a", "a/link", "a/z", "a.b", "b"])
    #expect(outcome.tail == nil)
    #expect(outcome.damage == nil)
    let target = Array("../elsewhere".utf8)
    #expect(
      outcome.reads.map(\.entry.kind) == [
        .file, .directory, .symlink(target: target), .file, .file, .file,
      ])
    let last = try #require(outcome.reads.last)
    #expect(last.bytes == pattern(200_000))
    #expect(last.entry.mode == 0o640)
    #expect(last.entry.size == 200_000)
    #expect(last.entry.owner == Int64(getuid()))
    #expect(last.entry.modified == Entry.Time(seconds: -2, nanoseconds: 5))
  }

  @Test("neither follows a link nor opens a FIFO or a device")
  func specials() throws {
    let folder = try TemporaryFolder()
    try folder.makeFolder("outside")
    try folder.makeFile("outside/secret", [1])
    try folder.makeFolder("inside")
    try #require(symlink("../outside", folder("inside/folder")) == 0)
    try #require(symlink("../outside/secret", folder("inside/file")) == 0)
    // Opening it would wait for a writer for ever.
    try #require(mkfifo(folder("inside/fifo"), 0o600) == 0)
    let outcome = outcome { () throws(ArchiveError) in
      try ArchiveReader(path: folder("inside"))
    }
    #expect(outcome.names == ["fifo", "file", "folder"])
    #expect(outcome.reads.allSatisfy { $0.bytes.isEmpty })
    #expect(outcome.reads.first?.entry.kind == .fifo)
  }

  @Test("can be done again with the same descriptor")
  func again() throws {
    let folder = try TemporaryFolder()
    try folder.makeFile("f", [1])
    let descriptor = try FileDescriptor.open(folder.path, .readOnly)
    defer { try? descriptor.close() }
    for _ in 0..<2 {
      let outcome = outcome { () throws(ArchiveError) in
        try ArchiveReader(descriptor, path: folder.path, owned: false)
      }
      #expect(outcome.names == ["f"])
    }
  }

  @Test("leaves no descriptor open, whether it ends well or not")
  func descriptors() throws {
    let folder = try TemporaryFolder()
    try folder.makeFolder("a")
    try folder.makeFolder("a/b")
    try folder.makeFile("a/b/f", [1])
    var limits = Limits()
    limits.depth = 1
    #expect(read(folder, limits: limits).damage?.kind == .limitExceeded)
    limits.entries = 0
    #expect(read(folder, limits: limits).damage?.kind == .limitExceeded)
    var reader = try ArchiveReader(path: folder.path)
    while let entry = try reader.next(), entry.kind == .directory {}
    #expect(openFiles(in: folder) == ["", "/a", "/a/b", "/a/b/f"])
    _ = consume reader
    #expect(openFiles(in: folder).isEmpty)
  }

  /// What this process has open in a folder; other tests open files elsewhere.
  private func openFiles(in folder: TemporaryFolder) -> [String] {
    var paths: [String] = []
    for descriptor in 0..<1024 {
      var target = [CChar](repeating: 0, count: Int(PATH_MAX))
      let count = readlink("/proc/self/fd/\(descriptor)", &target, target.count)
      let path = String(
        decoding: target.prefix(max(0, count)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
      if path.hasPrefix(folder.path) { paths.append(String(path.dropFirst(folder.path.count))) }
    }
    return paths.sorted()
  }

  @Test("stops at the limits, with both numbers")
  func limits() throws {
    let folder = try TemporaryFolder()
    try folder.makeFolder("a")
    try folder.makeFolder("a/b")
    try folder.makeFolder("a/b/c")
    var limits = Limits()
    limits.depth = 2
    let deep = read(folder, limits: limits)
    #expect(deep.names == ["a", "a/b"])
    #expect(deep.damage?.have == 3)
    #expect(deep.damage?.need == 2)
    limits.depth = 3
    #expect(read(folder, limits: limits).damage == nil)
    limits.entries = 2
    #expect(read(folder, limits: limits).damage?.have == 3)
  }

  @Test("gives holes as holes, and as zeros")
  func holes() throws {
    let folder = try TemporaryFolder()
    let size: Int64 = 1 << 40
    try folder.makeFile("sparse")
    let file = open(folder("sparse"), O_WRONLY)
    try #require(file >= 0)
    defer { close(file) }
    let data = pattern(4096)
    try #require(pwrite(file, data, data.count, 1 << 20) == data.count)
    try #require(ftruncate(file, off_t(size)) == 0)

    var limits = Limits()
    limits.holes = 1 << 41
    var reader = try ArchiveReader(path: folder.path, limits: limits)
    _ = try reader.next()
    var found: [(isHole: Bool, count: Int64)] = []
    while let chunk = try reader.nextChunkOrHole() {
      switch chunk {
      case .bytes(let bytes):
        found.append((false, Int64(bytes.count)))
        #expect(bytes.elementsEqual(data))
      case .hole(let count): found.append((true, count))
      }
    }
    #expect(found.map(\.isHole) == [true, false, true])
    #expect(found.map(\.count) == [1 << 20, 4096, size - 4096 - 1 << 20])

    limits.holes = 1 << 30
    let refused = read(folder, limits: limits)
    #expect(refused.damage?.kind == .limitExceeded)
    #expect(refused.damage?.need == 1 << 30)
    try #require(ftruncate(file, 1 << 20 + 8192) == 0)
    let zeros = [UInt8](repeating: 0, count: 1 << 20)
    #expect(read(folder).reads.first?.bytes == zeros + data + zeros[..<4096])
  }

  @Test("notices a file that changes meanwhile", arguments: [100, 300_000])
  func changing(size: Int64) throws {
    let folder = try TemporaryFolder()
    try folder.makeFile("f", pattern(200_000))
    var reader = try ArchiveReader(path: folder.path)
    _ = try reader.next()
    try #require(truncate(folder("f"), off_t(size)) == 0)
    do {
      while try reader.nextChunk() != nil {}
      Issue.record("the change went unnoticed")
    } catch {
      guard case .damaged(let damage) = error else { throw error }
      #expect(damage.need == 200_000)
      #expect(damage.have.map { $0 != 200_000 } == true)
    }
  }
}
