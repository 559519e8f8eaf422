import Foundation
import Glibc
import Support
import SystemPackage
import Testing

@testable import Archive

/// What the kernel copies by itself is what would have been written.
@Suite struct StoredBytesTests {
  /// A tar with an entry of every size about the border, and one that is sparse.
  private static func source() -> (tar: TarBuilder, bodies: [String: [UInt8]]) {
    var tar = TarBuilder()
    var bodies: [String: [UInt8]] = [:]
    let least = Int(StoredBytes.least)
    for size in [0, 1, 511, least - 1, least, least + 1, 3 * least + 77] {
      bodies["f\(size)"] = pattern(size)
      tar.file("f\(size)", content: pattern(size))
    }
    tar.pax(texts: [
      ("GNU.sparse.size", "\(4 * least)"), ("GNU.sparse.numblocks", "1"),
      ("GNU.sparse.map", "512,\(2 * least)"),
    ])
    tar.file("sparse", content: pattern(2 * least))
    bodies["sparse"] =
      [UInt8](repeating: 0, count: 512) + pattern(2 * least)
      + [UInt8](repeating: 0, count: 2 * least - 512)
    tar.end()
    return (tar, bodies)
  }

  private static func copy(
    _ source: consuming ArchiveReader, to output: String, _ form: Output.Form = .tar(.none)
  ) throws {
    let copy = ArchiveCopy(source, to: try Output(path: output, form: form))
    try copy.finish()
    try copy.take().publish()
  }

  private static func bodies(_ path: String) throws -> [String: [UInt8]] {
    var reader = try ArchiveReader(path: path)
    var result: [String: [UInt8]] = [:]
    while let entry = try reader.next() {
      var bytes: [UInt8] = []
      while let chunk = try reader.nextChunk() { bytes += chunk }
      result[entry.name.path] = bytes
    }
    return result
  }

  @Test(arguments: [("a.tar", Output.Form.tar(.none)), ("a.tar.zst", .tar(.zstd)), ("a", .folder)])
  func allIsThere(_ name: String, _ form: Output.Form) throws {
    let folder = try TemporaryFolder()
    let (tar, bodies) = Self.source()
    try write(tar.bytes, to: folder("in.tar"))
    try Self.copy(try ArchiveReader(path: folder("in.tar")), to: folder(name), form)
    #expect(try Self.bodies(folder(name)) == bodies)
  }

  /// With and without a file below, the same bytes: nothing tells how they came.
  @Test func sameBytesAsFromMemory() throws {
    let folder = try TemporaryFolder()
    let tar = Self.source().tar
    try write(tar.bytes, to: folder("in.tar"))
    try Self.copy(try ArchiveReader(path: folder("in.tar")), to: folder("a.tar"))
    try Self.copy(try ArchiveReader(bytes: tar.bytes), to: folder("b.tar"))
    #expect(try bytes(of: folder("a.tar")) == bytes(of: folder("b.tar")))
  }

  /// What libarchive compresses comes from a stage above the file, and goes no way of its own.
  @Test(arguments: [Compression.xz, .bzip2]) func compressedByLibarchive(_ filter: Compression)
    throws
  {
    let folder = try TemporaryFolder()
    var tar = TarBuilder()
    var random = SystemRandomNumberGenerator()
    for index in 0..<4 {
      let noise = (0..<(1 << 17)).flatMap { _ in withUnsafeBytes(of: random.next(), Array.init) }
      tar.file("\(index)", content: noise)
    }
    tar.end()
    try write(tar.bytes, to: folder("in.tar"))
    var reader = try ArchiveReader(path: folder("in.tar"))
    let target = SharingSink()
    let sink = try TarSink(target, path: "out", filter: filter, level: 1)
    while let entry = try reader.next() {
      try sink.begin(entry, stored: reader.storedBytes)
      while let chunk = try reader.nextChunk() { try sink.write(chunk) }
    }
    try sink.end()
    // Headers that are held would be a part of the stream.
    #expect(!target.wasAsked)
    try write(target.bytes, to: folder("out"))
    #expect(try Self.bodies(folder("out")) == Self.bodies(folder("in.tar")))
  }

