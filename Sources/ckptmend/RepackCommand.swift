import Archive
import ArgumentParser
import Checkpoint
import Repair
import Verify

struct RepackCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "repack",
    abstract: "Write the same checkpoint in another container: tar, tar.gz, tar.zst or a folder.",
    discussion: """
      Example: ckptmend repack checkpoint.tar.zst -o checkpoint.tar

      Entries keep bytes, modes, owners, times and extended attributes. The input is read once.

      Exit codes: 0 written and restorable, 1 written with findings, 2 unreadable input, 3 unsafe, \
      4 not written, 5 an entry needs repair first.
      """)

  @Argument(help: "The checkpoint: an archive, an unpacked folder, or - for standard input.")
  var path: String

  @OptionGroup var output: OutputOptions
  @OptionGroup var report: ReportOptions
  @OptionGroup var limits: LimitOptions

  func validate() throws {
    if output.target == nil { throw ValidationError("say where the output goes with -o") }
  }

  func run() throws {
    guard let target = output.target else { return }
    let result: Report
    do throws(RepackError) {
      result = try Repacker(limits: limits.limits).repack(path, to: target)
    } catch {
      switch error {
      case .archive(let error): throw Failure(error)
      case .unsafe(let result):
        try report.print([result])
        throw Failure(.unsafe, "nothing was written: the archive is unsafe")
      case .needsRepair(let name, let noun):
        throw Failure(
          .notRepaired, "nothing was written: \(name) is a \(noun); `repair` can deal with it")
      }
    }
    try report.print([result])
    throw ExitCode(ExitStatus(result, failOn: .error).rawValue)
  }
}
