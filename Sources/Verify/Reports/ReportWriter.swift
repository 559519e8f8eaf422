/// Writes the outcomes of a run in one form, one after the other: of what was written nothing is
/// kept, so that a run takes no more memory for a thousand inputs than for ten.
public protocol ReportWriter {
  /// The next piece of the document.
  mutating func add(_ outcome: Outcome) throws -> String
  /// The rest of it.
  mutating func finish(_ summary: RunSummary) throws -> String
}

/// What the writers of all forms have to know.
public struct ReportStyle: Sendable, Hashable {
  /// Whether notes are shown where that is a choice.
  public var showsNotes = false
  public var colour = false
  /// The working folder: paths below it are written relative to it.
  public var folder = ""
  /// Whether there may be more than one outcome.
  public var isList = true

  public init() {}
}
