import Foundation
import Support
import Synchronization

/// What `make test-hostile` asks for, and what came of it.
enum Hostile {
  /// Whether everything is run, or as much as `make test` has time for.
  static let isWhole = ProcessInfo.processInfo.environment["CKPTMEND_HOSTILE"] == "all"

  static let hasTrace = Tool(name: "strace").exists

  struct Figures {
    var runs: [HostileRun.User: Int] = [:]
    var traced = 0
    var bombs = 0
    var crashes = 0
    var outside = 0
    /// In KiB.
    var memory = 0
    var searched = 0
    var leaks = 0
    var flips: [String: Int] = [:]
  }

  static let figures = Mutex(Figures())

  /// Writes the figures so far to where CKPTMEND_FIGURES says.
  static func print() {
    guard let path = ProcessInfo.processInfo.environment["CKPTMEND_FIGURES"] else { return }
    let figures = figures.withLock { $0 }
    let lines = [
      "archives\t\(HostileCase.all.count)",
      "runs as root\t\(figures.runs[.root, default: 0])",
      "runs not as root\t\(figures.runs[.nobody, default: 0])",
      "bombs\t\(figures.bombs)",
      "of these under strace\t\(figures.traced)",
      "crashes\t\(figures.crashes)",
      "outside writes\t\(figures.outside)",
      "most memory, MiB\t\(figures.memory >> 10)",
      "outputs searched for secrets\t\(figures.searched)",
      "leaks of secrets\t\(figures.leaks)",
    ]
    let flips = figures.flips.sorted { $0.key < $1.key }.map { "flips: \($0.key)\t\($0.value)" }
    try? write(Array(((lines + flips).joined(separator: "\n") + "\n").utf8), to: path)
  }
}
