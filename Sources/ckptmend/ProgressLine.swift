import Archive
import Dispatch
import Glibc
import Synchronization
import Verify

/// A line on the terminal, rewritten in place, while a command takes longer than a moment. Nothing
/// of it stays.
enum ProgressLine {
  private static let moment: UInt32 = 700_000
  private static let pace: UInt32 = 200_000
  private static let checkpoints = Mutex((done: 0, of: 1))

  /// Shows the line from now on, if standard error is a terminal that can take it back.
  static func show() {
    guard Console.canRewrite else { return }
    DispatchQueue(label: "progress").async {
      var text = ProgressText(.now, at: .now)
      usleep(moment)
      while true {
        let all = checkpoints.withLock { $0 }
        text.checkpoints = all.of > 1 ? all : nil
        // A line that fills the last column may be wrapped.
        let line = text.line(.now, at: .now, width: Console.columns - 1)
        guard Console.rewrite(line) else { return }
        usleep(pace)
      }
    }
  }

  static func expect(_ count: Int) { checkpoints.withLock { $0 = (0, count) } }

  static func finishOne() { checkpoints.withLock { $0.done += 1 } }
}
