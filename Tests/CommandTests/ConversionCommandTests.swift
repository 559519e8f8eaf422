import Foundation
import Support
import Testing

/// `repack --engine`, `--runtime` and `--map-mount`, as a person calls them.
@Suite struct ConversionCommandTests {
  private static let crio = Fixtures.path("crio-1.37.0dev-runc1.1.5-vol.tar")

  @Test func saysWhatChangesAndVerifies() throws {
    let scratch = try ScratchFolder()
    let out = scratch.file("podman.tar.zst")
    let outcome = try Program.run(["repack", Self.crio, "--engine", "podman", "-o", out])
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.output.contains("restorable"))
    #expect(outcome.errors.contains("rename io.kubernetes.cri-o.LogPath to ctr.log"))
    let verified = try Program.run(["verify", "--engine", "podman", out])
    #expect(verified.status == 0)
    #expect(scratch.names == ["podman.tar.zst"])
  }

  @Test func planNamesWhatIsInvented() throws {
    let scratch = try ScratchFolder()
    let outcome = try Program.run([
      "repack", Fixtures.path("netns-path.tar.gz"), "--engine", "cri-o", "--dry-run", "--plan",
      scratch.file("plan.json"),
    ])
    #expect(outcome.status == 5 || outcome.status == 0)
    let plan = String(decoding: try bytes(of: scratch.file("plan.json")), as: UTF8.self)
    #expect(plan.contains("invented: the id of the pod"))
    #expect(scratch.names == ["plan.json"])
  }

  /// A container with a network namespace of its own does not join a pod's.
  @Test func refusalNamesTheCause() throws {
    let scratch = try ScratchFolder()
    let outcome = try Program.run([
      "repack", Fixtures.path("shell-none.tar"), "--engine", "cri-o", "-o",
      scratch.file("out.tar"),
    ])
    #expect(outcome.status == 5)
    #expect(outcome.output.contains("convert.namespace-model-differs"))
    #expect(outcome.errors.contains("nothing was written"))
    #expect(scratch.names == [])
  }

  @Test func lossNeedsLeave() throws {
    let scratch = try ScratchFolder()
    let arguments = [
      "repack", Fixtures.path("tcp-established.tar.zst"), "--engine", "containerd", "-o",
      scratch.file("out.tar"),
    ]
    #expect(try Program.run(arguments + ["--allow", "lossy"]).status == 0)
    let again = try Program.run(arguments)
    #expect(again.status == 4, "\(again.errors)")
    #expect(again.errors.contains("exists"))
  }

  @Test func damagedInputIsNotConverted() throws {
    let scratch = try ScratchFolder()
    let cut = try bytes(of: Self.crio).prefix(100_000)
    try write(Array(cut), to: scratch.file("cut.tar"))
    let outcome = try Program.run([
      "repack", scratch.file("cut.tar"), "--engine", "podman", "-o", scratch.file("out.tar"),
    ])
    #expect(outcome.status == 5)
    #expect(outcome.errors.contains("repair"))
    #expect(scratch.names == ["cut.tar"])
  }

  @Test(arguments: [
    (["--engine", "docker", "-o", "x.tar"], "Docker imports no checkpoint"),
    (["--engine", "containerd", "-o", "x.tar.gz"], "uncompressed archives"),
    (["--map-mount", "a=b", "-o", "x.tar"], "two absolute paths"),
    (["--engine", "podman"], "-o"),
    (["--engine", "podman", "-o", "-", "--to", "tar"], "name a file"),
    (["--engine", "podman", "-o", "x.tar", "--plan", "-"], "--dry-run"),
  ])
  func usage(_ options: [String], _ words: String) throws {
    let outcome = try Program.run(["repack", Self.crio] + options)
    #expect(outcome.status == 64)
    #expect(outcome.errors.contains(words), "\(outcome.errors)")
  }

  @Test func aConversionReadsItsInputTwice() throws {
    let outcome = try Program.run(["repack", "-", "--engine", "podman", "-o", "x.tar"])
    #expect(outcome.status == 64)
    #expect(outcome.errors.contains("more than once"))
  }
}
