import Archive
import ArgumentParser
import Glibc
import Synchronization
import Verify

/// The exit codes, documented in the README and in every command's help.
enum ExitStatus: Int32, Comparable {
  case restorable = 0
  /// Findings at or above `--fail-on`.
  case findings = 1
  /// Unreadable input: no verdict.
  case unreadable = 2
  /// Hostile content: refused.
  case unsafe = 3
  /// The output could not be written; nothing was published.
  case notWritten = 4
  /// Cannot be repaired, or a permission is missing; nothing was published.
  case notRepaired = 5
  case usage = 64
  case internalError = 70

  static func < (left: ExitStatus, right: ExitStatus) -> Bool { left.rawValue < right.rawValue }

  init(_ report: Report, failOn severity: Severity) {
    switch report.verdict {
    case .unsafe: self = .unsafe
    case .unreadable: self = .unreadable
    case .restorable, .restorableWithLoss, .notRestorable:
      self = report.findings.contains { $0.severity >= severity } ? .findings : .restorable
    }
  }

  init(_ error: ArchiveError) {
    switch error {
    case .damaged(let damage) where damage.kind == .limitExceeded: self = .unsafe
    case .refused: self = .notRepaired
    case .damaged, .cannotRead, .notAnArchive: self = .unreadable
    case .cannotWrite, .outputExists: self = .notWritten
    case .interrupted: self = .notWritten
    }
  }
}

/// How the program ends.
enum Ending {
  /// Whether it ends by itself.
  private static let isOurs = Atomic(false)

  /// libarchive ends the program by exit(3), with 1, where it has no memory for a text. That must
  /// not look like findings.
  static func install() {
    atexit {
      if !Ending.isOurs.load(ordering: .relaxed) { _exit(ExitStatus.internalError.rawValue) }
    }
  }

  /// Nothing but a last message may be written after this.
  static func begin() {
    isOurs.store(true, ordering: .relaxed)
    Console.endRewriting()
  }

  static func exit(_ status: ExitStatus) -> Never {
    begin()
    Glibc.exit(status.rawValue)
  }
}

/// Ends the command with a message on standard error.
struct Failure: Error {
  var status: ExitStatus
  var message: String

  init(_ status: ExitStatus, _ message: String) {
    self.status = status
    self.message = message
  }

  init(_ error: ArchiveError) { self.init(ExitStatus(error), "\(error)") }
}
