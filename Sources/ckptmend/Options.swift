import Archive
public import ArgumentParser
public import Checkpoint
import Repair
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

/// Options that say where and in which form an output is written.
struct OutputOptions: ParsableArguments {
  @Option(
    name: .shortAndLong,
    help:
      "The output. Its name says the form: FILE.tar, .tar.gz, .tar.zst, or a folder DIR/; - is standard output."
  )
  var output: String?

  @Option(help: "The form, whatever the name: tar, gzip, zstd or folder.")
  var to: OutputForm?

  @Option(help: "Compression level: gzip 1 to 12, by default 6; zstd 1 to 19, by default 3.")
  var level: Int?

  @Option(
    help: "How many threads compress; the output is the same. Default: one for each processor.")
  var threads: Int = Processors.usable

  private var form: Output.Form? {
    if let to { return to.form }
    guard let output else { return nil }
    if output.hasSuffix("/") { return .folder }
    return Compression.promised(byName: output).map { .tar($0) }
  }

  /// Where and how to write; nil if no output was named.
  var target: Executor.Target? {
    guard let output, let form else { return nil }
    return Executor.Target(path: output, form: form, level: level, threads: threads)
  }

  func validate() throws {
    if output == Output.standardOutput {
      guard let form else {
        throw ValidationError("say with --to in which form to write to standard output")
      }
      guard case .tar = form else {
        throw ValidationError("only tar, gzip and zstd can go to standard output")
      }
    }
    if let output, form == nil {
      throw ValidationError(
        "the name \(Escape.text(output)) does not say the form: end it in .tar, .tar.gz, .tar.zst or /, or give --to"
      )
    }
    guard (1...256).contains(threads) else { throw ValidationError("--threads is 1 to 256") }
    if let form { try check(level, of: form) }
  }

  private func check(_ level: Int?, of form: Output.Form) throws {
    guard let level else { return }
    guard case .tar(let compression) = form, let levels = compression.levels else {
      throw ValidationError("--level says nothing here: the output is not compressed")
    }
    if !levels.contains(level) {
      throw ValidationError(
        "--level \(level): \(compression.rawValue) has levels \(levels.lowerBound) to \(levels.upperBound)"
      )
    }
  }
}

enum OutputForm: String, CaseIterable, ExpressibleByArgument {
  case tar
  case gzip
  case zstd
  case folder

  var form: Output.Form {
    switch self {
    case .tar: .tar(.none)
    case .gzip: .tar(.gzip)
    case .zstd: .tar(.zstd)
    case .folder: .folder
    }
  }
}
