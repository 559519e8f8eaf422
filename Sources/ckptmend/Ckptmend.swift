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
    do {
      var command = try parseAsRoot()
      try command.run()
    } catch let failure as Failure {
      Console.note("ckptmend: \(failure.message)")
      exit(withError: ExitCode(failure.status.rawValue))
    } catch {
      exit(withError: error)
    }
  }
}
