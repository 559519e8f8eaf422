import Foundation
import Support
import Testing

@Suite struct DiffCommandTests {
  private let archive = Fixtures.path("shell-zstd.tar.zst")

  private func run(_ arguments: String..., input: String? = nil) throws -> Program.Outcome {
    try Program.run(["diff"] + arguments, input: input)
  }

  @Test(arguments: ["out.tar", "out.tar.gz", "out/", "oci:image:tag"])
  func theSameInAnotherContainer(_ output: String) throws {
    let scratch = try ScratchFolder()
    let target =
      output.hasPrefix("oci:") ? "oci:\(scratch.file("image")):tag" : scratch.file(output)
    #expect(try Program.run(["repack", archive, "-o", target]).status == 0)
    let outcome = try run(archive, target)
    #expect(outcome.status == 0, "\(outcome.output)\(outcome.errors)")
    #expect(outcome.output.contains(": the same content, in another archive\n"))
    #expect(outcome.output.contains("\nArchive\n  ~ "))
  }

  @Test func onlyWhatARepairChanged() throws {
    let scratch = try ScratchFolder()
    let good = Fixtures.path("shell-none.tar")
    try write(Array(bytes(of: good).prefix(150_000)), to: scratch.file("cut.tar"))
    let mended = scratch.file("mended.tar")
    #expect(
      try Program.run(["repair", scratch.file("cut.tar"), "--donor", good, "-o", mended]).status
        == 0)
    let outcome = try run(scratch.file("cut.tar"), mended)
    #expect(outcome.status == 1)
    #expect(outcome.output.contains("verdict: not-restorable -> restorable"))
    #expect(outcome.output.contains("  - error archive.truncated  checkpoint/pages-1.img: "))
    #expect(outcome.output.contains("  + checkpoint/pages-2.img: "))
    #expect(!outcome.output.contains("  ~ checkpoint/"))
    #expect(try run(good, mended).status == 0)
  }

  @Test func exitCodes() throws {
    let other = Fixtures.path("shell-none.tar")
    #expect(try run(archive, archive).status == 0)
    #expect(try run(archive, other).status == 1)
    #expect(try run("-q", archive, other).output.isEmpty)
    #expect(try run(archive, "-", input: archive).status == 0)
    let scratch = try ScratchFolder()
    try write(Array("hello".utf8), to: scratch.file("text.tar"))
    #expect(try run(archive, scratch.file("text.tar")).status == 2)
    let missing = try run(scratch.file("missing.tar"), archive)
    #expect(missing.status == 2 && missing.output.isEmpty)
    #expect(missing.errors.contains("missing.tar: No such file"))
    #expect(try run("-", "-").status == 64)
  }

  @Test func longListsAreCutUnlessAskedFor() throws {
    let other = Fixtures.path("shell-none.tar")
    #expect(try run(other, archive).output.contains(" more (-v shows them)\n"))
    #expect(try !run("-v", other, archive).output.contains(" more (-v shows them)\n"))
  }

  @Test func json() throws {
    let outcome = try run("--format", "json", archive, Fixtures.path("shell-none.tar"))
    #expect(outcome.status == 1)
    #expect(outcome.output.contains(#""answer" : "different""#))
    #expect(!outcome.output.contains("HOSTNAME=") && !outcome.output.contains("sha256:"))
  }
}
