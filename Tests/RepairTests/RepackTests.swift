import Archive
import Checkpoint
import Foundation
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

  /// The layer of an image holds what the archive holds.
  @Test(arguments: Fixtures.names)
  func images(_ name: String) throws {
    let scratch = try ScratchFolder()
    let original = try Fixtures.contents(Fixtures.path(name))
    for layer in [Compression.none, .gzip, .zstd] {
      let path = scratch.file(layer.rawValue)
      let report = try Repacker().repack(
        Fixtures.path(name),
        to: Executor.Target(path: path, form: .image(.layout, tag: "v1", layer: layer)))
      // Unlike an archive, an image may be compressed for containerd, too.
      #expect(report.verdict == .restorable)
      let blobs = try FileManager.default.contentsOfDirectory(atPath: "\(path)/blobs/sha256")
        .map { "\(path)/blobs/sha256/\($0)" }.sorted {
          try bytes(of: $0).count < bytes(of: $1).count
        }
      #expect(blobs.count == 3)
      #expect(try Fixtures.contents(#require(blobs.last)) == original)
      #expect(
        try blobs.dropLast().contains {
          String(decoding: try bytes(of: $0), as: UTF8.self).contains(#""architecture":"amd64""#)
        })
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
