public import Archive

/// The line that tells how far a command is, how fast it goes and when it will be done.
public struct ProgressText {
  /// How many checkpoints are done, of how many; nil where there is only one.
  public var checkpoints: (done: Int, of: Int)?
  private var last: (progress: Progress, at: ContinuousClock.Instant)
  private let start: ContinuousClock.Instant
  /// Bytes in a second. The last seconds count more than those before.
  private var rate: Double?

  /// Bytes count from now on.
  public init(_ progress: Progress, at start: ContinuousClock.Instant) {
    last = (progress, start)
    self.start = start
  }

  /// `reading: 1.2 GiB of 4 GiB, 310 MiB/s, 9 s left`, cut to fit `width` columns.
  public mutating func line(
    _ progress: Progress, at now: ContinuousClock.Instant, width: Int
  ) -> String {
    measure(progress, now)
    var parts = [amount(progress)]
    if let rate, rate >= 1 { parts.append("\(humanSize(Int64(rate)))/s") }
    if let seconds = secondsLeft(progress, now) { parts.append("\(Self.text(seconds)) left") }
    return String("\(progress.stage.title): \(parts.joined(separator: ", "))".prefix(width))
  }

  /// Averages over about three seconds: a compressor takes its input in gulps.
  private mutating func measure(_ progress: Progress, _ now: ContinuousClock.Instant) {
    let seconds = (now - last.at) / .seconds(1)
    guard seconds > 0 else { return }
    let current = Double(max(0, progress.bytes - last.progress.bytes)) / seconds
    let weight = min(1, seconds / 3)
    rate = rate.map { $0 + (current - $0) * weight } ?? current
    last = (progress, now)
  }

  private func amount(_ progress: Progress) -> String {
    if let (done, all) = checkpoints {
      return "\(done) of \(all) checkpoints, \(humanSize(progress.bytes))"
    }
    let read = humanSize(progress.passBytes)
    return progress.passLength > 0 ? "\(read) of \(humanSize(progress.passLength))" : read
  }

  private func secondsLeft(_ progress: Progress, _ now: ContinuousClock.Instant) -> Double? {
    if let (done, all) = checkpoints {
      return done > 0 ? (now - start) / .seconds(1) / Double(done) * Double(all - done) : nil
    }
    guard let rate, rate >= 1, progress.passLength > 0 else { return nil }
    return Double(max(0, progress.passLength - progress.passBytes)) / rate
  }

  /// `9 s`, `4 min`, `3 h`: what is left is never known better.
  private static func text(_ seconds: Double) -> String {
    switch seconds {
    case ..<99.5: "\(Int(seconds.rounded(.up))) s"
    case ..<5970: "\(Int((seconds / 60).rounded())) min"
    case ..<360_000: "\(Int((seconds / 3600).rounded())) h"
    default: "days"
    }
  }
}

extension Progress.Stage {
  fileprivate var title: String {
    switch self {
    case .reading: "reading"
    case .writing: "writing"
    case .checking: "checking the output"
    }
  }
}
