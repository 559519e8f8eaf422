import CLinux
import Glibc
import SystemPackage
import Testing

@testable import Archive

@Suite("Writing a folder")
struct FolderSinkTests {
  /// Names and links of an archive that tries to get out.
  static let attacks: [(String, [(name: String, kind: Entry.Kind)])] = [
    ("absolute", [("/tmp/ckptmend-canary", .file)]),
    ("up", [("../canary/file", .file)]),
    ("up inside", [("a/../../canary/file", .file)]),
    ("up at the end", [("a/..", .directory)]),
    ("NUL", [("a\0b", .file)]),
    ("no name", [("", .file)]),
    ("only a dot", [("./", .file)]),
    ("through a link", [("l", link), ("l/file", .file)]),
    ("through a link deeper", [("a/l", link), ("a/l/b/file", .file)]),
    ("onto a link", [("l", .symlink(target: kept)), ("l", .file)]),
    ("a folder onto a link", [("l", link), ("l", .directory)]),
    ("a folder onto a link, with content", [("l", link), ("l/", .directory), ("l/file", .file)]),
    ("a link onto a folder", [("d", .directory), ("d", link), ("d/file", .file)]),
    ("a file onto a file", [("f", .file), ("f", .file)]),
    ("below a file", [("f", .file), ("f/file", .file)]),
    ("a hard link", [("h", .hardlink(target: kept))]),
    ("a FIFO", [("p", .fifo)]),
    ("a device", [("c", .characterDevice)]),
  ]
  // A name of its own: the leak sanitizer does not see the bytes in a value of an enum.
  private static let kept = Array("../canary/kept".utf8)
  private static let link = Entry.Kind.symlink(target: Array("../canary".utf8))

  @Test("never leads outside, and leaves nothing when it must stop", arguments: attacks)
  func attack(name: String, entries: [(name: String, kind: Entry.Kind)]) throws {
    let folder = try TemporaryFolder()
    try folder.makeFolder("canary")
    try folder.makeFile("canary/kept", [1, 2, 3])
    #expect(throws: ArchiveError.self) {
      var output = try Output(path: folder("out"), form: .folder)
      for (name, kind) in entries {
        try output.add(name, kind, kind == .file ? [9] : [])
      }
      try output.end()
      try output.publish()
    }
    #expect(folder.names == ["canary"])
    #expect(try folder.contents("canary/kept") == [1, 2, 3])
    #expect(try folder.status("canary").st_nlink == 2)
    #expect(!folder.exists("canary/file"))
    #expect(access("/tmp/ckptmend-canary", F_OK) != 0)
  }

  @Test("keeps everything private until it is complete")
  func modes() throws {
    let folder = try TemporaryFolder()
    var output = try Output(path: folder("out"), form: .folder)
    var entry = Entry(name: EntryName("open/wide"), kind: .file, size: 1, mode: 0o4777)
    try output.begin(entry)
    let work = try #require(folder.names.first)
    #expect(folder.names == [work])
    #expect(try folder.status(work).st_mode == S_IFDIR | 0o700)
    #expect(try folder.status("\(work)/open").st_mode == S_IFDIR | 0o700)
    #expect(try folder.status("\(work)/open/wide").st_mode == S_IFREG | 0o600)
    try output.write([7])
    entry = Entry(
      name: EntryName("open"), kind: .directory, mode: 0o755,
      modified: Entry.Time(seconds: 1_000_000, nanoseconds: 7))
    try output.begin(entry)
    try output.add("open/more")
    try output.end()
    try output.publish()
    #expect(try folder.status("out").st_mode == S_IFDIR | 0o700)
    #expect(try folder.status("out/open/wide").st_mode == S_IFREG | 0o4777)
    let made = try folder.status("out/open")
    #expect(made.st_mode == S_IFDIR | 0o755)
    // Not the time at which `more` was made in it.
    #expect(made.st_mtim.tv_sec == 1_000_000 && made.st_mtim.tv_nsec == 7)
  }

  @Test("takes a folder named twice as it is named last")
  func twice() throws {
    let folder = try TemporaryFolder()
    var output = try Output(path: folder("out"), form: .folder)
    for (name, mode) in [("d/", 0o700), ("./d", 0o750)] as [(String, UInt32)] {
      try output.begin(Entry(name: EntryName(name), kind: .directory, mode: mode))
    }
    try output.end()
    try output.publish()
    #expect(try folder.status("out/d").st_mode == S_IFDIR | 0o750)
  }

  @Test(
    "stores no page of zeros, and every other byte, however they come",
    arguments: ["dzzd", "zdz", "zzz", "d", "dz", "lzfz", "fl", "zzzzl"], [512, 4096, 5000, 1 << 20])
  func zeros(pages: String, pieces: Int) throws {
    let folder = try TemporaryFolder()
    // d is full of data; f and l have only a first or a last byte that is not zero.
    var bytes: [UInt8] = []
    for page in pages {
      var content = [UInt8](repeating: page == "d" ? 7 : 0, count: 4096)
      if page == "f" { content[0] = 1 }
      if page == "l" { content[4095] = 1 }
      bytes += content
    }
    for cut in [0, 1, 4000] {
      let bytes = bytes.dropLast(cut)
      var output = try Output(path: folder("\(cut)"), form: .folder)
      try output.begin(Entry(name: EntryName("f"), kind: .file, size: Int64(bytes.count)))
      for start in stride(from: bytes.startIndex, to: bytes.endIndex, by: pieces) {
        try output.write(Array(bytes[start..<min(start + pieces, bytes.endIndex)]))
      }
      try output.end()
      try output.publish()
      #expect(try folder.contents("\(cut)/f") == Array(bytes))
      let stored = pages.count { $0 != "z" }
      #expect(try folder.status("\(cut)/f").st_blocks <= 8 * stored)
    }
  }

  @Test("gives every file to its owner", .enabled(if: geteuid() == 0))
  func owners() throws {
    let folder = try TemporaryFolder()
    let ids: [(owner: Int64, group: Int64)] = [(0, 0), (7, 0), (0, 8), (7, 8), (0, 0)]
    var output = try Output(path: folder("out"), form: .folder)
    for (index, id) in ids.enumerated() {
      for kind in [Entry.Kind.file, .directory] {
        var entry = Entry(name: EntryName("\(kind.noun)\(index)"), kind: kind)
        (entry.owner, entry.group) = id
        try output.begin(entry)
      }
    }
    try output.end()
    try output.publish()
    for (index, id) in ids.enumerated() {
      for kind in [Entry.Kind.file, .directory] {
        let status = try folder.status("out/\(kind.noun)\(index)")
        #expect(status.st_uid == id.owner && status.st_gid == id.group, "\(kind) \(index)")
      }
    }
  }

  @Test("does not cut ids to those of somebody else", arguments: [1 << 32, -1, 0xFFFF_FFFF])
  func ids(owner: Int64) throws {
    let folder = try TemporaryFolder()
    var output = try Output(path: folder("out"), form: .folder)
    var entry = Entry(name: EntryName("f"), kind: .file)
    entry.owner = owner
    try output.begin(entry)
    guard geteuid() == 0 else { return }
    do throws(ArchiveError) {
      try output.end()
      Issue.record("the file was given to somebody")
    } catch {
      #expect("\(error)".contains("belongs to \(owner):0"))
    }
  }
}
