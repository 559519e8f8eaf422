import Archive
import Glibc
import Verify

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// What `watch` says about one archive, as one line of JSON.
struct WatchRecord: Encodable {
  /// When the judgement was made, in UTC.
  var time: String
  /// The path, escaped.
  var path: String
  var verdict: Verdict
  var counts: [String: Int]
  /// How often each rule found something.
  var rules: [String: Int]
  var seconds: Double
  var bytes: Int64
  /// Why the file could not be read, if so.
  var error: String?

  init(path: String, bytes: Int64, seconds: Double, at time: timespec, _ report: Report) {
    self.init(path: path, bytes: bytes, seconds: seconds, at: time, verdict: report.verdict)
    let found = report.counts
    counts = ["error": found.error, "warning": found.warning, "note": found.note]
    for finding in report.findings { rules[finding.rule, default: 0] += 1 }
  }

  init(path: String, bytes: Int64, seconds: Double, at time: timespec, error: ArchiveError) {
    self.init(path: path, bytes: bytes, seconds: seconds, at: time, verdict: .unreadable)
    self.error = "\(error)"
  }

  private init(
    path: String, bytes: Int64, seconds: Double, at time: timespec, verdict: Verdict
  ) {
    self.time = Self.text(of: time)
    self.path = path
    self.verdict = verdict
    counts = ["error": 0, "warning": 0, "note": 0]
    rules = [:]
    self.seconds = seconds
    self.bytes = bytes
  }

  func line() throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(self), as: UTF8.self) + "\n"
  }

  /// As RFC 3339 has it, with milliseconds.
  private static func text(of time: timespec) -> String {
    var seconds = time.tv_sec
    var parts = tm()
    gmtime_r(&seconds, &parts)
    func padded(_ value: Int, _ width: Int = 2) -> String {
      let digits = String(value)
      return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
    let date = [Int(parts.tm_year) + 1900, Int(parts.tm_mon) + 1, Int(parts.tm_mday)]
    let clock = [parts.tm_hour, parts.tm_min, parts.tm_sec].map { padded(Int($0)) }
    return date.map { padded($0) }.joined(separator: "-") + "T" + clock.joined(separator: ":")
      + ".\(padded(time.tv_nsec / 1_000_000, 3))Z"
  }
}
