import Archive
import Foundation
import Glibc
import Support
import Testing

/// `repack -o -`: judged while it passes, complete only if it may be.
@Suite struct StreamTests {
  /// Runs a line of shell; `$0` is the program.
  private func shell(_ script: String, _ arguments: String...) throws -> Program.Outcome {
    let scratch = try ScratchFolder()
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/bash")
    process.arguments = ["-o", "pipefail", "-c", script, Program.location.path] + arguments
    process.currentDirectoryURL = URL(fileURLWithPath: scratch.path)
    for name in ["output", "errors"] { try write([], to: scratch.file(name)) }
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = FileHandle(forWritingAtPath: scratch.file("output"))
    process.standardError = FileHandle(forWritingAtPath: scratch.file("errors"))
    try process.run()
    process.waitUntilExit()
    func text(_ name: String) throws -> String {
      String(decoding: try bytes(of: scratch.file(name)), as: UTF8.self)
    }
    return Program.Outcome(
      status: process.terminationStatus, output: try text("output"), errors: try text("errors"))
  }

  @Test(arguments: Fixtures.varied, ["tar", "gzip", "zstd"])
  func copies(_ name: String, _ form: String) throws {
    let scratch = try ScratchFolder()
    let out = scratch.file("out")
    let isRefused = name.hasPrefix("containerd") && form != "tar"
    let outcome = try shell(
      "\"$0\" repack \"$1\" -o - --to $2 | \"$0\" repack - -o - --to $2 2>/dev/null > \"$3\"",
      Fixtures.path(name), form, out)
    // containerd reads uncompressed archives only.
    #expect(outcome.status == (isRefused ? 1 : 0), "\(outcome.errors)")
    #expect(outcome.errors.contains("-: "))
    #expect(try Fixtures.contents(out) == Fixtures.contents(Fixtures.path(name)))
    let file = scratch.file("file.tar")
    _ = try Program.run(["repack", Fixtures.path(name), "-o", file, "--to", form])
    #expect(try bytes(of: file) == bytes(of: out))
  }

  @Test func passesIntoVerify() throws {
    let outcome = try shell(
      "\"$0\" repack \"$1\" -o - --to tar -q | \"$0\" verify -", Fixtures.path("shell-zstd.tar.zst")
    )
    #expect(outcome.status == 0)
    #expect(outcome.output.contains("-: restorable"))
    #expect(outcome.errors == "")
  }

