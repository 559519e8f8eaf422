import Archive
public import ArgumentParser
public import Checkpoint
import Policy
public import Verify

extension Engine: ExpressibleByArgument {}
extension Runtime: ExpressibleByArgument {}
extension Severity: ExpressibleByArgument {}

/// How something is shown that has no other forms.
enum PlainFormat: String, CaseIterable, ExpressibleByArgument {
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

/// Options of every command that writes an archive and then prints a report about it.
struct ReportOptions: ParsableArguments {
  @Option(help: "How to print the report: text or json.")
  var format: PlainFormat = .text

  @Flag(name: .shortAndLong, help: "Print nothing; the exit code is the answer.")
  var quiet = false

  @Flag(name: .shortAndLong, help: "Show notes, too, and every step.")
  var verbose = false

  @Option(help: "Colour: auto, always or never.")
  var color: ColourChoice = .auto

  /// Prints to standard output, or as a diagnostic where an archive goes there. Once an output is
  /// published, the exit code tells of that alone.
  func print(_ reports: [Report], aside: Bool = false, isPublished: Bool = false) throws {
    if quiet { return }
    let text =
      switch format {
      case .text:
        reports.map { $0.text(showingNotes: verbose, colour: color.isOn) }.joined(separator: "\n")
      case .json: try reports.count == 1 ? reports[0].json() : Report.json(reports)
      }
    if aside { Console.note(text.last == "\n" ? String(text.dropLast()) : text) }
    if !aside, !Console.report(text), !isPublished {
      throw ExitCode(ExitStatus.notWritten.rawValue)
    }
  }
}

/// Limits on what an archive may ask of this program.
struct LimitOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      """
      Set a limit, beyond which an archive is unsafe; a number, or one with K, M, G or T. May be \
      given again. The limits, as they are: \(Self.all).
      """, valueName: "name=number"))
  var limit: [String] = []

  private static let all = Limits.names.map { "\($0.name)=\(Limits.text($0.normal))" }
    .joined(separator: ", ")

  var limits: Limits { limits(under: Policy()) }

  /// The limits, where nothing else was said those of a policy.
  func limits(under policy: Policy) -> Limits {
    var limits = Limits()
    for (name, value) in policy.limits { _ = limits.set(name, to: value) }
    for text in limit { _ = Self.set(text, in: &limits) }
    return limits
  }

  private static func set(_ text: String, in limits: inout Limits) -> Bool {
    let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2, let value = Limits.amount(String(parts[1])) else { return false }
    return limits.set(String(parts[0]), to: value)
  }

  func validate() throws {
    var limits = Limits()
    for text in limit where !Self.set(text, in: &limits) {
      throw ValidationError(
        "--limit \(Escape.text(text)): give a name and a number above 0, as in entries=1000; the limits are \(Self.all)"
      )
    }
  }
}
