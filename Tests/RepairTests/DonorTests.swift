import Archive
import Checkpoint
import Foundation
import Repair
import Support
import Testing
import Verify

/// Deletes each entry of each real archive in turn and lets the intact archive mend it.
@Suite struct DonorTests {
  @Test(arguments: Fixtures.varied)
  func everyEntryComesBack(_ name: String) throws {
    let scratch = try ScratchFolder()
    let good = try Checkpoint.load(path: Fixtures.path(name))
    let original = try Fixtures.contents(Fixtures.path(name))
    for entry in good.entries {
      let broken = scratch.file("broken.tar")
      let mended = scratch.file("mended.tar")
      try Self.copy(name, without: entry.path, to: broken)
      let planner = Planner(try Checkpoint.load(path: broken), donors: [good])
      let plan = planner.plan()
      #expect(plan.steps.count == 1, "\(entry.path): \(plan.steps.map(\.action))")
      #expect(plan.steps.allSatisfy { $0.risk == .safe && $0.needs == nil }, "\(entry.path)")
      let report = try Self.run(plan, planner, to: mended)
      #expect(report.verdict == .restorable, "\(entry.path)")
      #expect(try Fixtures.contents(mended) == original, "\(entry.path)")

      let again = Planner(try Checkpoint.load(path: mended), donors: [good])
      #expect(again.plan().steps.isEmpty, "\(entry.path)")
      _ = try Self.run(again.plan(), again, to: scratch.file("again.tar"))
      #expect(try bytes(of: mended) == bytes(of: scratch.file("again.tar")), "\(entry.path)")
      try remove(scratch)
    }
  }

  @Test func donorOfAnotherDumpIsRefused() throws {
    let input = try Checkpoint.load(path: Fixtures.path("shell-none.tar"))
    let donor = try Checkpoint.load(path: Fixtures.path("shell-zstd.tar.zst"))
    let provenance = Provenance(input, donor, damaged: [])
    #expect(!provenance.isSameDump)
    #expect(provenance.disagreements.contains { $0.fact == "CRIU run id" })
    let plan = Planner(input, donors: [donor]).plan()
    #expect(plan.missingPermissions(given: []) == [.foreignDonor])
  }

  @Test func sameDumpIsProven() throws {
    let input = try Checkpoint.load(path: Fixtures.path("ghost.tar.gz"))
    let provenance = Provenance(input, input, damaged: [])
    #expect(provenance.isSameDump)
  }

