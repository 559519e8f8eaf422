import Archive
public import ArgumentParser
public import Checkpoint
public import Verify

extension Engine: ExpressibleByArgument {}
extension Runtime: ExpressibleByArgument {}
extension Severity: ExpressibleByArgument {}

/// How a report is shown.
enum ReportFormat: String, CaseIterable, ExpressibleByArgument {
  case text
  case json
}

enum ColourChoice: String, CaseIterable, ExpressibleByArgument {
  case auto
  case always
  case never

  var isOn: Bool {
    switch self {
    case .auto: Console.wantsColour
    case .always: true
    case .never: false
    }
  }
}

/// Options of every command that prints a report.
struct ReportOptions: ParsableArguments {
  @Option(help: "How to print the report: text or json.")
  var format: ReportFormat = .text

  @Flag(name: .shortAndLong, help: "Print nothing; the exit code is the answer.")
  var quiet = false

  @Flag(name: .shortAndLong, help: "Show notes, too, and every step.")
  var verbose = false

  @Option(help: "Colour: auto, always or never.")
  var color: ColourChoice = .auto

  /// Prints to standard output, or as a diagnostic where an archive goes there.
  func print(_ reports: [Report], aside: Bool = false) throws {
    if quiet { return }
    let text =
      switch format {
      case .text:
        reports.map { $0.text(showingNotes: verbose, colour: color.isOn) }.joined(separator: "\n")
      case .json: try reports.count == 1 ? reports[0].json() : Report.json(reports)
      }
    if aside { Console.note(text.last == "\n" ? String(text.dropLast()) : text) }
    if !aside { Console.out(text) }
  }
}

/// Limits on what an archive may ask of this program.
struct LimitOptions: ParsableArguments {
  @Option(help: "Refuse archives with more entries.")
  var maxEntries: Int = Limits().entries

  @Option(help: "Refuse names that are nested more deeply.")
  var maxDepth: Int = Limits().depth

  var limits: Limits {
    var limits = Limits()
    limits.entries = maxEntries
    limits.depth = maxDepth
    return limits
  }

  func validate() throws {
    guard maxEntries > 0, maxDepth > 0 else { throw ValidationError("limits are above 0") }
  }
}