  /// An archive whose last entries an output does not hold, or that is hostile or damaged there.
  /// Every reader must notice that the output is not whole.
  @Test(arguments: ["tar", "gzip", "zstd"])
  func isNeverCompletedByMistake(_ form: String) throws {
    let scratch = try ScratchFolder()
    let good = try bytes(of: Fixtures.path("shell-none.tar"))
    var reader = try ArchiveReader(bytes: good)
    while try reader.next() != nil {}
    // Without its end marker, so that more can follow.
    let entries = good.dropLast(Int(reader.tail?.bytes ?? 0))
    let marker = [UInt8](repeating: 0, count: 1024)
    let special = header("link", type: "1", target: "spec.dump")
    let escaping = header("../escape", type: "0", target: "")
    for (bad, status) in [
      (entries + special + marker, 5), (entries + escaping + marker, 3),
      (entries.dropLast(1000), 2), (good[...200_000], 2),
    ] as [(ArraySlice<UInt8>, Int32)] {
      try? delete(scratch.file("bad.tar"))
      try write(Array(bad), to: scratch.file("bad.tar"))
      let outcome = try shell(
        "\"$0\" repack \"$1\" -o - --to $2 > \"$3\"", scratch.file("bad.tar"), form,
        scratch.file("out"))
      #expect(outcome.status == status, "\(outcome.errors)")
      let file = try Program.run(
        ["repack", scratch.file("bad.tar"), "-o", scratch.file("file.tar")])
      #expect(file.status == status, "\(file.errors)")
      let verdict = try Program.run(["verify", scratch.file("out")])
      #expect([1, 2].contains(verdict.status), "\(verdict.output)")
      // Not at a border of blocks, where others see nothing amiss.
      if form == "tar" { #expect(try bytes(of: scratch.file("out")).count % 512 != 0) }
      if form == "gzip" { #expect(try Tool.gzip.run("-t", scratch.file("out")).status != 0) }
    }
  }

  /// A wrong checksum is found at the very end; a new archive would hide it.
  @Test func refusesWrongChecksums() throws {
    let scratch = try ScratchFolder()
    var bad = try bytes(of: Fixtures.path("ghost.tar.gz"))
    bad[bad.count - 6] ^= 1
    try write(bad, to: scratch.file("bad.tar.gz"))
    for output in ["-", scratch.file("out")] {
      let outcome = try Program.run(
        ["repack", scratch.file("bad.tar.gz"), "-o", output, "--to", "zstd", "-q"])
      #expect(outcome.status == 2)
      #expect(outcome.errors.contains("CRC-32"), "\(outcome.errors)")
    }
    #expect(scratch.names == ["bad.tar.gz"])
  }

  @Test func endsQuietlyWhenNobodyReads() throws {
    let outcome = try shell(
      "\"$0\" repack \"$1\" -o - --to tar -q | head -c 1000 | wc -c; echo ${PIPESTATUS[0]}",
      Fixtures.path("shell-none.tar"))
    #expect(outcome.output.split(separator: "\n") == ["1000", "4"])
    #expect(outcome.errors == "ckptmend: cannot write (standard output): Broken pipe\n")
    let full = try shell(
      "\"$0\" repack \"$1\" -o - --to zstd -q > /dev/full", Fixtures.path("shell-none.tar"))
    #expect(full.status == 4)
    #expect(full.errors.contains("No space left on device"))
  }

  @Test func leavesTheInputAlone() throws {
    let scratch = try ScratchFolder()
    try FileManager.default.copyItem(
      atPath: Fixtures.path("shell-none.tar"), toPath: scratch.file("a.tar"))
    let before = try bytes(of: scratch.file("a.tar"))
    for input in ["\"$1\"", "- < \"$1\""] {
      let outcome = try shell(
        "\"$0\" repack \(input) -o - --to tar >> \"$1\"", scratch.file("a.tar"))
      #expect(outcome.status == 4)
      #expect(outcome.errors.contains("it is the input"), "\(outcome.errors)")
    }
    #expect(try bytes(of: scratch.file("a.tar")) == before)
  }

  @Test(arguments: [
    (["repack", "x.tar", "-o", "-"], "say with --to"),
    (["repack", "x.tar", "-o", "-", "--to", "folder"], "only tar, gzip and zstd"),
    (["repair", "x.tar", "-o", "-", "--to", "tar"], "before it publishes it"),
  ])
  func usage(_ arguments: [String], _ words: String) throws {
    let outcome = try Program.run(arguments)
    #expect(outcome.status == 64)
    #expect(outcome.errors.contains(words), "\(outcome.errors)")
  }

  @Test func spareTheTerminal() throws {
    let master = open("/dev/ptmx", O_RDWR | O_NOCTTY)
    defer { close(master) }
    // TIOCSPTLCK and TIOCGPTN, which Swift does not import.
    var (lock, number): (Int32, Int32) = (0, 0)
    try #require(ioctl(master, 0x4004_5431, &lock) == 0)
    try #require(ioctl(master, 0x8004_5430, &number) == 0)
    let process = Process()
    process.executableURL = Program.location
    process.arguments = ["repack", Fixtures.path("shell-none.tar"), "-o", "-", "--to", "tar"]
    process.standardOutput = FileHandle(forWritingAtPath: "/dev/pts/\(number)")
    process.standardError = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    #expect(process.terminationStatus == 64)
  }

  /// A ustar header.
  private func header(_ name: String, type: Character, target: String) -> [UInt8] {
    var block = [UInt8](repeating: 0, count: 512)
    func put(_ text: String, _ offset: Int) {
      block.replaceSubrange(offset..<offset + text.utf8.count, with: text.utf8)
    }
    for (text, offset) in [
      (name, 0), ("0000600", 100), ("0000000", 108), ("0000000", 116), ("00000000000", 124),
      ("00000000000", 136), ("        ", 148), (String(type), 156), (target, 157),
      ("ustar", 257), ("00", 263),
    ] { put(text, offset) }
    let sum = String(block.reduce(0) { $0 + Int($1) }, radix: 8)
    put(String(repeating: "0", count: 6 - sum.count) + sum + "\0 ", 148)
    return block
  }
}
