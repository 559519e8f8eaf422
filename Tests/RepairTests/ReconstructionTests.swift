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
      } + [good.path(of: .descriptors)] + Self.masks(of: good)
    for (number, lost) in (paths.map { [$0] } + [Array(paths.prefix(4)), paths]).enumerated() {
      let broken = scratch.file("broken\(number).tar")
      let applied = lost.map { Action.remove(path: $0) }
      _ = try Executor().run(
        applied, input: good, to: Executor.Target(path: broken, form: .tar(.none))
      ) { _ in true }
      let planner = Planner(try Checkpoint.load(path: broken))
      let plan = planner.plan()
      #expect(plan.steps.count == lost.count, "\(lost): \(plan.steps.map(\.action))")
      #expect(plan.missingPermissions(given: []) == [], "\(lost)")
      #expect(plan.unresolved.isEmpty, "\(lost): \(plan.unresolved.map(\.message))")
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

  /// The contents of folders that runc masks with a tmpfs of their own.
  private static func masks(of checkpoint: Checkpoint) -> [String] {
    let mounts = checkpoint.images.all(.mounts).flatMap { $0.messages(MntEntry.self) }
    // Several masks may share one file system.
    let paths: [String] = mounts.compactMap { _, mount in
      let name = ImageName(.tmpfsDev, UInt64(mount.rootDev))
      return mount.sbFlags & 1 == 1 && mount.mountpointPath != "/sys/fs/cgroup"
        && mount.filesystem == .tmpfs && checkpoint.images[name] != nil
        && mount.extKey.isEmpty
        ? checkpoint.path(of: name) : nil
    }
    return Set(paths).sorted()
  }

  /// What gives something up waits for a permission, and then restores.
  @Test(arguments: ["checkpoint/cgroup.img", "checkpoint/pstree.img"], [true, false])
  func lossyOnlyIfAllowed(_ path: String, _ isDamaged: Bool) throws {
    let scratch = try ScratchFolder()
    let good = try Checkpoint.load(path: Fixtures.path("shell-none.tar"))
    let broken = scratch.file("broken.tar")
    _ = try Executor().run(
      [isDamaged ? .write(path: path, content: Content([1, 2, 3])) : .remove(path: path)],
      input: good, to: Executor.Target(path: broken, form: .tar(.none))
    ) { _ in true }
    let planner = Planner(try Checkpoint.load(path: broken))
    let plan = planner.plan()
    #expect(plan.missingPermissions(given: []) == [.lossy])
    let report = try Executor().run(
      plan.actions, input: planner.input,
      to: Executor.Target(path: scratch.file("mended.tar"), form: .tar(.none)))
    #expect(report.verdict == .restorable)
    let again = Planner(try Checkpoint.load(path: scratch.file("mended.tar")))
    #expect(again.plan().steps.isEmpty)
  }

  /// What nobody can know is listed with the reason.
  @Test(arguments: [
    "seccomp.img", "pages-1.img", "core-1.img", "mm-1.img", "files.img", "mountpoints-13.img",
  ])
  func saysWhyNothingIsMadeUp(_ name: String) throws {
    let good = try Checkpoint.load(path: Fixtures.path("shell-none.tar"))
    let damaged = Applied([.remove(path: "checkpoint/\(name)")], to: good)
      .result(of: good, donors: [], isCut: false)
    let plan = Planner(damaged, permissions: Set(Permission.allCases)).plan()
    #expect(
      plan.unresolved.contains { $0.refusal != nil && !$0.remedy.isEmpty },
      "\(plan.unresolved.map(\.message))")
  }
}
