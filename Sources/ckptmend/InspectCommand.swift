import Archive
import ArgumentParser
import Checkpoint
import Verify

struct InspectCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect",
    abstract: "Show what a checkpoint is and what is in it.",
    discussion: """
      Examples:
        ckptmend inspect --files --sockets checkpoint.tar.zst
        ckptmend inspect --format html checkpoint.tar.zst > report.html

      The HTML page needs nothing else to be read: it holds the verdict and its findings, and \
      everything that can be shown but secrets.

      Damaged checkpoints are shown as far as they are readable; `verify` judges them. Environment \
      and command line are never shown unless asked for, because they often hold passwords.

      Exit codes: 0 something could be shown, 2 unreadable input.
      """)

  @Argument(help: "The checkpoint: an archive or an unpacked folder; - is standard input.")
  var path: String

  @Option(help: "How to print it: text, json or html.")
  var format: PageFormat = .text

  @Flag(help: "Show the open files of each process.")
  var files = false

  @Flag(help: "Show the sockets.")
  var sockets = false

  @Flag(help: "Show the mounts.")
  var mounts = false

  @Flag(help: "Show the memory areas of each process.")
  var memory = false

  @Flag(help: "Show the command line and the environment, too.")
  var showSecrets = false

  @OptionGroup var limits: LimitOptions

  func run() throws {
    let checkpoint: Checkpoint
    do throws(ArchiveError) {
      checkpoint = try Checkpoint.load(path: path, limits: limits.limits)
    } catch {
      throw Failure(error)
    }
    let inspection = Inspection(checkpoint, details: details)
    // A page tells why nothing can be read; without one there is nothing to say.
    if inspection.dumps.isEmpty, format != .html {
      let reason = checkpoint.damage.map { ": \($0)" } ?? ""
      throw Failure(
        .unreadable, "\(Escape.text(path)): no checkpoint can be read from it\(reason)")
    }
    switch format {
    case .text: Console.out(inspection.text)
    case .json: Console.out(try inspection.json())
    case .html: Console.out(HTMLReport(Verifier.verify(checkpoint), inspection).text)
    }
    if inspection.dumps.isEmpty { throw ExitCode(ExitStatus.unreadable.rawValue) }
  }

  private var details: Inspection.Details {
    var details: Inspection.Details = []
    if files { details.insert(.files) }
    if sockets { details.insert(.sockets) }
    if mounts { details.insert(.mounts) }
    if memory { details.insert(.memory) }
    if format == .html { details.formUnion(.all) }
    if showSecrets { details.insert(.secrets) }
    return details
  }
}
