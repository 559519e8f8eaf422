/// What came of all inputs of a run, added up.
public struct RunSummary: Sendable, Encodable {
  /// Something about the run itself that its reader has to know.
  public struct Notice: Sendable, Hashable, Encodable {
    public var path: String
    public var line: Int
    public var message: String

    public init(path: String, line: Int, message: String) {
      self.path = path
      self.line = line
      self.message = message
    }
  }

  public private(set) var inputs = 0
  public private(set) var verdicts: [Verdict: Int] = [:]
  /// Inputs that could not even be opened; they are among the unreadable, too.
  public private(set) var notOpened = 0
  public private(set) var counts = Report.Counts(error: 0, warning: 0, note: 0)
  public private(set) var ignored = 0
  public private(set) var asExpected = 0
  public private(set) var notAsExpected = 0
  public private(set) var exitCode: Int32 = 0
  public var notices: [Notice]

  public init(notices: [Notice] = []) { self.notices = notices }

  public mutating func add(_ outcome: Outcome) {
    inputs += 1
    verdicts[outcome.verdict, default: 0] += 1
    if outcome.error != nil { notOpened += 1 }
    if let own = outcome.report?.counts {
      counts.error += own.error
      counts.warning += own.warning
      counts.note += own.note
    }
    ignored += outcome.ignored.count
    if let expectation = outcome.expectation {
      if expectation.isMet { asExpected += 1 } else { notAsExpected += 1 }
    }
    exitCode = max(exitCode, outcome.exitCode)
  }

  /// One line.
  public var text: String {
    let found = Verdict.allCases.compactMap { verdict in
      verdicts[verdict].map { "\($0) \(verdict.rawValue)" }
    }
    var parts = [
      "\(counted(inputs, "input")): \(found.joined(separator: ", "))",
      [
        counted(counts.error, "error"), counted(counts.warning, "warning"),
        counted(counts.note, "note"),
      ].joined(separator: ", "),
    ]
    if notOpened > 0 { parts.append("\(notOpened) could not be opened") }
    if ignored > 0 { parts.append("\(ignored) ignored by policy") }
    if asExpected + notAsExpected > 0 {
      parts.append("\(asExpected) as expected, \(notAsExpected) not")
    }
    return parts.joined(separator: "; ")
  }

  private enum Key: String, CodingKey {
    case inputs, verdicts, notOpened, counts, ignored, asExpected, notAsExpected, exitCode, notices
  }

  public func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    try container.encode(inputs, forKey: .inputs)
    let named = Verdict.allCases.map { ($0.rawValue, verdicts[$0] ?? 0) }
    try container.encode(
      Dictionary(named, uniquingKeysWith: { $1 }), forKey: .verdicts)
    try container.encode(notOpened, forKey: .notOpened)
    try container.encode(counts, forKey: .counts)
    try container.encode(ignored, forKey: .ignored)
    try container.encode(asExpected, forKey: .asExpected)
    try container.encode(notAsExpected, forKey: .notAsExpected)
    try container.encode(exitCode, forKey: .exitCode)
    try container.encode(notices, forKey: .notices)
  }
}
