import Archive
import ArgumentParser
import Checkpoint
import Verify

struct InspectCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "inspect",
    abstract: "Show what a checkpoint is and what is in it.",
    discussion: """
      Example: ckptmend inspect --files --sockets checkpoint.tar.zst

      Damaged checkpoints are shown as far as they are readable; `verify` judges them. Environment \
      and command line are never shown unless asked for, because they often hold passwords.

      Exit codes: 0 something could be shown, 2 unreadable input.
      """)

  @Argument(help: "The checkpoint: an archive or an unpacked folder; - is standard input.")
  var path: String

  @Option(help: "How to print it: text or json.")
  var format: PlainFormat = .text

  @Flag(help: "Show the open files of each process.")
  var files = false

  @Flag(help: "Show the sockets.")
  var sockets = false

  @Flag(help: "Show the mounts.")
  var mounts = false

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
    if inspection.dumps.isEmpty {
      let reason = checkpoint.damage.map { ": \($0)" } ?? ""
      throw Failure(
        .unreadable, "\(Escape.text(path)): no checkpoint can be read from it\(reason)")
    }
    Console.out(format == .json ? try inspection.json() : inspection.text)
  }

  private var details: Inspection.Details {
    var details: Inspection.Details = []
    if files { details.insert(.files) }
    if sockets { details.insert(.sockets) }
    if mounts { details.insert(.mounts) }
    if showSecrets { details.insert(.secrets) }
    return details
  }
}
