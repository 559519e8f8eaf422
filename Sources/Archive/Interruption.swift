import Glibc
import Synchronization

/// Turns the signals that end a command into an error at the next step, so that unfinished output
/// is removed on the way out.
public enum Interruption {
  private static let received = Atomic<Int32>(0)

  /// Takes over SIGINT, SIGTERM and SIGHUP; SIGPIPE becomes a write error.
  public static func install() {
    for number in [SIGINT, SIGTERM, SIGHUP] {
      signal(number) { Interruption.received.store($0, ordering: .relaxed) }
    }
    signal(SIGPIPE, SIG_IGN)
  }

  /// Throws if a signal has arrived.
  public static func check() throws(ArchiveError) {
    let number = received.load(ordering: .relaxed)
    if number != 0 { throw .interrupted(signal: number) }
  }
}
