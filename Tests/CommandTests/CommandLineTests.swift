import Foundation
import Support
import Testing

/// The built program, as a person calls it.
@Suite struct CommandLineTests {
  private func run(_ arguments: String..., input: String? = nil) throws -> Program.Outcome {
    try Program.run(arguments, input: input)
  }

  @Test func verifyGood() throws {
    let outcome = try run("verify", Fixtures.path("ghost.tar.gz"))
    #expect(outcome.status == 0)
    #expect(outcome.output.contains("ghost.tar.gz: restorable"))
  }

  @Test func verifyStandardInput() throws {
    let outcome = try run("verify", "-", input: Fixtures.path("shell-zstd.tar.zst"))
    #expect(outcome.status == 0)
  }

  @Test func highestStatusWinsAndOneBadInputStopsNothing() throws {
    let scratch = try ScratchFolder()
    try write(Array("hello".utf8), to: scratch.file("text.tar"))
    let outcome = try run(
      "verify", scratch.file("missing.tar"), scratch.file("text.tar"),
      Fixtures.path("ghost.tar.gz"))
    #expect(outcome.status == 2)
    #expect(outcome.output.contains("missing.tar: cannot read"))
    #expect(outcome.errors == "")
    #expect(outcome.output.contains("ghost.tar.gz: restorable"))
    #expect(outcome.output.contains("text.tar: unreadable"))
  }

  @Test func repairFromDonor() throws {
    let scratch = try ScratchFolder()
    let good = Fixtures.path("shell-none.tar")
    try write(Array(bytes(of: good).prefix(150_000)), to: scratch.file("cut.tar"))
    let out = scratch.file("mended.tar.zst")
    let dry = try run("repair", scratch.file("cut.tar"), "--donor", good, "-o", out, "--dry-run")
    #expect(dry.status == 0)
    #expect(scratch.names == ["cut.tar"])
    let outcome = try run("repair", scratch.file("cut.tar"), "--donor", good, "-o", out)
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(scratch.names == ["cut.tar", "mended.tar.zst"])
    let attributes = try FileManager.default.attributesOfItem(atPath: out)
    #expect(attributes[.posixPermissions] as? Int == 0o600)
  }

  @Test func existingOutputIsKept() throws {
    let scratch = try ScratchFolder()
    try write([1], to: scratch.file("out.tar"))
    let outcome = try run("repack", Fixtures.path("ghost.tar.gz"), "-o", scratch.file("out.tar"))
    #expect(outcome.status == 4)
    #expect(try bytes(of: scratch.file("out.tar")) == [1])
  }

  @Test func unrepairableLeavesNothing() throws {
    let scratch = try ScratchFolder()
    let cut = scratch.file("cut.tar")
    try write(Array(bytes(of: Fixtures.path("shell-none.tar")).prefix(150_000)), to: cut)
    let outcome = try run("repair", cut, "-o", scratch.file("out.tar"))
    #expect(outcome.status == 5)
    #expect(scratch.names == ["cut.tar"])
  }

  @Test func inspect() throws {
    let outcome = try run("inspect", "--files", Fixtures.path("ghost.tar.gz"))
    #expect(outcome.status == 0)
    #expect(outcome.output.contains("/tmp/ghost (deleted)"))
    #expect(!outcome.output.contains("PATH="))
    let json = try run("inspect", "--format", "json", "-", input: Fixtures.path("ghost.tar.gz"))
    #expect(json.output.contains(#""engine" : "podman""#))
    #expect(try run("inspect", #filePath).status == 2)
  }

  @Test func usageErrors() throws {
    #expect(try run("verify").status == 64)
    #expect(try run("repack", "x.tar", "-o", "nameless").status == 64)
    let outcome = try run("explain", "archive.truncatd")
    #expect(outcome.status == 64)
    #expect(outcome.errors.contains("did you mean archive.truncated?"))
  }

  @Test(arguments: [
    (["--to", "gzip", "--level", "13"], "gzip has levels 1 to 12"),
    (["--to", "zstd", "--level", "0"], "zstd has levels 1 to 19"),
    (["--to", "tar", "--level", "1"], "the output is not compressed"),
    (["--to", "folder", "--level", "1"], "the output is not compressed"),
    (["--to", "gzip", "--threads", "0"], "--threads is 1 to 256"),
  ])
  func levels(_ options: [String], _ words: String) throws {
    let outcome = try Program.run(["repack", "x.tar", "-o", "out"] + options)
    #expect(outcome.status == 64)
    #expect(outcome.errors.contains(words), "\(outcome.errors)")
  }

  @Test func threadsDoNotChangeTheOutput() throws {
    let scratch = try ScratchFolder()
    for form in ["gz", "zst"] {
      for threads in ["1", "3"] {
        let outcome = try run(
          "repack", Fixtures.path("ghost.tar.gz"), "-o", scratch.file("\(threads).tar.\(form)"),
          "--threads", threads, "--level", "2")
        #expect(outcome.status == 0, "\(outcome.errors)")
      }
      #expect(
        try bytes(of: scratch.file("1.tar.\(form)")) == bytes(of: scratch.file("3.tar.\(form)")))
    }
  }

  @Test func explainAndRules() throws {
    #expect(try run("explain", "archive.truncated").output.hasPrefix("archive.truncated (error"))
    #expect(try run("rules").output.contains("archive.truncated"))
  }
}
