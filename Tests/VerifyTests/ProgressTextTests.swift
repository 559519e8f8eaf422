import Archive
import Support
import Testing

@testable import Verify

@Suite struct ProgressTextTests {
  private let start = ContinuousClock.now

  private static func progress(_ bytes: Int64, of length: Int64) -> Progress {
    Progress(bytes: bytes, passBytes: bytes, passLength: length)
  }

  struct Case: CustomTestStringConvertible {
    var bytes: Int64
    var length: Int64
    var seconds: Int
    var line: String
    var testDescription: String { line }
  }

  @Test(arguments: [
    Case(bytes: 0, length: 0, seconds: 1, line: "reading: 0 B"),
    Case(bytes: 3 << 20, length: 0, seconds: 2, line: "reading: 3 MiB, 1.5 MiB/s"),
    Case(bytes: 0, length: 1 << 30, seconds: 1, line: "reading: 0 B of 1 GiB"),
    Case(
      bytes: 100 << 20, length: 1 << 30, seconds: 1,
      line: "reading: 100 MiB of 1 GiB, 100 MiB/s, 10 s left"),
    Case(
      bytes: 1 << 30, length: 1 << 30, seconds: 4,
      line: "reading: 1 GiB of 1 GiB, 256 MiB/s, 0 s left"),
    Case(
      bytes: 1 << 20, length: 400 << 20, seconds: 1,
      line: "reading: 1 MiB of 400 MiB, 1 MiB/s, 7 min left"),
    Case(
      bytes: 1 << 10, length: 1 << 30, seconds: 1,
      line: "reading: 1 KiB of 1 GiB, 1 KiB/s, days left"),
  ])
  func oneCheckpoint(_ example: Case) {
    var text = ProgressText(Progress(), at: start)
    let progress = Self.progress(example.bytes, of: example.length)
    #expect(
      text.line(progress, at: start + .seconds(example.seconds), width: 79) == example.line)
  }

  @Test func severalCheckpoints() {
    var text = ProgressText(Progress(), at: start)
    text.checkpoints = (25, 100)
    #expect(
      text.line(Self.progress(50 << 20, of: 1 << 20), at: start + .seconds(5), width: 79)
        == "reading: 25 of 100 checkpoints, 50 MiB, 10 MiB/s, 15 s left")
    text.checkpoints = (0, 100)
    #expect(!text.line(Progress(), at: start + .seconds(6), width: 79).contains("left"))
  }

  /// A compressor that takes its input in gulps must not make the figures jump.
  @Test func rateIsSmooth() {
    var text = ProgressText(Progress(), at: start)
    var rates: [Substring] = []
    for tick in 1...100 {
      let gulps = Int64(tick / 5) * (5 << 20)
      let line = text.line(
        Self.progress(gulps, of: 1 << 30), at: start + .milliseconds(200 * tick), width: 79)
      if tick > 50 { rates.append(line.split(separator: ", ")[1]) }
    }
    for rate in rates {
      #expect(rate.hasPrefix("5.") || rate.hasPrefix("4.") || rate == "5 MiB/s", "\(rate)")
    }
  }

  @Test func fitsTheTerminal() {
    var text = ProgressText(Progress(), at: start)
    let progress = Self.progress(100 << 20, of: 1 << 30)
    #expect(text.line(progress, at: start + .seconds(1), width: 20) == "reading: 100 MiB of ")
    #expect(text.line(progress, at: start + .seconds(1), width: 0) == "")
  }
}
