/// Which checkpoint restores on which host.
public struct Matrix: Sendable, Encodable {
  /// One checkpoint on one host.
  public struct Cell: Sendable {
    public var host: String
    public var report: Report

    public init(host: String, report: Report) {
      self.host = host
      self.report = report
    }
  }

  private struct Row: Sendable, Encodable {
    var path: String
    var hosts: [Entry]
  }

  private struct Entry: Sendable, Encodable {
    var host: String
    var verdict: Verdict
    /// The rules with errors, each once, in the order of the report.
    var rules: [String]
  }

  public let schemaVersion = 1
  private var rows: [Row] = []

  private enum CodingKeys: String, CodingKey {
    case schemaVersion
    case rows = "checkpoints"
  }

  /// Cells of one checkpoint follow each other.
  public init(_ cells: [Cell]) {
    for cell in cells {
      var rules: [String] = []
      for finding in cell.report.findings
      where finding.severity == .error && !rules.contains(finding.rule) {
        rules.append(finding.rule)
      }
      let entry = Entry(host: cell.host, verdict: cell.report.verdict, rules: rules)
      let path = cell.report.subject.path
      if rows.last?.path == path {
        rows[rows.count - 1].hosts.append(entry)
      } else {
        rows.append(Row(path: path, hosts: [entry]))
      }
    }
  }

  /// A line for each checkpoint and host, in columns.
  public var text: String {
    var lines: [String] = []
    let width = rows.flatMap { $0.hosts.map { shown($0.host).count } }.max() ?? 0
    for row in rows {
      lines.append(shown(row.path))
      for entry in row.hosts {
        let name = shown(entry.host)
        let padding = String(repeating: " ", count: width - name.count + 2)
        let rules = entry.rules.isEmpty ? "" : "  " + entry.rules.joined(separator: ", ")
        lines.append("  \(name)\(padding)\(entry.verdict.rawValue)\(rules)")
      }
    }
    return lines.joined(separator: "\n") + "\n"
  }

  /// The same as JSON; the same matrix always gives the same bytes.
  public func json() throws -> String { try encodedJSON(self) }
}
