import Support
import Testing

@testable import Archive

@Suite("The end")
struct TruncationTests {
  @Test("is missed at every byte of a tar", arguments: Taking.allCases)
  func cutTar(taking: Taking) {
    let tar = TarBuilder.small
    for count in 0..<tar.count {
      let bytes = Array(tar.prefix(count))
      for outcome in [read(bytes, taking), read(bytes, taking, dribbling: 100)] {
        // Only zeros after the end marker may be missing.
        #expect(outcome.isClean == (count >= TarBuilder.smallMarker.upperBound), "\(count) bytes")
        #expect((outcome.damage == nil) == (outcome.tail != nil), "\(count) bytes")
        if let tail = outcome.tail {
          #expect(tail.isAccepted == Self.isAcceptedByGo(count), "\(count) bytes")
        } else {
          #expect(!Self.isAcceptedByGo(count), "\(count) bytes")
        }
      }
    }
  }

  /// What archive/tar of Go 1.26 answers when `small` is cut: it has the last byte of a body and
  /// ends in the padding, or it ends with a whole block of the end marker.
  static func isAcceptedByGo(_ count: Int) -> Bool {
    switch count {
    case 512 + 10...1024, 1536 + 600...2560, 2560 + 512, TarBuilder.smallMarker.upperBound...: true
    default: false
    }
  }

  @Test("tells the last good entry at every byte")
  func lastGood() {
    let tar = TarBuilder.small
    for count in 1024..<2136 where !(TruncationTests.isAcceptedByGo(count)) {
      #expect(read(Array(tar.prefix(count))).damage?.lastGood == EntryName("first"))
    }
  }

  @Test("is missed at every byte of a compressed tar", arguments: Compression.allCases.dropFirst())
  func cutStream(compression: Compression) throws {
    let stream = try compress(TarBuilder.small, compression)
    #expect(read(stream).isClean)
    for count in 0..<stream.count {
      let outcome = read(Array(stream.prefix(count)))
      #expect(!outcome.isClean, "\(count) of \(stream.count) bytes")
    }
  }

  @Test("of a gzip stream is missed with the numbers of the entry")
  func cutGzip() throws {
    // Not compressible, so that the cut lies in the entry.
    var random = UInt64(1)
    let noise = (0..<300_000).map { _ in
      random = random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return UInt8(random >> 56)
    }
    var tar = TarBuilder()
    tar.file("good", content: [1])
    tar.file("cut", content: noise)
    tar.end()
    let stream = try compress(tar.bytes, .gzip)
    let damage = try #require(read(Array(stream.prefix(stream.count - 100_000))).damage)
    #expect(damage.kind == .truncated)
    #expect(damage.entry == EntryName("cut"))
    #expect(damage.lastGood == EntryName("good"))
    #expect(damage.need == 300_000)
    let have = try #require(damage.have)
    #expect((199_000..<201_000).contains(have))
  }

  /// Some bits of the codes can be flipped without a difference: one zero repeats like another.
  @Test(
    "of a gzip stream is not reached in peace with a flipped bit, unless all bytes are the same")
  func flippedGzip() throws {
    let stream = try compress(TarBuilder.small, .gzip)
    let sound = read(stream)
    var wrong: [String] = []
    for index in stream.indices {
      for bit in 0..<8 {
        var bytes = stream
        bytes[index] ^= 1 << bit
        let outcome = read(bytes)
        // A hint, the time, the compressor's hints and the system (RFC 1952, 2.3).
        let isUnchecked = (4..<10).contains(index) || index == 3 && bit == 0
        let isFrame = index < 10 || index >= stream.count - 8
        let isRight = isFrame ? outcome.isClean == isUnchecked : !outcome.isClean
        if !isRight && outcome != sound || isFrame && !isRight {
          wrong.append("bit \(bit) of byte \(index) of \(stream.count)")
        }
      }
    }
    #expect(wrong.isEmpty)
  }

  @Test(
    "is what Go takes for it",
    arguments: [
      (blocks: 0, last: 0, accepted: true, clean: false), (1, 0, true, false),
      (2, 0, true, true), (3, 0, true, true), (0, 1, false, false), (0, 511, false, false),
      (1, 1, false, false), (1, 511, false, false), (2, 1, true, true),
    ])
  func marker(blocks: Int, last: Int, accepted: Bool, clean: Bool) {
    let bytes =
      Array(TarBuilder.small.prefix(2560)) + [UInt8](repeating: 0, count: 512 * blocks + last)
    for outcome in [read(bytes), read(bytes, .skipping), read(bytes, dribbling: 300)] {
      #expect(outcome.names == ["first", "second"])
      #expect(outcome.tail?.bytes == Int64(512 * blocks + last))
      #expect(outcome.tail?.isAccepted == accepted)
      #expect(outcome.tail?.isClean == clean)
    }
  }

  @Test("comes after headers that name no entry", arguments: [0, 1, 2])
  func specialHeaders(blocks: Int) {
    var tar = TarBuilder()
    tar.file("file", content: [1])
    tar.pax([("comment", pattern(700))], type: "g")
    tar.pax([("comment", pattern(1))], type: "g")
    tar.end(blocks: blocks)
    let outcome = read(tar.bytes)
    #expect(outcome.names == ["file"])
    #expect(outcome.tail == Tail(bytes: Int64(512 * blocks), markerIsZero: true))
  }

  @Test("has nothing but zeros behind it")
  func junk() {
    let entries = Array(TarBuilder.small.prefix(2560))
    let zeros = [UInt8](repeating: 0, count: 512)
    let afterMarker = read(entries + zeros + zeros + zeros + [1, 0])
    #expect(afterMarker.tail == Tail(bytes: 1538, markerIsZero: true, junk: 513))
    #expect(afterMarker.tail?.isAccepted == true)
    #expect(!afterMarker.isClean)
    let inMarker = read(entries + zeros + pattern(512))
    #expect(inMarker.tail == Tail(bytes: 1024, markerIsZero: false))
    #expect(inMarker.tail?.isAccepted == false)
  }
}
