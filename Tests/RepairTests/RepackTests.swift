import Archive
import Checkpoint
import Repair
import Support
import Testing
import Verify

/// The same checkpoint in every form: the same entries, the same verdict.
@Suite struct RepackTests {
  static let forms: [(String, Output.Form)] = [
    ("a.tar", .tar(.none)), ("a.tar.gz", .tar(.gzip)), ("a.tar.zst", .tar(.zstd)), ("a", .folder),
  ]

  @Test(arguments: Fixtures.names)
  func everyForm(_ name: String) throws {
    let scratch = try ScratchFolder()
    let original = try Fixtures.contents(Fixtures.path(name))
    let isContainerd = name.hasPrefix("containerd")
    for (file, form) in Self.forms {
      let path = scratch.file(file)
      let report = try Repacker().repack(
        Fixtures.path(name), to: Executor.Target(path: path, form: form))
      // containerd reads uncompressed archives only.
      let isRefused = isContainerd && (form == .tar(.gzip) || form == .tar(.zstd))
      #expect((report.verdict == .restorable) != isRefused, "\(file)")
      // A folder also has the folders that the archive has no entry for.
      let contents = try Fixtures.contents(path)
      #expect(contents.filter { original[$0.key] != nil } == original, "\(file)")
      let added = contents.filter { original[$0.key] == nil }
      #expect(added.allSatisfy { form == .folder && $0.value.kind == .directory }, "\(file)")
      let verified = Verifier.verify(try Checkpoint.load(path: path))
      #expect(verified.verdict == report.verdict)
    }
  }

  @Test func hardLinksNeedRepair() throws {
    let scratch = try ScratchFolder()
    let path = scratch.file("links.tar")
    let marker = [UInt8](repeating: 0, count: 1024)
    try write(Mended.hardLink("link", to: "spec.dump") + marker, to: path)
    #expect(throws: RepackError.self) {
      try Repacker().repack(
        path, to: Executor.Target(path: scratch.file("out.tar"), form: .tar(.none)))
    }
    #expect(scratch.names == ["links.tar"])
  }
}
