import Archive
import ArgumentParser
import Checkpoint
import Verify

struct VerifyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify", abstract: "Judge checkpoint archives or folders from what they contain.")

  @Argument(help: "Checkpoint archives or unpacked folders; - is standard input.")
  var paths: [String]

  @Flag(name: .shortAndLong, help: "Print nothing; the exit code is the answer.")
  var quiet = false

  @Flag(name: .shortAndLong, help: "Show notes, too.")
  var verbose = false

  func run() throws {
    var code: Int32 = 0
    for path in paths {
      let checkpoint = try Checkpoint.load(path: path)
      let report = Verifier.verify(checkpoint)
      if !quiet { print(report.text(showingNotes: verbose), terminator: "") }
      code = max(code, report.verdict == .restorable ? 0 : 1)
    }
    throw ExitCode(code)
  }
}
