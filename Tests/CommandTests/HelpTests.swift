import Foundation
import Support
import Testing

/// Help, completions and man pages, which all come from the argument parser.
@Suite struct HelpTests {
  /// What the argument parser tells programs about a command.
  struct Command: Decodable {
    var commandName: String
    var abstract: String?
    var discussion: String?
    var subcommands: [Command]?
  }

  private struct Dump: Decodable { var command: Command }

  private func commands() throws -> [Command] {
    let outcome = try Program.run(["--experimental-dump-help"])
    let root = try JSONDecoder().decode(Dump.self, from: Data(outcome.output.utf8)).command
    return (root.subcommands ?? []).filter { $0.commandName != "help" }
  }

  @Test func everyCommandHasAnExample() throws {
    let commands = try commands()
    #expect(commands.count >= 9)
    for command in commands {
      let help = try Program.run([command.commandName, "--help"])
      #expect(help.status == 0)
      #expect(help.output.contains("Example"), "\(command.commandName)")
      #expect(help.output.contains("ckptmend \(command.commandName) "), "\(command.commandName)")
    }
  }

  @Test(arguments: ["bash", "zsh", "fish"])
  func completions(_ shell: String) throws {
    let outcome = try Program.run(["--generate-completion-script", shell])
    #expect(outcome.status == 0)
    for command in try commands() { #expect(outcome.output.contains(command.commandName)) }
  }

  /// bash offers the commands, for real.
  @Test func bashCompletes() throws {
    let scratch = try ScratchFolder()
    let script = try Program.run(["--generate-completion-script", "bash"]).output
    try write(Array(script.utf8), to: scratch.file("complete"))
    let program = """
      . "$1"; COMP_WORDS=(ckptmend ver) COMP_CWORD=1 COMP_LINE="ckptmend ver" COMP_POINT=12
      _ckptmend ckptmend ver ckptmend; echo "${COMPREPLY[@]}"
      """
    let outcome = try Tool.bash.run("-c", program, "-", scratch.file("complete"))
    #expect(String(decoding: outcome.output, as: UTF8.self) == "verify\n", "\(outcome.errors)")
  }

  /// One page for each command and one for all, in which mandoc finds nothing to warn of.
  @Test func manPages() throws {
    let scratch = try ScratchFolder()
    let made = try Tool.python.run(
      "\(Fixtures.project)/scripts/man-pages", Program.location.path, scratch.path)
    #expect(made.status == 0, "\(made.errors)")
    let commands = try commands().map { "ckptmend-\($0.commandName).1" }
    #expect(scratch.names == (commands + ["ckptmend.1"]).sorted())
    for name in scratch.names {
      let lint = try Tool.mandoc.run("-Tlint", "-W", "warning", scratch.file(name))
      #expect(lint.status == 0, "\(String(decoding: lint.output, as: UTF8.self))")
      let text = try Tool.mandoc.run("-Thtml", scratch.file(name))
      #expect(String(decoding: text.output, as: UTF8.self).contains("SYNOPSIS"))
    }
  }
}
