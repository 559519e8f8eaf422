import Archive
import Glibc
import SystemPackage

/// The terminal: what goes where, and whether it is painted.
enum Console {
  /// Diagnostics and progress; reports alone go to standard output.
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

  /// Colour suits a terminal without NO_COLOR (https://no-color.org).
  static var wantsColour: Bool {
    isTerminal && (getenv("NO_COLOR").map { $0.pointee == 0 } ?? true)
      && getenv("TERM").map { String(cString: $0) } != "dumb"
  }
}
