import Archive
import ArgumentParser
import Checkpoint
import Repair
import Verify

struct RepackCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "repack",
    abstract:
      "Write the same checkpoint in another container: tar, tar.gz, tar.zst, a folder, an image.",
    discussion: """
      Examples:
        ckptmend repack checkpoint.tar.zst -o checkpoint.tar
        ckptmend repack checkpoint.tar.zst -o oci:images:web
        ssh node ckptmend repack - -o - --to zstd < checkpoint.tar > checkpoint.tar.zst

      Entries keep bytes, modes, owners, times and extended attributes. The input is read once. \
      What goes to standard output is judged while it passes, and is left without its end if it \
      is damaged or unsafe; the report then goes to standard error.

      Exit codes: 0 written and restorable, 1 written with findings, 2 unreadable input, 3 unsafe, \
      4 not written, 5 an entry needs repair first.
      """)

  @Argument(help: "The checkpoint: an archive, an unpacked folder, or - for standard input.")
  var path: String

  @OptionGroup var output: OutputOptions
  @OptionGroup var report: ReportOptions
  @OptionGroup var limits: LimitOptions

  func validate() throws {
    guard let target = output.target else {
      throw ValidationError("say where the output goes with -o")
    }
    if target.isStream, Console.isTerminal {
      throw ValidationError("standard output is a terminal: send the archive elsewhere")
    }
  }

  func run() throws {
    guard let target = output.target else { return }
    let outcome = target.isStream ? "the output is not complete" : "nothing was written"
    let result: Report
    do throws(RepackError) {
      result = try Repacker(limits: limits.limits).repack(path, to: target)
    } catch {
      switch error {
      case .archive(let error): throw Failure(error)
      case .unsafe(let result):
        try report.print([result], aside: target.isStream)
        throw Failure(.unsafe, "\(outcome): the archive is unsafe")
      case .needsRepair(let name, let noun):
        throw Failure(
          .notRepaired, "\(outcome): \(name) is a \(noun); `repair` can deal with it")
      }
    }
    try report.print([result], aside: target.isStream)
    throw ExitCode(ExitStatus(result, failOn: .error).rawValue)
  }
}
