/// One page about all inputs of a run. Unlike the other forms it keeps them until the end: its
/// table of verdicts comes first.
public struct HTMLWriter: ReportWriter {
  private var reports: [(report: Report, inspection: Inspection)] = []
  private var unread: [(path: String, reason: String)] = []

  public init() {}

  public mutating func add(_ outcome: Outcome) -> String {
    if let report = outcome.report, let inspection = outcome.inspection {
      reports.append((report, inspection))
    } else {
      unread.append((outcome.path, outcome.error ?? "it was not inspected"))
    }
    return ""
  }

  public mutating func finish(_ summary: RunSummary) -> String {
    HTMLReport(reports, unread: unread).text
  }
}
