import Archive
import ArgumentParser
import Glibc
import Verify

/// Options of the commands that judge: in which forms their reports go where.
struct RunOutputOptions: ParsableArguments {
  @Option(help: "How to print the report: \(ReportFormat.names).")
  var format: ReportFormat = .text

  @Option(
    name: .shortAndLong,
    help: ArgumentHelp(
      """
      Also write the report to a new file, as FORMAT:FILE, or FILE where it ends in .txt, .json, \
      .ndjson, .sarif, .xml (JUnit), .md or .html. May be given again.
      """, valueName: "format:file"))
  var output: [String] = []

  @Flag(help: "Let --output replace files.")
  var force = false

  @Flag(name: .shortAndLong, help: "Print nothing; the exit code is the answer.")
  var quiet = false

  @Flag(name: .shortAndLong, help: "Show notes, too, and what a policy ignores.")
  var verbose = false

  @Option(help: "Colour: auto, always or never.")
  var color: ColourChoice = .auto

  /// Whether some form shows what is in a checkpoint.
  var inspects: Bool { format == .html || files.contains { $0.format == .html } }

  var files: [ReportFile] { output.compactMap(ReportFile.init) }

  func validate() throws {
    for text in output where ReportFile(text) == nil {
      throw ValidationError(
        "the output \(Escape.text(text)) does not say the form: FORMAT:FILE, with one of \(ReportFormat.names)"
      )
    }
    if Set(files.map(\.path)).count < files.count {
      throw ValidationError("two outputs are the same file")
    }
  }

  func style(isList: Bool) -> ReportStyle {
    var style = ReportStyle()
    style.showsNotes = verbose
    style.isList = isList
    style.folder = WorkingFolder.path
    return style
  }
}

enum WorkingFolder {
  static let path: String = {
    guard let text = getcwd(nil, 0) else { return "" }
    defer { free(text) }
    return String(cString: text)
  }()
}

/// The reports of a run on their way to the terminal and to files.
struct RunOutput {
  private struct Target {
    var writer: any ReportWriter
    /// nil is standard output.
    var file: NewFile?
  }

  private var targets: [Target]
  private var summary: RunSummary
  /// Whether standard output tells what could not be read.
  private let showsErrors: Bool

  /// Opens the files before anything is judged: what cannot be written is known at once.
  init(
    _ options: RunOutputOptions, inputs: [Input], isList: Bool, notices: [RunSummary.Notice]
  ) throws {
    summary = RunSummary(notices: notices)
    showsErrors = !options.quiet && options.format == .text
    let style = options.style(isList: isList)
    targets = []
    do throws(ArchiveError) {
      for file in options.files {
        try Output.check(file.path, isApartFrom: inputs.map(\.path))
        targets.append(
          Target(
            writer: file.format.writer(style),
            file: try NewFile(file.path, replacing: options.force)))
      }
    } catch {
      throw Failure(error)
    }
    if !options.quiet {
      var style = style
      style.colour = options.color.isOn
      targets.append(Target(writer: options.format.writer(style), file: nil))
    }
  }

  mutating func add(_ outcome: Outcome) throws {
    if let error = outcome.error, !showsErrors { Console.note("ckptmend: \(error)") }
    summary.add(outcome)
    for index in targets.indices {
      try Self.write(targets[index].writer.add(outcome), to: targets[index].file)
    }
  }

  /// Ends every report, and the command.
  mutating func finish() throws -> ExitCode {
    for notice in summary.notices {
      Console.note("\(Escape.text(notice.path)):\(notice.line): warning: \(notice.message)")
    }
    for index in targets.indices {
      try Self.write(targets[index].writer.finish(summary), to: targets[index].file)
    }
    do throws(ArchiveError) {
      for target in targets { try target.file?.publish() }
    } catch {
      throw Failure(error)
    }
    return ExitCode(summary.exitCode)
  }

  private static func write(_ text: String, to file: NewFile?) throws {
    guard let file else { return Console.out(text) }
    do throws(ArchiveError) { try file.write(text.utf8) } catch { throw Failure(error) }
  }
}
