import Foundation
import Support
import Testing

@testable import Archive

/// Links in the place of what is there, and back.
@Suite struct FolderLinksTests {
  private let scratch: ScratchFolder
  private let folder: String
  private let tree: String

  init() throws {
    scratch = try ScratchFolder()
    folder = scratch.file("container")
    tree = scratch.file("tree")
    for (place, text) in [(folder, "old"), (tree, "new")] {
      try FileManager.default.createDirectory(
        atPath: "\(place)/checkpoint", withIntermediateDirectories: true)
      try Support.write(Array(text.utf8), to: "\(place)/checkpoint/x")
      try Support.write(Array(text.utf8), to: "\(place)/spec.dump")
    }
  }

  private func text(_ path: String) throws -> String {
    String(decoding: try bytes(of: "\(folder)/\(path)"), as: UTF8.self)
  }

  private static let names = ["checkpoint", "spec.dump"]

  @Test func thereAndBack() throws {
    let links = try FolderLinks(path: folder)
    try links.link(Self.names, to: tree)
    #expect(try text("spec.dump") == "new")
    #expect(try text("checkpoint/x") == "new")
    #expect(try text(".ckptmend-kept-spec.dump") == "old")
    #expect(try links.unlink(Self.names) == Self.names)
    #expect(try text("spec.dump") == "old")
    #expect(try text("checkpoint/x") == "old")
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder).sorted() == Self.names)
    #expect(try links.unlink(Self.names) == [])
  }

  @Test func whereNothingWas() throws {
    try FileManager.default.removeItem(atPath: "\(folder)/spec.dump")
    let links = try FolderLinks(path: folder)
    try links.link(Self.names, to: tree)
    #expect(try text("spec.dump") == "new")
    _ = try links.unlink(Self.names)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["checkpoint"])
  }

  @Test func aSecondLinkIsRefused() throws {
    let links = try FolderLinks(path: folder)
    try links.link(Self.names, to: tree)
    #expect(throws: ArchiveError.self) { try links.link(Self.names, to: tree) }
    #expect(try text(".ckptmend-kept-spec.dump") == "old")
  }

  /// Half of it is no state to leave behind.
  @Test func nothingChangesIfOneNameIsMissing() throws {
    try FileManager.default.removeItem(atPath: "\(tree)/spec.dump")
    let links = try FolderLinks(path: folder)
    #expect(throws: ArchiveError.self) { try links.link(Self.names, to: tree) }
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder).sorted() == Self.names)
    #expect(try text("checkpoint/x") == "old")
  }

  /// A run that was killed before it exchanged the names, or after.
  @Test func goesOnFromEveryPoint() throws {
    try FileManager.default.createSymbolicLink(
      atPath: "\(folder)/.ckptmend-kept-spec.dump", withDestinationPath: "\(tree)/spec.dump")
    let links = try FolderLinks(path: folder)
    #expect(try links.unlink(Self.names) == [])
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder).sorted() == Self.names)
    try FileManager.default.createSymbolicLink(
      atPath: "\(folder)/.ckptmend-kept-spec.dump", withDestinationPath: "\(tree)/spec.dump")
    try links.link(Self.names, to: tree)
    #expect(try text("spec.dump") == "new")
    #expect(try text(".ckptmend-kept-spec.dump") == "old")
  }

  @Test func outputsStayApartFromInputs() throws {
    try FileManager.default.createSymbolicLink(
      atPath: scratch.file("link"), withDestinationPath: folder)
    for path in [folder, scratch.file("link"), "\(folder)/out.tar", scratch.file("link/new/")] {
      #expect(throws: ArchiveError.self, "\(path)") {
        try Output.check(path, isApartFrom: [folder])
      }
    }
    try Output.check(scratch.file("container2"), isApartFrom: [folder])
    try Output.check(scratch.file("no-such-folder/out"), isApartFrom: [folder])
  }
}
