import Checkpoint
import Foundation
import Support
import Synchronization
import Testing

@testable import Verify

/// Archives that unpack to far more than they store: they take time in line with it, and no memory.
///
/// `make test` takes small ones, `make test-hostile` those of 10 GiB and of 3 million entries.
@Suite struct BombTests {
  /// An entry of zeros, or of what a tool makes of them, in a stream that a tool compresses.
  struct Bomb: CustomTestStringConvertible {
    var path: String
    var inner = "cat"
    var outer: String
    var status: Int32

    var testDescription: String { "\(path) of \(inner), in \(outer)" }
  }

  static let bombs = [
    Bomb(path: "more", outer: "zstd", status: 0),
    Bomb(path: "more", outer: "gzip -1", status: 0),
    Bomb(path: "spec.dump", outer: "zstd", status: 3),
    Bomb(path: "checkpoint/core-1.img", outer: "zstd", status: 3),
    Bomb(path: "checkpoint/pages-1.img", outer: "zstd", status: 0),
    Bomb(path: "rootfs-diff.tar", outer: "zstd", status: 1),
    Bomb(path: "checkpoint/tmpfs-dev-109.tar.gz.img", inner: "gzip -1", outer: "cat", status: 0),
    Bomb(path: "rootfs-diff.tar", inner: "zstd", outer: "zstd", status: 1),
  ]

  @Test(arguments: bombs) func takeNoMemory(_ bomb: Bomb) throws {
    let scratch = try ScratchFolder()
    let size: Int64 = Hostile.isWhole ? 10 << 30 : 96 << 20
    try shell("head -c \(size) /dev/zero | \(bomb.inner) > body", in: scratch)
    let attributes = try FileManager.default.attributesOfItem(atPath: scratch.file("body"))
    let stored = try #require(attributes[.size] as? Int64)
    var tar = TarBuilder()
    tar.add(Sketch.minimal.removing(bomb.path))
    tar.raw(TarBuilder.Header(bomb.path, size: stored).block)
    try write(tar.bytes, to: scratch.file("head"))
    try shell(
      "{ cat head body; head -c \((512 - stored % 512) % 512 + 1024) /dev/zero; } | \(bomb.outer) > a.tar",
      in: scratch)
    try check(scratch, status: bomb.status)
  }

  @Test(.enabled(if: Hostile.isWhole)) func entriesWithoutEnd() throws {
    let scratch = try ScratchFolder()
    var tar = TarBuilder()
    for index in 0..<1000 { tar.add(TarBuilder.Header("e/\(index)")) }
    try write(tar.bytes, to: scratch.file("block"))
    try shell("for i in $(seq 3000); do cat block; done | zstd > a.tar", in: scratch)
    try check(scratch, status: 3)
  }

  private func shell(_ script: String, in scratch: ScratchFolder) throws {
    let outcome = try Tool(name: "sh").run("-ec", "cd '\(scratch.path)'; \(script)")
    try #require(outcome.status == 0, "\(script): \(outcome.errors)")
  }

  private func check(_ scratch: ScratchFolder, status: Int32) throws {
    let run = try HostileRun.run(
      ["verify", "-v", "--no-policy", scratch.file("a.tar")], in: try makeOut(scratch))
    Hostile.figures.withLock {
      $0.bombs += 1
      $0.crashes += run.status < 6 ? 0 : 1
      $0.memory = max($0.memory, run.memory)
    }
    Hostile.print()
    #expect(run.status == status, "\(run.text)")
    #expect(run.memory < 256 << 10)
  }

  private func makeOut(_ scratch: ScratchFolder) throws -> String {
    try makeFolder(scratch.file("out"))
    return scratch.path
  }
}
