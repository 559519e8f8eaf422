import Glibc
import Synchronization

/// Turns the signals that end a command into an error at the next step, so that unfinished output
/// is removed on the way out.
public enum Interruption {
  private static let received = Atomic<Int32>(0)

  /// Takes over SIGINT, SIGTERM and SIGHUP; SIGPIPE becomes a write error.
  public static func install() {
    // A handler must not be the first to touch a static.
    received.store(0, ordering: .relaxed)
    var action = sigaction()
    action.__sigaction_handler.sa_handler = { Interruption.received.store($0, ordering: .relaxed) }
    // Without SA_RESTART, which signal(3) sets: a read that waits must return.
    action.sa_flags = 0
    // Threads of libraries block signals, and what they start inherits that.
    var taken = sigset_t()
    sigemptyset(&taken)
    for number in [SIGINT, SIGTERM, SIGHUP] {
      sigaction(number, &action, nil)
      sigaddset(&taken, number)
    }
    pthread_sigmask(SIG_UNBLOCK, &taken, nil)
    signal(SIGPIPE, SIG_IGN)
  }

  /// Throws if a signal has arrived.
  public static func check() throws(ArchiveError) {
    let number = received.load(ordering: .relaxed)
    if number != 0 { throw .interrupted(signal: number) }
  }
}
