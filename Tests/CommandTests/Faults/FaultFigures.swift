import Foundation
import Synchronization

/// What was done, for the table of `make test-faults`.
struct FaultFigures {
  private var counts: [String: Int] = [:]

  mutating func add(_ name: String) { counts[name, default: 0] += 1 }

  private static let file = Mutex(
    ProcessInfo.processInfo.environment["CKPTMEND_FAULT_FIGURES"].flatMap {
      FileHandle(forUpdatingAtPath: $0)
    })

  /// Adds them to the file that the environment names.
  func keep() {
    let lines = counts.map { "\($1) \($0)\n" }.sorted().joined()
    Self.file.withLock { file in
      _ = try? file?.seekToEnd()
      try? file?.write(contentsOf: Data(lines.utf8))
    }
  }
}
