import Archive
import ArgumentParser
import Checkpoint
import Verify

/// How a comparison or an inspection is shown.
enum PageFormat: String, CaseIterable, ExpressibleByArgument {
  case text
  case json
  case html
}

struct DiffCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "diff",
    abstract: "Show what changed between two checkpoints.",
    discussion: """
      Examples:
        ckptmend diff broken.tar mended.tar.zst
        ckptmend diff --format html monday.tar.zst tuesday.tar.zst > changes.html

      Entries are compared byte by byte, with their modes, owners and times; documents value by \
      value; and of the container the processes, memory, open files, sockets, mounts and \
      namespaces. Values that may be secret, as those of the environment, are told to differ and \
      not shown.

      Exit codes, as those of diff: 0 the same content, whatever the archives are packed in; \
      1 different; 2 trouble.
      """)

  @Argument(help: "The checkpoint to compare: an archive or an unpacked folder.")
  var before: String

  @Argument(help: "The one to compare it with. One of the two may be -, standard input.")
  var after: String

  @Option(help: "How to print it: text, json or html.")
  var format: PageFormat = .text

  @Flag(name: .shortAndLong, help: "Print nothing; the exit code is the answer.")
  var quiet = false

  @Flag(name: .shortAndLong, help: "Show every change, also in long lists.")
  var verbose = false

  @Flag(help: "Show values that may be secret: environment, arguments, annotations, digests.")
  var showSecrets = false

  @Option(help: "Colour: auto, always or never.")
  var color: ColourChoice = .auto

  @OptionGroup var limits: LimitOptions

  func validate() throws {
    if before == "-", after == "-" {
      throw ValidationError("standard input can be read only once")
    }
  }

  func run() throws {
    let comparison = Comparison(
      try side(before), try side(after), showingSecrets: showSecrets)
    if !quiet {
      switch format {
      case .text: Console.out(comparison.text(showingAll: verbose, colour: color.isOn))
      case .json: Console.out(try comparison.json())
      case .html: Console.out(HTMLReport(comparison).text)
      }
    }
    if comparison.answer == .different { throw ExitCode(1) }
  }

  /// Whatever is wrong with an archive is something to compare, unless nothing can be read.
  private func side(_ path: String) throws -> Comparison.Side {
    let side: Comparison.Side
    do throws(ArchiveError) {
      side = try Comparison.Side(path: path, limits: limits.limits)
    } catch {
      throw Failure(.unreadable, "\(error)")
    }
    if side.checkpoint.entries.isEmpty {
      let reason = side.checkpoint.damage.map { ": \($0)" } ?? ": it is empty"
      throw Failure(.unreadable, "\(Escape.text(path)): nothing can be read from it\(reason)")
    }
    return side
  }
}