  /// The donor may be an unpacked folder, with a part under the name that people use for it.
  @Test func folderWithLooseNames() throws {
    let scratch = try ScratchFolder()
    let good = Fixtures.path("rootfs-diff.tar.zst")
    _ = try Repacker().repack(good, to: Executor.Target(path: scratch.file("tree"), form: .folder))
    try rename(scratch.file("tree/rootfs-diff.tar"), scratch.file("tree/rootfs.diff.tar"))
    let broken = scratch.file("broken.tar")
    try Self.copy("rootfs-diff.tar.zst", without: "rootfs-diff.tar", to: broken)
    let donor = try Checkpoint.load(path: scratch.file("tree"))
    let planner = Planner(try Checkpoint.load(path: broken), donors: [donor])
    #expect(
      planner.plan().steps.map(\.action) == [
        .take(path: "rootfs-diff.tar", donor: 0, donorPath: "rootfs.diff.tar")
      ])
    _ = try Self.run(planner.plan(), planner, to: scratch.file("mended.tar"))
    #expect(try Fixtures.contents(scratch.file("mended.tar")) == Fixtures.contents(good))
  }

  @Test func truncatedArchiveIsSalvaged() throws {
    let scratch = try ScratchFolder()
    let good = Fixtures.path("ghost.tar.gz")
    let whole = try bytes(of: good)
    for part in [4, 2] {
      let cut = scratch.file("cut.tar.gz")
      try write(Array(whole.prefix(whole.count - whole.count / part)), to: cut)
      let planner = Planner(
        try Checkpoint.load(path: cut), donors: [try Checkpoint.load(path: good)])
      let mended = scratch.file("mended\(part).tar")
      let report = try Self.run(planner.plan(), planner, to: mended)
      #expect(report.verdict == .restorable)
      #expect(try Fixtures.contents(mended) == Fixtures.contents(good))
    }
  }

  /// Two files of pages that were exchanged: the larger one tells on itself alone.
  /// The digest is wrong at the end, when all entries have passed: none of them proves itself.
  @Test func nothingOfALayerWithAnotherDigestIsKept() throws {
    let scratch = try ScratchFolder()
    let intact = Fixtures.path("shell-none.tar")
    let layout = scratch.file("image")
    _ = try Repacker().repack(
      intact,
      to: Executor.Target(path: layout, form: .image(.layout, tag: "v1", layer: .none)))
    let (layer, content) = try #require(try largest(in: "\(layout)/blobs/sha256"))
    var changed = content
    // A byte of the process memory, which no rule can judge.
    let pages = try #require(try Fixtures.contents(intact)["checkpoint/pages-1.img"]?.bytes)
    let start = try #require(content.firstRange(of: pages)).lowerBound
    changed[start + 100] ^= 1
    try write(changed, to: layer)
    let input = try Checkpoint.load(path: layout)
    #expect(input.damage?.kind == .digestMismatch)
    let planner = Planner(input, donors: [try Checkpoint.load(path: intact)])
    let mended = scratch.file("mended.tar")
    let report = try Self.run(planner.plan(), planner, to: mended)
    #expect(report.verdict == .restorable)
    #expect(try Fixtures.contents(mended) == Fixtures.contents(intact))
    let alone = Planner(input).plan()
    #expect(alone.missingPermissions(given: []) == [.lossy])
  }

  private func largest(in folder: String) throws -> (path: String, bytes: [UInt8])? {
    try FileManager.default.contentsOfDirectory(atPath: folder).map { "\(folder)/\($0)" }
      .map { ($0, try bytes(of: $0)) }.max { $0.1.count < $1.1.count }
  }

  @Test func exchangedPagesBothComeBack() throws {
    let scratch = try ScratchFolder()
    let good = try Checkpoint.load(path: Fixtures.path("shell-none.tar"))
    let original = try Fixtures.contents(Fixtures.path("shell-none.tar"))
    let names = ["checkpoint/pages-1.img", "checkpoint/pages-2.img"]
    let pages = names.map { original[$0]?.bytes ?? [] }
    try #require(pages[0].count != pages[1].count)
    let broken = scratch.file("broken.tar")
    _ = try Executor().run(
      [
        .write(path: names[0], content: Content(pages[1])),
        .write(path: names[1], content: Content(pages[0])),
      ], input: good, to: Executor.Target(path: broken, form: .tar(.none))
    ) { _ in true }
    let planner = Planner(try Checkpoint.load(path: broken), donors: [good])
    let report = try Self.run(planner.plan(), planner, to: scratch.file("mended.tar"))
    #expect(report.verdict == .restorable)
    #expect(try Fixtures.contents(scratch.file("mended.tar")) == original)
  }

  private static func run(_ plan: Plan, _ planner: Planner, to path: String) throws -> Report {
    try Executor().run(
      plan.steps.map(\.action), input: planner.input, donors: planner.donors,
      to: Executor.Target(path: path, form: .tar(.none)))
  }

  private static func copy(_ name: String, without path: String, to target: String) throws {
    var output = try Output(path: target, form: .tar(.none))
    var reader = try ArchiveReader(path: Fixtures.path(name))
    while let entry = try reader.next() {
      if entry.name.path == path { continue }
      try output.begin(entry)
      while let chunk = try reader.nextChunk() { try output.write(chunk) }
    }
    try output.end()
    try output.publish()
  }

  private func remove(_ scratch: ScratchFolder) throws {
    for name in scratch.names { try delete(scratch.file(name)) }
  }
}
