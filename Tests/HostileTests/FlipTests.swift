import Foundation
import Support
import Synchronization
import Testing

@testable import Verify

/// One bit of an archive turned over: never a crash, and never restorable where a reader could know
/// better. `make test` takes every 997th bit, `make test-hostile` as many as CKPTMEND_FLIPS says.
@Suite struct FlipTests {
  static let step =
    ProcessInfo.processInfo.environment["CKPTMEND_FLIPS"].flatMap { Int($0) } ?? 997

  @Test(arguments: 0..<2) func areNoticed(half: Int) throws {
    let flips = try Flips()
    var counts: [String: Int] = [:]
    for (index, bit) in stride(from: 0, to: flips.bytes.count * 8, by: Self.step).enumerated()
    where index % 2 == half {
      let role = flips.roles[bit / 8]
      let answer = try flips.answer(bit: bit)
      counts["\(role.rawValue), \(answer.rawValue)", default: 0] += 1
      switch role {
      case .header, .endMarker: #expect(answer == .found, "bit \(bit)")
      case .checksum, .padding, .pages, .nested: #expect(answer != .other, "bit \(bit)")
      // Values without redundancy: what changed is as possible as what was there.
      case .document, .image: break
      }
    }
    Hostile.figures.withLock { figures in
      for (name, count) in counts { figures.flips[name, default: 0] += count }
    }
    Hostile.print()
  }

  /// Damage of any kind, of archives as engines write them.
  @Test(arguments: ["shell-none.tar", "ghost.tar.gz", "shell-zstd.tar.zst"])
  func byChanceCrashNothing(_ fixture: String) throws {
    let scratch = try ScratchFolder()
    let whole = try bytes(of: Fixtures.path(fixture))
    let content =
      fixture.hasSuffix("gz")
      ? try Tool(name: "gzip").run("-dc", Fixtures.path(fixture)).output : []
    var random = Repeatable(seed: 42)
    var answers: [String: Int] = [:]
    for _ in 0..<(Hostile.isWhole ? 3334 : 8) {
      var copy = whole
      let bit = Int.random(in: 0..<copy.count * 8, using: &random)
      copy[bit / 8] ^= 1 << UInt8(bit % 8)
      let verdict = try CorpusTests.report(copy).verdict
      answers["\(fixture), \(verdict.rawValue)", default: 0] += 1
      // The checksum of the whole stream covers all content, and a compressor can say the same in
      // more than one way.
      if fixture.hasSuffix("gz"), verdict == .restorable {
        try write(copy, to: scratch.file("a.gz"))
        let unpacked = try Tool(name: "gzip").run("-dc", scratch.file("a.gz"))
        #expect(unpacked.status == 0, "bit \(bit)")
        #expect(unpacked.output == content, "bit \(bit)")
      }
    }
    Hostile.figures.withLock { figures in
      for (name, count) in answers { figures.flips[name, default: 0] += count }
    }
    Hostile.print()
  }

  /// The same numbers in every run (SplitMix64).
  private struct Repeatable: RandomNumberGenerator {
    var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
      state &+= 0x9E37_79B9_7F4A_7C15
      var word = state
      word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
      word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
      return word ^ (word >> 31)
    }
  }
}
