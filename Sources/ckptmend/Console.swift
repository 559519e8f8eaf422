import Archive
import Glibc
import Synchronization
import SystemPackage

/// The terminal: what goes where, and whether it is painted.
enum Console {
  private enum Line { case none, shown, ended }

  /// The line that is rewritten in place. Whoever writes takes it away first.
  private static let line = Mutex(Line.none)

  /// Diagnostics; reports alone go to standard output.
  static func note(_ text: String) { write(text + "\n", to: STDERR_FILENO) }

  /// Writes all of `text`, or ends the program.
  static func out(_ text: String) {
    if !report(text) { Ending.exit(.notWritten) }
  }

  /// Writes all of `text`, or says why it could not: but for a reader that has gone away, which is
  /// what `head` does.
  static func report(_ text: String) -> Bool {
    if write(text, to: STDOUT_FILENO) { return true }
    if errno != EPIPE {
      note("ckptmend: cannot write (standard output): \(Errno(rawValue: errno))")
    }
    return false
  }

  @discardableResult
  private static func write(_ text: String, to descriptor: Int32) -> Bool {
    line.withLock { line in
      if line == .shown {
        _ = writeAll(erasing, to: STDERR_FILENO)
        line = .none
      }
      return writeAll(text, to: descriptor)
    }
  }

  private static func writeAll(_ text: String, to descriptor: Int32) -> Bool {
    var text = text
    return text.withUTF8 { bytes in
      var done = 0
      while done < bytes.count {
        let count = Glibc.write(descriptor, bytes.baseAddress.map { $0 + done }, bytes.count - done)
        if count < 0 && errno == EINTR { continue }
        if count <= 0 { return false }
        done += count
      }
      return true
    }
  }

  static var isTerminal: Bool { isatty(STDOUT_FILENO) == 1 }

  private static var isDumb: Bool {
    getenv("TERM").map { String(cString: $0) == "dumb" } ?? true
  }

  /// Colour suits a terminal without NO_COLOR (https://no-color.org).
  static var wantsColour: Bool {
    isTerminal && (getenv("NO_COLOR").map { $0.pointee == 0 } ?? true) && !isDumb
  }
}

extension Console {
  /// Back to the first column, and erase from there (ECMA-48, EL).
  private static let erasing = "\r\u{1B}[K"

  /// Whether diagnostics go to a terminal that can take back a line.
  static var canRewrite: Bool { isatty(STDERR_FILENO) == 1 && !isDumb }

  /// The width of that terminal.
  static var columns: Int {
    var size = winsize()
    let isKnown = ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0
    return isKnown ? Int(size.ws_col) : 80
  }

  /// Shows `text` in place of what this showed before; false once there is to be no such line.
  static func rewrite(_ text: String) -> Bool {
    line.withLock { line in
      if line == .ended { return false }
      line = .shown
      return writeAll(erasing + text, to: STDERR_FILENO)
    }
  }

  /// Takes the line away; there will be no other.
  static func endRewriting() {
    line.withLock { line in
      if line == .shown { _ = writeAll(erasing, to: STDERR_FILENO) }
      line = .ended
    }
  }
}
