import ArgumentParser
import Archive
import Verify

@main
struct Ckptmend: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ckptmend",
    abstract: "Says whether a container checkpoint will restore, and mends those that will not.",
    version: Report.toolVersion,
    subcommands: [VerifyCommand.self])

  static func main() {
    Interruption.install()
    do {
      var command = try parseAsRoot()
      try command.run()
    } catch {
      exit(withError: error)
    }
  }
}
