import Archive
import Glibc
import Verify

/// Counts of what was judged, in the text format that node-exporter collects. As many lines as there
/// are verdicts, rules that found something, and bounds; no more, however many archives come.
struct WatchMetrics {
  /// Upper bounds of the histogram, in seconds.
  static let bounds: [Double] = [0.01, 0.1, 1, 10, 60, 600]

  private var verdicts: [Verdict: Int] = [:]
  private var rules: [String: Int] = [:]
  private var durations = [Int](repeating: 0, count: bounds.count + 1)
  private var seconds = 0.0
  private var bytes: Int64 = 0
  private var last: (path: String, verdict: Verdict, time: Int)?

  mutating func add(_ record: WatchRecord, at time: timespec) {
    verdicts[record.verdict, default: 0] += 1
    rules.merge(record.rules, uniquingKeysWith: +)
    durations[Self.bounds.firstIndex { record.seconds <= $0 } ?? Self.bounds.count] += 1
    seconds += record.seconds
    bytes += record.bytes
    last = (record.path, record.verdict, time.tv_sec)
  }

  var text: String {
    var text = Self.head("archives_total", "counter", "Archives that were judged.")
    for verdict in Verdict.allCases {
      text += "ckptmend_archives_total{verdict=\"\(verdict.rawValue)\"} \(verdicts[verdict] ?? 0)\n"
    }
    text += Self.head("findings_total", "counter", "Findings in archives, by rule.")
    for (rule, count) in rules.sorted(by: { $0.key < $1.key }) {
      text += "ckptmend_findings_total{rule=\"\(rule)\"} \(count)\n"
    }
    text += Self.head("judge_seconds", "histogram", "How long one archive took.")
    var sum = 0
    for (bound, count) in zip(Self.bounds.map { "\($0)" } + ["+Inf"], durations) {
      sum += count
      text += "ckptmend_judge_seconds_bucket{le=\"\(bound)\"} \(sum)\n"
    }
    text += "ckptmend_judge_seconds_sum \(seconds)\nckptmend_judge_seconds_count \(sum)\n"
    text += Self.head("judged_bytes_total", "counter", "Stored size of the archives.")
    text += "ckptmend_judged_bytes_total \(bytes)\n"
    guard let last else { return text }
    text += Self.head("last_judged_timestamp_seconds", "gauge", "When the last one was judged.")
    text += "ckptmend_last_judged_timestamp_seconds \(last.time)\n"
    text += Self.head("last_archive_info", "gauge", "Which was the last one.")
    text += "ckptmend_last_archive_info{path=\"\(Self.label(last.path))\","
    text += "verdict=\"\(last.verdict.rawValue)\"} 1\n"
    return text
  }

  private static func head(_ name: String, _ type: String, _ help: String) -> String {
    "# HELP ckptmend_\(name) \(help)\n# TYPE ckptmend_\(name) \(type)\n"
  }

  /// A label's value knows three escapes. The text is free of control characters already.
  private static func label(_ text: String) -> String {
    text.reduce(into: "") { $0 += $1 == "\\" || $1 == "\"" ? "\\\($1)" : "\($1)" }
  }

  /// Puts the metrics where a collector reads them, in one step. Everybody may read them.
  func write(to path: String) throws(ArchiveError) {
    // The collector takes names that end in .prom; this one does not.
    let work = "\(path).\(getpid())"
    let bytes = Array(text.utf8)
    unlink(work)
    let file = open(work, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o644)
    guard file >= 0 else { throw Self.failure(path) }
    fchmod(file, 0o644)
    let written = Glibc.write(file, bytes, bytes.count)
    let closed = close(file)
    guard written == bytes.count, closed == 0, rename(work, path) == 0 else {
      let failure = Self.failure(path)
      unlink(work)
      throw failure
    }
  }

  private static func failure(_ path: String) -> ArchiveError {
    .cannotWrite(path: path, reason: String(cString: strerror(errno)))
  }
}
