/// Reads `/proc/PID/mountinfo` (proc_pid_mountinfo(5)):
/// `ID PARENT DEVICE ROOT MOUNTPOINT OPTIONS [FIELDS…] - TYPE SOURCE SUPEROPTIONS`.
enum MountTable {
  struct Entry: Hashable {
    var mountpoint: String
    var type: String
    /// Of the file system, not of the mount.
    var options: [String]
  }

  /// nil if a line has another form.
  static func entries(_ text: String) -> [Entry]? {
    var result: [Entry] = []
    for line in text.split(separator: "\n") {
      let fields = line.split(separator: " ", omittingEmptySubsequences: false)
      guard fields.count > 6, let dash = fields[6...].firstIndex(of: "-"),
        fields.count == dash + 4, let mountpoint = unescape(fields[4])
      else { return nil }
      let options = fields[dash + 3].split(separator: ",").map { String($0) }
      result.append(
        Entry(mountpoint: mountpoint, type: String(fields[dash + 1]), options: options))
    }
    return result.isEmpty ? nil : result
  }

  /// Blanks and backslashes are written as a backslash and three octal digits.
  private static func unescape(_ text: Substring) -> String? {
    var result: [UInt8] = []
    var rest = text.utf8
    while let byte = rest.popFirst() {
      guard byte == 0x5C else {
        result.append(byte)
        continue
      }
      let digits = rest.prefix(3)
      guard digits.count == 3, let value = UInt8(Substring(digits), radix: 8) else { return nil }
      result.append(value)
      rest = rest.dropFirst(3)
    }
    return String(decoding: result, as: UTF8.self)
  }
}
