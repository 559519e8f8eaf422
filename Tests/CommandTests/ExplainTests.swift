import Foundation
import Support
import Testing

/// `explain` for pasted lines of logs.
@Suite struct ExplainTests {
  private func run(_ arguments: String..., input: String? = nil) throws -> Program.Outcome {
    try Program.run(["explain"] + arguments, input: input)
  }

  @Test func aLine() throws {
    let outcome = try run("(00.05) Error (criu/cgroup.c:1282): cg: No set 2 found")
    #expect(outcome.status == 0)
    #expect(outcome.output.hasPrefix("“Error (criu/cgroup.c:1282): cg: No set 2 found”\n"))
    #expect(outcome.output.contains("\ncriu.cgset (error"))
  }

  @Test func withoutQuotationMarks() throws {
    #expect(try run("No", "root", "found", "for", "tree").output.contains("\nmnt.no-root (error"))
    #expect(try run("--", "-13:", "can't", "write", "lsm", "profile").output.contains("host.lsm"))
  }

  @Test func aLog() throws {
    let scratch = try ScratchFolder()
    let log = """
      (00.000001) Version: 4.2
      (00.051000)      1: Error (criu/mount.c:390): mnt: No root found for tree
      (00.060000) Error (criu/cr-restore.c:2557): Restoring FAILED.

      """
    try write(Array(log.utf8) + [0xFF, 0x1B, 0x0A], to: scratch.file("restore.log"))
    let outcome = try run("-", input: scratch.file("restore.log"))
    #expect(outcome.status == 0)
    #expect(outcome.output.contains("mnt.no-root"))
    #expect(!outcome.output.contains("FAILED"))
  }

  @Test func severalRulesNameTheCommandThatTellsThemApart() throws {
    let outcome = try run("1: Error: can't write lsm profile -13 \u{1B}[31m")
    #expect(outcome.output.contains("\n  host.lsm-differs (error)\n"))
    #expect(outcome.output.contains("`ckptmend preflight CHECKPOINT` says which it is.\n"))
    #expect(!outcome.output.contains("\u{1B}"))
  }

  @Test func unknownText() throws {
    let outcome = try run("the moon is full")
    #expect(outcome.status == 1)
    #expect(outcome.output.isEmpty)
    #expect(outcome.errors.contains("`ckptmend verify`"))
    #expect(try run("archive.truncated", "mnt.no-root").output.contains("\nmnt.no-root (error"))
  }
}
