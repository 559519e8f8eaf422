import Archive
import ArgumentParser
import Checkpoint
import Verify

struct VerifyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract: "Judge checkpoint archives or unpacked folders from what they contain.",
    discussion: """
      Example: ckptmend verify checkpoint.tar.zst

      Exit codes: 0 restorable, 1 findings, 2 unreadable, 3 unsafe. With several inputs the \
      highest wins.
      """)

  @Argument(help: "Checkpoint archives or unpacked folders; - is standard input.")
  var paths: [String]

  @Option(
    help: "Judge for this engine: podman, cri-o or containerd. Default: the one that made it.")
  var engine: Engine?

  @Option(help: "Judge for this runtime: runc or crun. Default: the one that made it.")
  var runtime: Runtime?

  @Option(help: "The severity from which on the exit code is 1: error, warning or note.")
  var failOn: Severity = .error

  @OptionGroup var report: ReportOptions
  @OptionGroup var limits: LimitOptions

  func run() throws {
    var status = ExitStatus.restorable
    var reports: [Report] = []
    for path in paths {
      do throws(ArchiveError) {
        let checkpoint = try Checkpoint.load(path: path, limits: limits.limits)
        let report = Verifier.verify(
          checkpoint, target: Target(engine: engine, runtime: runtime))
        reports.append(report)
        status = max(status, ExitStatus(report, failOn: failOn))
      } catch {
        Console.note("ckptmend: \(error)")
        status = max(status, ExitStatus(error))
      }
    }
    if !reports.isEmpty { try report.print(reports) }
    throw ExitCode(status.rawValue)
  }
}
