import Foundation
import Support
import Testing

/// `--output`: reports in files, beside the one on the terminal.
@Suite struct ReportFileTests {
  private let scratch: ScratchFolder

  init() throws {
    scratch = try ScratchFolder()
    try FileManager.default.copyItem(
      atPath: Fixtures.path("ghost.tar.gz"), toPath: scratch.file("a.tar.gz"))
    try write(Array("hello".utf8), to: scratch.file("b.tar"))
  }

  private func verify(_ arguments: String...) throws -> Program.Outcome {
    try Program.run(["verify", "a.tar.gz", "b.tar"] + arguments, in: scratch.path)
  }

  private func text(_ name: String) throws -> String {
    String(decoding: try bytes(of: scratch.file(name)), as: UTF8.self)
  }

  @Test func severalFormsInOneRun() throws {
    let outcome = try verify(
      "-o", "r.sarif", "-o", "junit:tests", "--output", "r.md", "-o", "r.json")
    #expect(outcome.status == 2)
    #expect(outcome.output.contains("a.tar.gz: restorable"))
    #expect(
      scratch.names == ["a.tar.gz", "b.tar", "r.json", "r.md", "r.sarif", "tests"])
    #expect(try text("r.sarif").contains(#""version":"2.1.0""#))
    #expect(try text("tests").hasPrefix("<?xml"))
    #expect(try text("r.md").hasPrefix("## "))
    // What goes to a file is what goes to the terminal.
    #expect(try text("r.json") == verify("--format", "json").output)
    let attributes = try FileManager.default.attributesOfItem(atPath: scratch.file("r.json"))
    #expect(attributes[.posixPermissions] as? Int == 0o600)
  }

  @Test func quietStillWrites() throws {
    let outcome = try verify("-q", "-o", "r.txt", "missing.tar")
    #expect(outcome.output == "")
    #expect(outcome.errors.contains("missing.tar: No such file"))
    #expect(try text("r.txt").contains("3 inputs: 1 restorable, 2 unreadable"))
  }

  @Test func nothingIsReplacedUnasked() throws {
    try write([1], to: scratch.file("r.json"))
    let refused = try verify("-o", "r.json", "-o", "r.xml")
    #expect(refused.status == 4)
    #expect(refused.errors.contains("r.json exists; it is not replaced"))
    #expect(scratch.names == ["a.tar.gz", "b.tar", "r.json"])
    #expect(try verify("-o", "r.json", "--force").status == 2)
    #expect(try text("r.json").hasPrefix("["))
  }

  @Test func inputsAreNeverReplaced() throws {
    let outcome = try verify("-o", "text:./a.tar.gz", "--force")
    #expect(outcome.status == 4)
    #expect(outcome.errors.contains("it is the input a.tar.gz"))
    #expect(try bytes(of: scratch.file("a.tar.gz")) == bytes(of: Fixtures.path("ghost.tar.gz")))
  }

  @Test(arguments: [
    ["-o", "report"], ["-o", "yaml:report"], ["-o", "json:"], ["-o", "json:-"],
    ["-o", "r.json", "-o", "sarif:r.json"], ["--format", "html5"],
  ])
  func usage(_ options: [String]) throws {
    let outcome = try Program.run(["verify", "a.tar.gz"] + options, in: scratch.path)
    #expect(outcome.status == 64)
    #expect(scratch.names == ["a.tar.gz", "b.tar"])
  }

  @Test(arguments: [["-o", "r.sarif"], ["--format", "junit"]])
  func tablesHaveTwoForms(_ options: [String]) throws {
    let outcome = try Program.run(
      ["preflight", "a.tar.gz", "--host", "this", "--host", "this"] + options, in: scratch.path)
    #expect(outcome.status == 64)
    #expect(outcome.errors.contains("there is a table"))
  }

  @Test func preflightHasThemAll() throws {
    let host = "\(Fixtures.project)/fixtures/hosts/bare-kernel.json"
    let outcome = try Program.run(
      ["preflight", "-r", ".", "--host", host, "--format", "github"], in: scratch.path)
    #expect(outcome.status == 2)
    #expect(
      outcome.output.contains("::error file=a.tar.gz,title=mask.mountpoint-missing-on-host::"))
  }
}
