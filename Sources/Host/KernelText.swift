/// Readers of what the kernel writes about itself; nil is a text of some other form.
enum KernelText {
  /// A number alone, as files below `/proc/sys` hold it.
  static func number(_ text: String) -> UInt64? {
    let digits = text.trimmingWhitespace
    guard digits.utf8.allSatisfy({ $0.isDigit }) else { return nil }
    return UInt64(digits)
  }

  /// The names in `/sys/kernel/security/lsm`, with commas between (kernel: security/inode.c).
  static func securityModules(_ text: String) -> [String]? {
    let names = text.trimmingWhitespace.split(separator: ",", omittingEmptySubsequences: false)
    guard names.allSatisfy({ isName($0) }) else { return nil }
    return names.map { String($0) }
  }

  /// The names in `/proc/filesystems`: one a line, after a tab and perhaps `nodev` before it
  /// (proc(5)); in order.
  static func filesystems(_ text: String) -> [String]? {
    var names: Set<String> = []
    for line in text.split(separator: "\n") {
      let fields = line.split(separator: "\t", omittingEmptySubsequences: false)
      guard fields.count == 2, fields[0].isEmpty || fields[0] == "nodev", isName(fields[1]) else {
        return nil
      }
      names.insert(String(fields[1]))
    }
    return names.isEmpty ? nil : names.sorted()
  }

  /// The names in `/sys/kernel/security/apparmor/profiles`: one a line, with its mode in parentheses
  /// at the end (kernel: security/apparmor/apparmorfs.c, seq_show_profile). A name may have blanks.
  static func profiles(_ text: String) -> [String]? {
    var names: Set<String> = []
    for line in text.split(separator: "\n") {
      guard line.last == ")", let mode = line.lastIndex(of: "("),
        line[..<mode].last == " ", case let name = line[..<mode].dropLast(), !name.isEmpty,
        name.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F })
      else { return nil }
      names.insert(String(name))
    }
    return names.sorted()
  }

  /// A number that is 0 or 1.
  static func flag(_ text: String) -> Bool? {
    number(text).flatMap { $0 < 2 ? $0 == 1 : nil }
  }

  private static func isName(_ text: Substring) -> Bool {
    !text.isEmpty && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }
  }
}

extension UInt8 {
  var isDigit: Bool { (0x30...0x39).contains(self) }
}

extension StringProtocol {
  /// Without the blanks at both ends.
  var trimmingWhitespace: String {
    let rest = drop { $0.isWhitespace }
    guard let last = rest.lastIndex(where: { !$0.isWhitespace }) else { return "" }
    return String(rest[...last])
  }
}
