import Foundation
import Support
import Testing

/// The step of the GitHub action, and the hook of pre-commit.
@Suite struct ActionTests {
  /// Patterns are expanded, and nothing in them is run; the exit code is an output, too.
  @Test func inputsBecomeArguments() throws {
    let scratch = try ScratchFolder()
    for name in ["a.tar.gz", "b c.tar.gz"] {
      try FileManager.default.copyItem(
        atPath: Fixtures.path("ghost.tar.gz"), toPath: scratch.file(name))
    }
    let program = """
      cd "$1" && export POLICY= FORMAT=json FAIL_ON=error SARIF= BUILT= BINARY="$2"
      export GITHUB_OUTPUT="$1/output" PATHS='*.tar.gz  $(touch${IFS}run)
        missing.tar'
      "$3/scripts/action"
      """
    let outcome = try Tool.bash.run(
      "-c", program, "-", scratch.path, Program.location.path, Fixtures.project)
    #expect(outcome.status == 2)
    #expect(scratch.names == ["a.tar.gz", "b c.tar.gz", "output"])
    #expect(try bytes(of: scratch.file("output")) == Array("exit-code=2\n".utf8))
    let text = String(decoding: outcome.output, as: UTF8.self)
    #expect(text.contains("\"path\" : \"b c.tar.gz\""))
    #expect(outcome.errors.contains("missing.tar"))
  }

  /// What the hook's pattern takes, as Python reads it, which pre-commit is written in.
  @Test func hookTakesArchives() throws {
    let program = """
      import re, sys
      line = next(l for l in open(sys.argv[1]) if l.strip().startswith("files: "))
      pattern = re.compile(line.split(": ", 1)[1].strip())
      print([n for n in sys.argv[2:] if pattern.search(n)])
      """
    let outcome = try Tool.python.run(
      "-c", program, "\(Fixtures.project)/.pre-commit-hooks.yaml", "x/a.tar", "b.tar.zst", "c.tgz",
      "d.tar.md", "tar", "e.tar.gz")
    #expect(
      String(decoding: outcome.output, as: UTF8.self)
        == "['x/a.tar', 'b.tar.zst', 'c.tgz', 'e.tar.gz']\n", "\(outcome.errors)")
  }
}
