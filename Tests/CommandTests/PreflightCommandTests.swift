import Checkpoint
import Glibc
import Support
import Testing
import Verify

/// `preflight` and `repair --host`, as a person calls them.
@Suite struct PreflightCommandTests {
  private static func host(_ name: String) -> String {
    "\(Fixtures.project)/fixtures/hosts/\(name).json"
  }

  @Test func namesWhatDiffers() throws {
    let outcome = try Program.run([
      "preflight", Fixtures.path("ghost.tar.gz"), "--host", Self.host("bare-kernel"),
    ])
    #expect(outcome.status == 1)
    #expect(outcome.output.contains("mask.mountpoint-missing-on-host"))
    #expect(outcome.output.contains("/proc/timer_list"))
    #expect(outcome.output.contains("repair --host"))
  }

  @Test func optionsDecide() throws {
    let path = Fixtures.path("tcp-established.tar.zst")
    let without = try Program.run(["preflight", path, "--host", Self.host("labs")])
    #expect(without.status == 1)
    #expect(without.output.contains("opts.tcp-needed"))
    let with = try Program.run([
      "preflight", path, "--host", Self.host("labs"), "--option", "file-locks,tcp-established",
    ])
    #expect(with.status == 0, "\(with.output)")
    let unknown = try Program.run(["preflight", path, "--option", "tcp"])
    #expect(unknown.status == 64)
    #expect(unknown.errors.contains("tcp-established"))
  }

  @Test func manyOnManyIsATable() throws {
    let arguments = [
      "preflight", Fixtures.path("ghost.tar.gz"), Fixtures.path("privileged.tar.zst"), "--host",
      Self.host("labs"), "--host", Self.host("bare-kernel"),
    ]
    let outcome = try Program.run(arguments)
    #expect(outcome.status == 1)
    let lines = outcome.output.split(separator: "\n").map(String.init)
    #expect(lines.count == 6)
    #expect(lines[1] == "  lab          restorable")
    #expect(lines[2] == "  bare-kernel  not-restorable  mask.mountpoint-missing-on-host")
    #expect(lines[5] == "  bare-kernel  restorable")
    let json = try Program.run(arguments + ["--format", "json"])
    #expect(json.output.contains("\"checkpoints\""))
    #expect(try Program.run(arguments + ["--format", "json"]).output == json.output)
  }

  /// What only a person can change about the host does not withhold the cleaned archive.
  @Test func repairForAHost() throws {
    let scratch = try ScratchFolder()
    let mended = scratch.file("clean.tar")
    let path = Fixtures.path("ghost.tar.gz")
    let outcome = try Program.run([
      "repair", path, "--host", Self.host("bare-kernel"), "-o", mended,
    ])
    #expect(outcome.status == 0, "\(outcome.errors)")
    let after = try Program.run(["preflight", mended, "--host", Self.host("bare-kernel")])
    #expect(after.status == 0, "\(after.output)")
    let arm = try Program.run([
      "repair", path, "--host", Self.host("arm"), "-o", scratch.file("arm.tar"),
    ])
    #expect(arm.status == 1, "\(arm.errors)")
    #expect(scratch.names == ["arm.tar", "clean.tar"])
  }

  @Test(arguments: ["no-such-file", "/dev/null", "README.md"])
  func otherFactsAreRefused(_ name: String) throws {
    let file = name.hasPrefix("/") ? name : "\(Fixtures.project)/\(name)"
    let outcome = try Program.run([
      "preflight", Fixtures.path("ghost.tar.gz"), "--host", file,
    ])
    #expect(outcome.status == 2)
    #expect(outcome.output.isEmpty)
  }

  @Test func openFilesAreLookedForInTheRoot() throws {
    let scratch = try ScratchFolder()
    let outcome = try Program.run([
      "preflight", Fixtures.path("ghost.tar.gz"), "--host", Self.host("labs"), "--rootfs",
      scratch.path,
    ])
    #expect(outcome.status == 1)
    #expect(outcome.output.contains("rootfs.file-missing"))
  }

  /// A host whose facts were recorded for the checkpoint tells what this one tells.
  @Test func leftoversOnBindMountsAreFound() throws {
    let scratch = try ScratchFolder()
    let archive = scratch.file("checkpoint.tar")
    let data = scratch.file("data")
    #expect(mkdir(data, 0o755) == 0)
    let rule = try #require(Rule.all.first { $0.id == "host.ghost-leftover" })
    let example = try #require(rule.examples.first { $0.name == "on a bind mount" })
    let sketch = example.sketch.setting("spec.dump", "/mounts/2/source", to: "\"\(data)\"")
    try write(Sketch.tar(sketch.files), to: archive)
    let before = try Program.run(["preflight", archive])
    #expect(!before.output.contains("host.ghost-leftover"))
    try write([1], to: "\(data)/x.cr.1a.ghost")
    let after = try Program.run(["preflight", archive])
    #expect(after.status == 1)
    #expect(after.output.contains("delete \(data)/x.cr.1a.ghost on "), "\(after.output)")
    let facts = scratch.file("facts.json")
    try write(Array(try Program.run(["host", archive]).output.utf8), to: facts)
    let recorded = try Program.run(["preflight", archive, "--host", facts])
    #expect(recorded.output.contains("host.ghost-leftover"))
  }
}
