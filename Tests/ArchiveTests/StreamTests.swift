import Support
import Testing

@testable import Archive

@Suite("A compressed stream")
struct StreamTests {
  /// Where a tar is cut in two streams: in a header, in a body, in the end marker.
  static let cuts = [100, 1100, 1600, 3000]

  @Test("may consist of several", arguments: Compression.allCases.dropFirst(), cuts)
  func several(compression: Compression, cut: Int) throws {
    let tar = TarBuilder.small
    let parts = [Array(tar.prefix(cut)), [], Array(tar.dropFirst(cut))]
    let stream = try parts.flatMap { try compress($0, compression) }
    for outcome in [read(stream), read(stream, dribbling: 5)] {
      #expect(outcome == read(tar))
    }
  }

  @Test("is checked in every part")
  func severalChecked() throws {
    let tar = TarBuilder.small
    var first = try compress(Array(tar.prefix(1024)), .gzip)
    first[first.count - 8] ^= 1
    let outcome = read(first + (try compress(Array(tar.dropFirst(1024)), .gzip)))
    #expect(outcome.names == ["first"])
    #expect(outcome.damage?.kind == .checksumMismatch)
  }

  @Test("of gzip names both sums, and both lengths", arguments: [1, 3, 8, 100, 1 << 20])
  func trailer(step: Int) throws {
    // Read to the end after the tar's: the last entry is good.
    let stream = try compress(TarBuilder.small, .gzip)
    let trailer = stream.suffix(8).map(UInt64.init)
    let sum = trailer[0] | trailer[1] << 8 | trailer[2] << 16 | trailer[3] << 24
    for (offset, have, need, unit) in [
      (8, sum, sum ^ 1, "as CRC-32"), (4, 5120, 5121, "bytes (modulo 2^32)"),
    ] {
      var bytes = stream
      bytes[bytes.count - offset] ^= 1
      let outcome = read(bytes, dribbling: step)
      #expect(outcome.names == ["first", "second"])
      #expect(outcome.damage == nil)
      let damage = try #require(outcome.tail?.streamDamage)
      #expect(damage.kind == .checksumMismatch)
      #expect(damage.have == have)
      #expect(damage.need == need)
      #expect(damage.unit == unit)
      #expect(damage.lastGood == EntryName("second"))
    }
  }

  /// A header may have a checksum of its own, and fields of any length (RFC 1952, 2.3.1).
  @Test("of gzip has its header checked", arguments: [1, 3, 1 << 20])
  func header(step: Int) throws {
    let stream = try compress(TarBuilder.small, .gzip)
    let body = stream.dropFirst(10)
    // Flag 2, and the lower half of the CRC-32 of the ten bytes before.
    let header: [UInt8] = [0x1F, 0x8B, 8, 2, 0, 0, 0, 0, 0, 3]
    #expect(read(header + [0xA7, 0x77] + body, dribbling: step) == read(TarBuilder.small))
    let wrong = read(header + [0xA6, 0x77] + body, dribbling: step)
    #expect(wrong.names.isEmpty)
    // Flags 4, 8 and 16: a field, a name and a comment.
    let fields: [UInt8] = [0x1F, 0x8B, 8, 28, 0, 0, 0, 0, 0, 3, 2, 0, 7, 7, 0x61, 0, 0x62, 0]
    #expect(read(fields + body, dribbling: step) == read(TarBuilder.small))
  }

  @Test("of gzip without its trailer is cut, though the tar is whole", arguments: 1...8)
  func noTrailer(missing: Int) throws {
    let outcome = read(try compress(TarBuilder.small, .gzip).dropLast(missing))
    #expect(outcome.names == ["first", "second"])
    #expect(outcome.tail?.isAccepted == true)
    #expect(outcome.tail?.streamDamage?.kind == .truncated)
    #expect(outcome.tail?.streamDamage?.lastGood == EntryName("second"))
  }

