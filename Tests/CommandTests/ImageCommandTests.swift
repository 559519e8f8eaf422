import Foundation
import Support
import Testing

/// `repack -o oci:…` and `oci-archive:…`, as a person calls them.
@Suite struct ImageCommandTests {
  private static let forms = ["oci", "oci-archive"]

  @Test(
    .enabled(if: Tool.skopeo.exists, "skopeo is not installed"), arguments: forms,
    ["none", "gzip", "zstd"])
  func skopeoReadsIt(_ form: String, _ layer: String) throws {
    let scratch = try ScratchFolder()
    let image = "\(form):\(scratch.file("out")):localhost/web:v1"
    let outcome = try Program.run(
      ["repack", Fixtures.path("shell-zstd.tar.zst"), "-o", image, "--layer", layer])
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(outcome.output.contains("out: restorable"))
    let copied = try Tool.skopeo.run(
      "copy", "--insecure-policy", "--override-arch", "amd64", image, "dir:\(scratch.file("copy"))")
    #expect(copied.status == 0, "\(copied.errors)")
    let manifest = String(
      decoding: try bytes(of: scratch.file("copy/manifest.json")), as: UTF8.self)
    let type = layer == "none" ? "layer.v1.tar" : "layer.v1.tar+\(layer)"
    #expect(manifest.contains("\"application/vnd.oci.image.\(type)\""))
    // The layer is the largest file.
    let names = try FileManager.default.contentsOfDirectory(atPath: scratch.file("copy"))
    let sizes = try names.map { ($0, try bytes(of: scratch.file("copy/\($0)")).count) }
    let largest = try #require(sizes.max { $0.1 < $1.1 }).0
    #expect(
      try Fixtures.contents(scratch.file("copy/\(largest)"))
        == Fixtures.contents(Fixtures.path("shell-zstd.tar.zst")))
  }

  /// Where each engine looks for its annotation: Podman and CRI-O in the manifest, containerd in
  /// what the name leads to.
  @Test(
    .enabled(if: Tool.skopeo.exists, "skopeo is not installed"),
    arguments: [
      ("podman", "io.podman.annotations.checkpoint.runtime.name", "manifest"),
      ("cri-o", "io.kubernetes.cri-o.annotations.checkpoint.name", "manifest"),
      ("containerd", "org.criu.checkpoint.container.name", "index"),
    ])
  func everyEngineKnowsItsOwn(_ engine: String, _ key: String, _ document: String) throws {
    let scratch = try ScratchFolder()
    let image = "oci:\(scratch.file("out")):v1"
    let outcome = try Program.run(
      [
        "repack", Fixtures.path("netns-path.tar.gz"), "--engine", engine, "--allow", "lossy", "-o",
        image,
      ])
    #expect(outcome.status == 0, "\(outcome.errors)")
    let top = String(
      decoding: try Tool.skopeo.run("inspect", "--raw", image).output, as: UTF8.self)
    #expect(top.contains("application/vnd.oci.image.\(document).v1+json"))
    #expect(top.contains("\"\(key)\""))
    let copied = try Tool.skopeo.run(
      "copy", "--insecure-policy", "--all", image, "oci-archive:\(scratch.file("copy")):v1")
    #expect(copied.status == 0, "\(copied.errors)")
    for path in [image, scratch.file("copy")] {
      let verified = try Program.run(["verify", "--engine", engine, path])
      #expect(verified.status == 0, "\(verified.output)")
    }
  }

  @Test(arguments: forms)
  func isTheSameEveryTime(_ form: String) throws {
    let scratch = try ScratchFolder()
    for (name, threads) in [("1", "1"), ("2", "3")] {
      let outcome = try Program.run(
        [
          "repack", Fixtures.path("ghost.tar.gz"), "-o", "\(form):\(scratch.file(name))",
          "--threads", threads, "--level", "1",
        ])
      #expect(outcome.status == 0, "\(outcome.errors)")
    }
    #expect(scratch.names == ["1", "2"])
    #expect(
      try Fixtures.contents(scratch.file("1")).mapValues(\.withoutTime)
        == Fixtures.contents(scratch.file("2")).mapValues(\.withoutTime))
  }

  @Test func inputIsNeverTheOutput() throws {
    let scratch = try ScratchFolder()
    #expect(
      try Program.run(["repack", Fixtures.path("ghost.tar.gz"), "-o", scratch.file("in/")]).status
        == 0)
    let outcome = try Program.run(
      ["repack", scratch.file("in"), "-o", "oci:\(scratch.file("in/out"))"])
    #expect(outcome.status == 4)
    #expect(outcome.errors.contains("it lies inside the input"), "\(outcome.errors)")
  }

  @Test(arguments: [
    (["-o", "oci:out:a b"], "a b is no tag"), (["-o", "oci:"], "names no folder"),
    (["-o", "oci:out", "--to", "tar"], "--layer says"),
    (["-o", "out.tar", "--layer", "gzip"], "--layer is for images"),
    (["-o", "oci-archive:-"], "standard output"),
    (["-o", "oci:out", "--layer", "none", "--level", "3"], "not compressed"),
    (["-o", "oci:out", "--layer", "zstd", "--level", "20"], "zstd has levels 1 to 19"),
  ])
  func usage(_ options: [String], _ words: String) throws {
    let outcome = try Program.run(["repack", "x.tar"] + options)
    #expect(outcome.status == 64)
    #expect(outcome.errors.contains(words), "\(outcome.errors)")
  }
}
