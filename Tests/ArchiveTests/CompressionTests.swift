import Glibc
import Support
import SystemPackage
import Testing

@testable import Archive

/// Takes all, in memory.
private final class MemorySink: ByteSink {
  private(set) var bytes: [UInt8] = []
  private(set) var isFinished = false

  func write(_ bytes: UnsafeRawBufferPointer) { self.bytes += bytes }
  func finish() { isFinished = true }
}

/// A full disk, from its first byte on.
private final class FullSink: ByteSink {
  static let error = ArchiveError.cannotWrite(path: "full", reason: "no room")
  func write(_ bytes: UnsafeRawBufferPointer) throws(ArchiveError) { throw Self.error }
  func finish() {}
}

/// Pages as a dump has them: zeros, text, pointers, noise.
private func pages(_ count: Int) -> [UInt8] {
  var state: UInt64 = 1
  func next() -> UInt64 {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return state >> 24
  }
  var result: [UInt8] = []
  result.reserveCapacity(count * 4096)
  for page in 0..<count {
    switch page % 4 {
    case 0: result += repeatElement(0, count: 4096)
    case 1: result += (0..<4096).map { Array("the same words again, \(page)\n".utf8)[$0 % 24] }
    case 2:
      for _ in 0..<512 {
        let pointer = 0x7F00_0000_0000 + next() % 4096 * 16
        withUnsafeBytes(of: pointer.littleEndian) { result += $0 }
      }
    default: for _ in 0..<512 { withUnsafeBytes(of: next()) { result += $0 } }
    }
  }
  return result
}

@Suite("Our own compression")
struct CompressionTests {
  private static let ours: [Compression] = [.gzip, .zstd]
  /// More than a frame, and not a whole number of members.
  private static let sample = pages(2500) + [1, 2, 3]

  private func compressed(
    _ bytes: [UInt8], _ compression: Compression, level: Int? = nil, threads: Int = 1,
    pieces: Int = 1 << 17
  ) throws -> [UInt8] {
    let memory = MemorySink()
    let sink = try compression.stage(to: memory, path: "out", level: level, threads: threads)
    try bytes.withUnsafeBytes { content in
      for start in stride(from: 0, to: content.count, by: pieces) {
        let piece = content[start..<min(start + pieces, content.count)]
        try sink.write(UnsafeRawBufferPointer(rebasing: piece))
      }
    }
    try sink.finish()
    #expect(memory.isFinished)
    return memory.bytes
  }

  private func decompressed(_ bytes: [UInt8]) throws -> [UInt8] {
    let source: any ByteSource =
      bytes.starts(with: Compression.gzip.magic)
      ? try GzipSource(MemorySource(bytes))
      : try ZstdSource(MemorySource(bytes), window: Limits().windowBytes)
    var result: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = try buffer.read(upTo: buffer.count, from: source)
      if count == 0 { return result }
      result += buffer[..<count]
    }
  }

  @Test("gives the same bytes on any number of threads, however they come", arguments: ours)
  func threads(compression: Compression) throws {
    let once = try compressed(Self.sample, compression)
    #expect(once.count < Self.sample.count / 2)
    for threads in [2, 3, 4, 16] {
      #expect(try compressed(Self.sample, compression, threads: threads) == once, "\(threads)")
    }
    for pieces in [7919, 1 << 16, 1 << 22, Self.sample.count] {
      #expect(
        try compressed(Self.sample, compression, threads: 2, pieces: pieces) == once, "\(pieces)")
    }
    #expect(try decompressed(once) == Self.sample)
  }

  @Test("holds for every size", arguments: ours)
  func sizes(compression: Compression) throws {
    let member = try #require(compression.codec).size
    for size in [0, 1, member - 1, member, member + 1, 2 * member] {
      let bytes = Array(Self.sample.prefix(size))
      let once = try compressed(bytes, compression)
      #expect(try compressed(bytes, compression, threads: 4, pieces: 100_000) == once, "\(size)")
      // libarchive finds no format in an empty zstd frame; a tar is never empty.
      if size > 0 { #expect(try decompressed(once) == bytes, "\(size)") }
    }
  }

  @Test("has every level that it says, and is smaller with a higher one", arguments: ours)
  func levels(compression: Compression) throws {
    let bytes = Array(Self.sample.prefix(1 << 18))
    let sizes = try #require(compression.levels).map {
      try compressed(bytes, compression, level: $0).count
    }
    #expect(try #require(sizes.last) < #require(sizes.first))
  }

  @Test("is what gzip and zstd read", .enabled(if: Tool.zstd.exists), arguments: ours)
  func tools(compression: Compression) throws {
    let folder = try TemporaryFolder()
    let tool = compression == .gzip ? Tool.gzip : Tool.zstd
    for (index, bytes) in [[], Self.sample].enumerated() {
      let name = "\(index).\(compression == .gzip ? "gz" : "zst")"
      try folder.makeFile(name, compressed(bytes, compression, threads: 2))
      #expect(try tool.run("-tq", folder(name)).status == 0)
      let outcome = try tool.run("-dc", folder(name))
      #expect(outcome.status == 0, "\(outcome.errors)")
      #expect(outcome.output == bytes)
    }
  }

  @Test("has a header without time and name, and a frame with a checksum")
  func headers() throws {
    // RFC 1952, 2.3: no flags, no time, no hint at the level, an unknown system.
    #expect(
      try compressed([1], .gzip).prefix(10) == [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 0xFF])
    // RFC 8878, 3.1.1.1.1: bit 2 of the descriptor.
    #expect(try compressed([1], .zstd)[4] & 4 == 4)
  }

  @Test("tells what the stage below could not do", arguments: ours)
  func failures(compression: Compression) throws {
    let sink = try compression.tarSink(to: FullSink(), path: "out", level: nil, threads: 2)
    let bytes = Self.sample
    #expect(throws: FullSink.error) {
      try sink.begin(Entry(name: EntryName("f"), kind: .file, size: Int64(bytes.count)))
      try bytes.withUnsafeBytes { try sink.write($0) }
      try sink.end()
    }
  }

  @Test("writes nothing more once it is given up", arguments: Compression.allCases)
  func givenUp(compression: Compression) throws {
    let memory = MemorySink()
    do {
      let sink = try compression.tarSink(to: memory, path: "out", level: nil, threads: 2)
      try sink.begin(Entry(name: EntryName("f"), kind: .file, size: 3_000_000))
      try Self.sample.prefix(2_500_000).withUnsafeBytes { try sink.write($0) }
    }
    #expect(!memory.isFinished)
    let before = memory.bytes
    #expect(before.count < 2_500_000)
    // A thread that was still at work has no way to write.
    usleep(50_000)
    #expect(memory.bytes == before)
  }

  @Test("tells what passes a digest")
  func digest() throws {
    let memory = MemorySink()
    let sink = DigestSink(memory)
    try Self.sample.withUnsafeBytes { try sink.write($0) }
    try sink.write(UnsafeRawBufferPointer(start: nil, count: 0))
    try sink.finish()
    #expect(memory.isFinished)
    #expect(memory.bytes == Self.sample)
    #expect(sink.count == Int64(Self.sample.count))
    #expect(sink.digest == SHA256.digest(of: Self.sample))
  }
}
