/// Reads what programs answer to `--version`.
enum VersionText {
  /// Longer is no version.
  private static let limit = 64

  /// The first number with dots: 1.1.5 of `runc version 1.1.5+ds1`.
  static func version(_ text: String) -> String? {
    var rest = text.utf8[...]
    while let start = rest.firstIndex(where: \.isDigit) {
      let run = rest[start...].prefix { $0.isDigit || $0 == 0x2E }
      rest = rest[run.endIndex...]
      var digits = run
      while digits.last == 0x2E { digits.removeLast() }
      let parts = digits.split(separator: 0x2E, omittingEmptySubsequences: false)
      if parts.count > 1, parts.allSatisfy({ !$0.isEmpty }), digits.count <= limit {
        return String(Substring(digits))
      }
    }
    return nil
  }
}
