import Archive
import ArgumentParser
import CLinux
import Verify

@main
struct Ckptmend: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ckptmend",
    abstract: "Says whether a container checkpoint will restore, and mends those that will not.",
    discussion: """
      ckptmend verify checkpoint.tar.zst
      ckptmend repair broken.tar --donor copy.tar -o mended.tar.zst
      ckptmend inspect checkpoint.tar.zst
      ckptmend explain archive.truncated
      """,
    version: Report.toolVersion,
    subcommands: [
      VerifyCommand.self, PreflightCommand.self, RepairCommand.self, RepackCommand.self,
      InspectCommand.self, DiffCommand.self, HostCommand.self, WatchCommand.self,
      RulesCommand.self, ExplainCommand.self,
    ])

  static func main() {
    // A checkpoint is the memory of a stranger: none of it may be left behind in a core dump.
    _ = ckptmend_forbid_core_dumps()
    Interruption.install()
    Ending.install()
    do {
      var command = try parseAsRoot()
      if (command as? any Waiting)?.isQuiet == false { ProgressLine.show() }
      try command.run()
      Ending.exit(.restorable)
    } catch let failure as Failure {
      Console.note("ckptmend: \(failure.message)")
      Ending.exit(failure.status)
    } catch {
      Ending.begin()
      exit(withError: error)
    }
  }
}

/// A command that may take longer than a moment, and then shows its progress.
protocol Waiting: ParsableCommand {
  /// Whether it was asked to say nothing.
  var isQuiet: Bool { get }
}

extension VerifyCommand: Waiting { var isQuiet: Bool { output.quiet } }
extension PreflightCommand: Waiting { var isQuiet: Bool { output.quiet } }
extension RepairCommand: Waiting { var isQuiet: Bool { report.quiet } }
extension RepackCommand: Waiting { var isQuiet: Bool { report.quiet } }
extension InspectCommand: Waiting { var isQuiet: Bool { false } }
extension DiffCommand: Waiting { var isQuiet: Bool { quiet } }
