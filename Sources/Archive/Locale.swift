import Glibc

/// Runs calls into libarchive under a known character set, for this thread only.
///
/// libarchive converts the UTF-8 of PAX headers to the character set of the locale.
enum Locale: Sendable {
  /// For reading. In a UTF-8 locale libarchive composes names (Unicode form C) without a word, and
  /// so names another file than the engines do; in this one it hands on what is stored, with a
  /// warning where that is not ASCII.
  case plain
  /// For writing. Valid UTF-8 goes into PAX headers as it is, anything else as `BINARY`.
  case utf8

  nonisolated(unsafe) private static let c = newlocale(1 << LC_CTYPE, "C", nil)
  nonisolated(unsafe) private static let cUTF8 =
    newlocale(1 << LC_CTYPE, "C.UTF-8", nil) ?? newlocale(1 << LC_CTYPE, "C", nil)

  func callAsFunction<Value>(_ call: () -> Value) -> Value {
    let previous = uselocale(self == .plain ? Self.c : Self.cUTF8)
    defer { uselocale(previous) }
    return call()
  }

  /// Whether a warning says no more than that a name is not ASCII.
  static func isHarmless(_ warning: String) -> Bool {
    warning.hasSuffix("can't be converted from UTF-8 to current locale.")
  }
}
