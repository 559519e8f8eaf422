import Archive
import Checkpoint
import Foundation
import Support
import Testing

@testable import Verify

/// Which inputs are judged, and in which order they are reported.
@Suite struct InputTests {
  private let scratch: ScratchFolder

  init() throws { scratch = try ScratchFolder() }

  private static let good = Sketch.tar(Sketch.minimal.files)

  /// The paths that a run reports, in its order.
  private func reported(_ arguments: String..., input: String? = nil) throws -> [String] {
    let outcome = try Program.run(
      ["verify", "--format", "ndjson"] + arguments, input: input, in: scratch.path)
    return try outcome.output.split(separator: "\n").compactMap { line in
      let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
      return (object?["subject"] as? [String: Any])?["path"] as? String
    }
  }

  private func folders(_ paths: String...) throws {
    for path in paths {
      try FileManager.default.createDirectory(
        atPath: scratch.file(path), withIntermediateDirectories: true)
    }
  }

  @Test func looksThroughFolders() throws {
    try folders("in/b/checkpoint", "in/a", "in/image", "in/images", "in/checkpoint", "in/.hidden")
    for name in ["in/z.tar", "in/a.tar.zst", "in/a/x.oci.tar", "in/.hidden/y.tgz", "in/b/no.tar"] {
      try write(Self.good, to: scratch.file(name))
    }
    try write([1], to: scratch.file("in/notes.txt"))
    // A container's folder without its documents, an image layout, bare images: whole or not.
    try write([1], to: scratch.file("in/b/checkpoint/pstree.img"))
    try write([1], to: scratch.file("in/image/oci-layout"))
    try write([1], to: scratch.file("in/images/core-1.img"))
    // Nothing but a name.
    try write(Self.good, to: scratch.file("in/checkpoint/kept.tar"))
    try FileManager.default.createSymbolicLink(
      atPath: scratch.file("in/link.tar"), withDestinationPath: "z.tar")
    try FileManager.default.createSymbolicLink(
      atPath: scratch.file("in/loop"), withDestinationPath: ".")
    let expected = [
      "in/.hidden/y.tgz", "in/a.tar.zst", "in/a/x.oci.tar", "in/b", "in/checkpoint/kept.tar",
      "in/image", "in/images", "in/z.tar",
    ]
    #expect(try reported("-r", "in") == expected)
    #expect(try reported("in/z.tar", "--recursive", "in/a") == ["in/z.tar", "in/a/x.oci.tar"])
    // What is named may be a link.
    #expect(try reported("-r", "in/loop/a") == ["in/loop/a/x.oci.tar"])
  }

  @Test func folderWithoutCheckpointsIsNoSuccess() throws {
    try folders("empty")
    let outcome = try Program.run(["verify", "-r", "empty"], in: scratch.path)
    #expect(outcome.status == 2)
    #expect(outcome.output.contains("there is no archive and no unpacked checkpoint in it"))
  }

  @Test func nameThatIsNotText() throws {
    try folders("in")
    try write(Self.good, to: scratch.file("in/a.tar"))
    let bytes = Array(scratch.file("in/").utf8) + [0xFF] + Array(".tar".utf8) + [0]
    let made = bytes.map(CChar.init(bitPattern:)).withUnsafeBufferPointer { name in
      name.baseAddress.map { open($0, O_CREAT | O_WRONLY, 0o600) } ?? -1
    }
    try #require(made >= 0)
    close(made)
    let outcome = try Program.run(["verify", "-r", "in"], in: scratch.path)
    #expect(outcome.status == 2)
    #expect(outcome.output.contains("its name is not UTF-8"))
    #expect(outcome.output.contains("in/a.tar: restorable"))
  }

  @Test func listsNameInputs() throws {
    for name in ["b.tar", "a b.tar", "new\nline.tar"] {
      try write(Self.good, to: scratch.file(name))
    }
    try write(Array("b.tar\n\na b.tar\nmissing.tar".utf8), to: scratch.file("list"))
    try write(Array("new\nline.tar\0b.tar\0".utf8), to: scratch.file("null"))
    let list = scratch.file("list")
    #expect(try reported("--from-file", "list") == ["b.tar", "a b.tar", "missing.tar"])
    #expect(
      try reported("b.tar", "--from-file", "-", input: list)
        == ["b.tar", "b.tar", "a b.tar", "missing.tar"])
    #expect(try reported("--from-file", "null", "--null") == ["new\nline.tar", "b.tar"])
  }

  @Test(
    arguments: [
      (["verify"], 64), (["verify", "-", "--from-file", "-"], 64),
      (["verify", "--null", "x.tar"], 64), (["verify", "--jobs", "0", "x.tar"], 64),
      (["verify", "--from-file", "/dev/null"], 64), (["verify", "--from-file", "/nowhere"], 2),
    ] as [([String], Int32)])
  func refused(_ arguments: [String], _ status: Int32) throws {
    #expect(try Program.run(arguments).status == status)
  }

  /// A thousand archives in one run: every one counted, the same bytes with one job and two, and
  /// no more memory than for a hundred.
  @Test(.enabled(if: Tool.time.exists, "GNU time is not installed"))
  func thousand() throws {
    try folders("many")
    // A verdict that is quick, so that the run is about the number; and some of each other kind.
    let kinds = [Self.good, Sketch.tar([Sketch.file("../x")]), Array(Self.good.prefix(5000))]
    for number in 0..<1000 {
      let place = number % 100
      let kind = place < kinds.count ? kinds[place] : Array("hello".utf8)
      let name = String(10_000 + number).dropFirst()
      try write(kind, to: scratch.file("many/\(name).tar"))
    }
    func run(_ jobs: Int, of names: String) throws -> (peak: Int, output: [UInt8]) {
      let outcome = try Tool.time.run(
        "-f", "%M", "sh", "-c",
        "cd \"$1\" && exec \"$0\" verify $3 --format ndjson --jobs $2 -o report.$2.sarif --force",
        Program.location.path, scratch.path, "\(jobs)", names)
      let last = outcome.errors.split(separator: "\n").last.map(String.init)
      return (try #require(last.flatMap { Int($0) }), outcome.output)
    }
    let few = try run(2, of: "many/00*")
    let all = try run(2, of: "-r many")
    #expect(try run(1, of: "-r many").output == all.output)
    #expect(
      try bytes(of: scratch.file("report.1.sarif")) == bytes(of: scratch.file("report.2.sarif")))
    let lines = String(decoding: all.output, as: UTF8.self).split(separator: "\n")
    #expect(lines.count == 1001)
    let last = try JSONSerialization.jsonObject(with: Data(try #require(lines.last).utf8))
    let summary = try #require((last as? [String: Any])?["summary"] as? [String: Any])
    #expect(summary["inputs"] as? Int == 1000)
    #expect(summary["exitCode"] as? Int == 3)
    let verdicts = try #require(summary["verdicts"] as? [String: Int])
    #expect(verdicts["restorable"] == 10)
    #expect(verdicts["unsafe"] == 10)
    #expect(verdicts["not-restorable"] == 10)
    #expect(verdicts["unreadable"] == 970)
    // In KiB; allocators differ from run to run.
    #expect(all.peak < few.peak + 8 << 10, "\(few.peak) KiB, then \(all.peak) KiB")
  }
}