  /// Says that it would share blocks, and keeps what is written.
  private final class SharingSink: ByteSink {
    var bytes: [UInt8] = []
    func write(_ more: UnsafeRawBufferPointer) { bytes += more }
    private(set) var wasAsked = false

    func mayShare(_ bytes: StoredBytes) -> Bool {
      wasAsked = true
      return true
    }

    func finish() {}
  }

  /// A tar that begins anywhere in its file, as standard input may.
  @Test func fromTheMiddleOfAFile() throws {
    let folder = try TemporaryFolder()
    let (tar, bodies) = Self.source()
    try write(pattern(1234) + tar.bytes, to: folder("in"))
    let file = try FileDescriptor.open(FilePath(folder("in")), .readOnly)
    try file.seek(offset: 1234, from: .start)
    let reader = try ArchiveReader(file, path: "in", owned: true, limits: Limits())
    try Self.copy(reader, to: folder("a.tar"))
    #expect(try Self.bodies(folder("a.tar")) == bodies)
  }

  @Test func aFileThatShrinksIsNoticed() throws {
    let folder = try TemporaryFolder()
    var tar = TarBuilder()
    tar.file("x", content: pattern(1 << 20))
    tar.end()
    try write(tar.bytes, to: folder("in.tar"))
    var reader = try ArchiveReader(path: folder("in.tar"))
    let entry = try #require(try reader.next())
    var output = try Output(path: folder("a.tar"), form: .tar(.none))
    try output.begin(entry, from: reader)
    #expect(truncate(folder("in.tar"), 300_000) == 0)
    do throws(ArchiveError) {
      try output.writeRest(of: &reader)
      Issue.record("nothing was noticed")
    } catch {
      guard case .damaged(let damage) = error else {
        Issue.record("\(error)")
        return
      }
      #expect(damage.kind == .truncated)
    }
  }

  /// Where the kernel will not copy from or to, it is read and written.
  @Test func fallsBack() throws {
    let folder = try TemporaryFolder()
    try write(pattern(300_000), to: folder("in"))
    let source = try FileDescriptor.open(FilePath(folder("in")), .readOnly)
    defer { try? source.close() }
    let target = try FileDescriptor.open(
      FilePath(folder("out")), .writeOnly, options: [.create, .append],
      permissions: .ownerReadWrite)
    defer { try? target.close() }
    let stored = StoredBytes(file: source, offset: 0, count: 300_000)
    #expect(try !stored.copy(to: target, path: "out"))
    #expect(try bytes(of: folder("out")).isEmpty)
  }
}

/// Longer headers are the same headers.
@Suite struct HeaderPaddingTests {
  @Test(arguments: [false, true], Array(stride(from: 0, to: 4096, by: 512)))
  func saysTheSame(_ hasRecords: Bool, _ extra: Int) throws {
    var tar = TarBuilder()
    if hasRecords { tar.pax(texts: [("path", String(repeating: "n", count: 120)), ("uid", "7")]) }
    tar.add(TarBuilder.Header("n", size: 3))
    let headers = tar.bytes
    let padded = HeaderPadding.padded(headers, by: extra)
    #expect((padded.count - headers.count) % 4096 == extra)
    let rest = pattern(3) + [UInt8](repeating: 0, count: 509 + 1024)
    var before = try ArchiveReader(bytes: headers + rest)
    var after = try ArchiveReader(bytes: padded + rest)
    let (plain, longer) = (try before.next(), try after.next())
    #expect(plain == longer)
    #expect(plain != nil)
    let end = try after.next()
    #expect(end == nil)
    #expect(after.tail?.junk == 0)
    let folder = try TemporaryFolder()
    try write(padded + rest, to: folder("a.tar"))
    let listed = try Tool(name: "tar").run("-tf", folder("a.tar"))
    #expect(listed.status == 0 && listed.errors.isEmpty)
    #expect(
      String(decoding: listed.output, as: UTF8.self)
        == (hasRecords ? String(repeating: "n", count: 120) : "n") + "\n")
  }
}
