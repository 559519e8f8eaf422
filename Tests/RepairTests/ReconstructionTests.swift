import Archive
import CRIUImages
import Checkpoint
import Support
import SwiftProtobuf
import Testing
import Verify

@testable import Repair

/// What is made from the rest of a real checkpoint, against what the dump had.
@Suite struct ReconstructionTests {
  /// One image to lose, whether it comes back byte for byte.
  static let types: [ImageType] = [.ids, .utsns, .ipcVar]

  struct Loss: Sendable, CustomTestStringConvertible {
    var archive: String
    var path: String
    var testDescription: String { "\(archive): \(path)" }
  }

  static let losses: [Loss] = Fixtures.names.flatMap { archive -> [Loss] in
    guard let checkpoint = try? Checkpoint.load(path: Fixtures.path(archive)) else { return [] }
    let images = types.flatMap { type in
      checkpoint.images.ids(of: type).map { checkpoint.path(of: ImageName(type, $0)) }
    }
    return (images + [checkpoint.path(of: .descriptors)]).map { Loss(archive: archive, path: $0) }
  }

  @Test(arguments: losses)
  func comesBackByteForByte(_ loss: Loss) throws {
    let good = try Checkpoint.load(path: Fixtures.path(loss.archive))
    let damaged = Applied([.remove(path: loss.path)], to: good)
      .result(of: good, donors: [], isCut: false)
    let original = try #require(Fixtures.contents(Fixtures.path(loss.archive))[loss.path]).bytes
    let made = try #require(Reconstruction.of(loss.path, in: damaged).first)
    guard case .written(let bytes) = made.outcome else {
      Issue.record("left out")
      return
    }
    #expect(bytes == original)
  }

  /// All that the dump knew and the images do not is the run id and how the network was locked.
  @Test(arguments: Fixtures.names)
  func inventoryComesBack(_ archive: String) throws {
    let good = try Checkpoint.load(path: Fixtures.path(archive))
    let path = good.path(of: ImageName(.inventory))
    let damaged = Applied([.remove(path: path)], to: good)
      .result(of: good, donors: [], isCut: false)
    let made = try #require(Reconstruction.of(path, in: damaged).first)
    guard case .written(let bytes) = made.outcome else {
      Issue.record("left out")
      return
    }
    var expected = try #require(good.images[.inventory]?.first(InventoryEntry.self))
    expected.clearDumpCriuRunID()
    expected.clearNetworkLockMethod()
    let image = ImageParser.parse(bytes, as: ImageName(.inventory))
    #expect(image.first(InventoryEntry.self) == expected)
  }

  /// The folders come back; the umask is an assumption, and the plan says so.
  @Test(arguments: Fixtures.names)
  func foldersComeBack(_ archive: String) throws {
    let good = try Checkpoint.load(path: Fixtures.path(archive))
    for id in good.images.ids(of: .fs) {
      let path = good.path(of: ImageName(.fs, id))
      let damaged = Applied([.remove(path: path)], to: good)
        .result(of: good, donors: [], isCut: false)
      let made = try #require(Reconstruction.of(path, in: damaged).first)
      #expect(made.reason.contains("umask"))
      guard case .written(let bytes) = made.outcome else { continue }
      var entry = try #require(ImageParser.parse(bytes, as: ImageName(.fs, id)).first(FsEntry.self))
      let original = try #require(good.images[.fs, id]?.first(FsEntry.self))
      entry.umask = original.umask
      #expect(entry == original)
    }
  }

  /// What nothing else in the checkpoint tells is never made up.
  @Test(arguments: ["core-1.img", "mm-1.img", "files.img", "pagemap-1.img", "seccomp.img"])
  func isNotInvented(_ name: String) throws {
    let good = try Checkpoint.load(path: Fixtures.path("shell-none.tar"))
    let path = "checkpoint/\(name)"
    let damaged = Applied([.remove(path: path)], to: good)
      .result(of: good, donors: [], isCut: false)
    #expect(Reconstruction.of(path, in: damaged).isEmpty)
    #expect(Reconstruction.refusal(of: path, in: damaged) != nil)
  }
}

/// Repairs without a donor, from plan to published archive.
@Suite struct SelfRepairTests {
  /// Every image that can be made from the rest, one at a time and all at once.
  @Test(arguments: Fixtures.varied)
  func verifiesAndChangesNothingAgain(_ archive: String) throws {
    let scratch = try ScratchFolder()
    let good = try Checkpoint.load(path: Fixtures.path(archive))
    let types: [ImageType] = [.inventory, .ids, .fs, .utsns, .ipcVar]
    let paths =
      types.flatMap { type in
        good.images.ids(of: type).map { good.path(of: ImageName(type, $0)) }
      } + [good.path(of: .descriptors)]
    // Several ids at once are more than the rest can tell.
    let together = paths.filter { !$0.contains("/ids-") }
    for (number, lost) in (paths.map { [$0] } + [together]).enumerated() {
      let broken = scratch.file("broken\(number).tar")
      let applied = lost.map { Action.remove(path: $0) }
      _ = try Executor().run(
        applied, input: good, to: Executor.Target(path: broken, form: .tar(.none))
      ) { _ in true }
      let planner = Planner(try Checkpoint.load(path: broken))
      let plan = planner.plan()
      #expect(plan.steps.count == lost.count, "\(lost): \(plan.steps.map(\.action))")
      #expect(plan.missingPermissions(given: []) == [], "\(lost)")
      let mended = scratch.file("mended\(number).tar")
      let report = try Executor().run(
        plan.steps.map(\.action), input: planner.input,
        to: Executor.Target(path: mended, form: .tar(.none)))
      #expect(report.verdict == .restorable)
      let again = Planner(try Checkpoint.load(path: mended))
      #expect(again.plan().steps.isEmpty)
      try delete(broken)
      try delete(mended)
    }
  }
}
