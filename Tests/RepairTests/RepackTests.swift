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
    try write(Self.tarWithHardLink, to: path)
    #expect(throws: RepackError.self) {
      try Repacker().repack(
        path, to: Executor.Target(path: scratch.file("out.tar"), form: .tar(.none)))
    }
    #expect(scratch.names == ["links.tar"])
  }

  /// One ustar header of type 1, and the end marker.
  private static let tarWithHardLink: [UInt8] = {
    var header = [UInt8](repeating: 0, count: 512)
    func put(_ text: String, _ offset: Int) {
      for (index, byte) in text.utf8.enumerated() { header[offset + index] = byte }
    }
    put("link", 0)
    put("0000600", 100)
    put("0000000", 108)
    put("0000000", 116)
    put("00000000000", 124)
    put("00000000000", 136)
    put("        ", 148)
    put("1", 156)
    put("spec.dump", 157)
    put("ustar\u{0}00", 257)
    let sum = header.reduce(0) { $0 + Int($1) }
    let octal = String(sum, radix: 8)
    put(String(repeating: "0", count: 6 - octal.count) + octal + "\u{0} ", 148)
    return header + [UInt8](repeating: 0, count: 1024)
  }()
}