  /// What is made of bytes after the stream; libarchive refuses them in xz.
  @Test(
    "may be followed by bytes that are not part of it",
    arguments: [Compression.gzip, .zstd, .bzip2],
    [[0], [UInt8](repeating: 0, count: 1000), [1, 2, 3], [0x28, 0xB5, 0x2F], pattern(200_000)])
  func trailing(compression: Compression, junk: [UInt8]) throws {
    let stream = try compress(TarBuilder.small, compression) + junk
    for outcome in [read(stream), read(stream, dribbling: 999)] {
      #expect(outcome.names == ["first", "second"])
      #expect(outcome.tail?.streamJunk == UInt64(junk.count))
      #expect(outcome.tail?.streamDamage == nil)
      #expect(!outcome.isClean)
    }
  }

  @Test("of xz may be followed by zeros in fours, and by nothing else")
  func xzPadding() throws {
    let stream = try compress(TarBuilder.small, .xz)
    #expect(read(stream + [0, 0, 0, 0]).isClean)
    #expect(!read(stream + [1, 2, 3, 4]).isClean)
  }

  /// A window and a dictionary of more than 128 MiB: their headers are enough to be refused, with what
  /// is allowed; a higher limit takes them.
  @Test(
    "must not ask for more memory than is allowed",
    arguments: ["zstd --long=28 --ultra -22", "xz --lzma2=dict=256MiB"])
  func windows(command: String) throws {
    let scratch = try ScratchFolder()
    try write(TarBuilder.small, to: scratch.file("a.tar"))
    // From a pipe: of a file, zstd would know that it needs no such window.
    let shell = "cat '\(scratch.file("a.tar"))' | \(command) --stdout"
    let stream = try Tool.bash.run("-c", shell).output
    var limits = Limits()
    let outcome = read(stream, limits: limits)
    #expect(outcome.damage?.kind == .limitExceeded)
    #expect(outcome.damage?.need != nil)
    limits.windowBytes = 256 << 20
    #expect(read(stream, limits: limits).isClean)
  }

  @Test("of zstd may hold frames to be skipped")
  func skippable() throws {
    let skippable: [UInt8] = [0x5F, 0x2A, 0x4D, 0x18, 3, 0, 0, 0, 0x28, 0xB5, 0x2F]
    let tar = TarBuilder.small
    let stream =
      try compress(Array(tar.prefix(700)), .zstd) + skippable
      + compress(Array(tar.dropFirst(700)), .zstd) + skippable
    #expect(read(stream) == read(tar))
    #expect(read(stream, dribbling: 1) == read(tar))
  }

  @Test(
    "of zstd that is cut before its checksum, or has a wrong one, is not sound", arguments: 0...4)
  func zstdChecksum(missing: Int) throws {
    // XXH64 of `small`, the lower half.
    let checksum: [UInt8] = [0xB3, 0xD8, 0x20, 0x98]
    let frame = zstdFrame(storing: TarBuilder.small, checksum: checksum)
    #expect(read(frame.dropLast(missing)).isClean == (missing == 0))
    #expect(read(frame.dropLast() + [checksum[3] ^ 1]).isClean == false)
  }

  @Test("of a stream is not a tar", arguments: Compression.allCases.dropFirst())
  func twice(compression: Compression) throws {
    let twice = try compress(compress(TarBuilder.small, compression), compression)
    #expect(read(twice).damage?.kind == .notTar)
  }

  @Test("of a stream's garbage is corrupt", arguments: Compression.allCases.dropFirst())
  func corrupt(compression: Compression) throws {
    var stream = try compress(TarBuilder.small, compression)
    for index in stream.count / 2..<stream.count { stream[index] = 0xA5 }
    let outcome = read(stream)
    let kinds: [Damage.Kind] = [.corruptStream, .truncated, .checksumMismatch]
    #expect(outcome.damage.map { kinds.contains($0.kind) } == true)
  }
}
