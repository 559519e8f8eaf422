import Archive
import Checkpoint
import Repair
import Support
import Testing

@testable import Verify

/// The same checkpoint in every form: the same entries, the same verdict.
@Suite struct RepackTests {
  static let forms: [(String, Output.Form)] = [
    ("a.tar", .tar(.none)), ("a.tar.gz", .tar(.gzip)), ("a.tar.zst", .tar(.zstd)), ("a", .folder),
    ("plain", .image(.layout, tag: "v1", layer: .none)),
    ("layout", .image(.layout, tag: nil, layer: .gzip)),
    ("image.tar", .image(.archive, tag: "v1", layer: .zstd)),
  ]

  /// Every form holds the same, is judged the same, and leads back to the same tar.
  @Test(arguments: Fixtures.names + [Fixtures.image])
  func everyForm(_ name: String) throws {
    let scratch = try ScratchFolder()
    let input = Fixtures.path(name)
    let original = try Fixtures.contents(input)
    let findings = try self.findings(input)
    let isContainerd = name.hasPrefix("containerd")
    for (file, form) in Self.forms {
      let path = scratch.file(file)
      let report = try Repacker().repack(input, to: Executor.Target(path: path, form: form))
      // containerd reads uncompressed archives only.
      let isRefused = isContainerd && (form == .tar(.gzip) || form == .tar(.zstd))
      #expect((report.verdict == .restorable) != isRefused, "\(file)")
      // A folder also has the folders that the archive has no entry for.
      let contents = try Fixtures.contents(path)
      #expect(contents.filter { original[$0.key] != nil } == original, "\(file)")
      let added = contents.filter { original[$0.key] == nil }
      #expect(added.allSatisfy { form == .folder && $0.value.kind == .directory }, "\(file)")
      #expect(try self.findings(path) == findings, "\(file)")
      if form == .folder { continue }
      let back = scratch.file("\(file).back.tar")
      _ = try Repacker().repack(path, to: Executor.Target(path: back, form: .tar(.none)))
      #expect(try bytes(of: back) == bytes(of: scratch.file("a.tar")), "\(file)")
    }
  }

  /// The limit is for the holes that an input claims, not for those that we make.
  @Test func zerosBecomeHolesWhateverTheLimit() throws {
    let scratch = try ScratchFolder()
    let zeros = [UInt8](repeating: 0, count: 1 << 20)
    let input = scratch.file("in.tar")
    try write(Sketch.tar(Sketch.minimal.adding("ctr.log", zeros).files), to: input)
    var limits = Limits()
    limits.holes = 4096
    let folder = scratch.file("out")
    let report = try Repacker(limits: limits).repack(
      input, to: Executor.Target(path: folder, form: .folder))
    #expect(report.verdict == .restorable)
    #expect(try bytes(of: "\(folder)/ctr.log") == zeros)
    let found = Verifier.verify(try Checkpoint.load(path: folder, limits: limits))
    #expect(found.findings.map(\.rule).contains("archive.limit-exceeded"))
  }

  /// What is found, but for what is about the container itself.
  private func findings(_ path: String) throws -> [String] {
    Verifier.verify(try Checkpoint.load(path: path)).findings
      .filter { $0.location.kind != .archive }.map { "\($0.rule) \($0.location): \($0.message)" }
  }

  /// An image that Podman made holds what an export of Podman's holds.
  @Test func podmansImageIsAnExport() throws {
    let scratch = try ScratchFolder()
    let path = scratch.file("a.tar")
    _ = try Repacker().repack(
      Fixtures.path(Fixtures.image), to: Executor.Target(path: path, form: .tar(.none)))
    let export = Fixtures.path("podman-6.0.0dev-runc1.5.0rc1-loop.tar.zst")
    func parts(_ path: String) throws -> Set<String> {
      // Images are numbered by processes and namespaces, which differ.
      Set(try Fixtures.contents(path).keys.map { $0.filter { !$0.isNumber } })
    }
    // This container changed no file of its root file system.
    #expect(try parts(export).subtracting(parts(path)) == ["rootfs-diff.tar"])
    #expect(try parts(path).subtracting(parts(export)).isEmpty)
  }

  enum Answer { case unsafe, needsRepair }

  /// Entries that no folder, and some that no output holds. What makes the archive unsafe is told as
  /// that, with the report about all of it.
  @Test(arguments: [
    ("../x", "0", "", Answer.unsafe), ("/x", "0", "", .unsafe), (".", "0", "", .needsRepair),
    ("link", "1", "spec.dump", .needsRepair), ("link", "1", "../spec.dump", .unsafe),
    ("spec.dump", "0", "", .needsRepair), ("spec.dump/x", "0", "", .needsRepair),
  ])
  func noFolderHolds(_ name: String, _ type: Character, _ target: String, _ answer: Answer) throws {
    let scratch = try ScratchFolder()
    let path = scratch.file("odd.tar")
    var tar = TarBuilder()
    for file in Sketch.minimal.files where file.entry.kind == .file {
      tar.file(file.entry.name.path, content: file.bytes)
    }
    var header = TarBuilder.Header(name, type: type)
    header.link = Array(target.utf8)
    tar.add(header)
    tar.end()
    try write(tar.bytes, to: path)
    do {
      _ = try Repacker().repack(path, to: Executor.Target(path: scratch.file("out"), form: .folder))
      Issue.record("it was written")
    } catch RepackError.unsafe(let report) {
      #expect(answer == .unsafe)
      #expect(report.verdict == .unsafe)
    } catch RepackError.needsRepair(let entry, _) {
      #expect(answer == .needsRepair)
      #expect(entry == EntryName(name))
    }
    #expect(scratch.names == ["odd.tar"])
  }
}
