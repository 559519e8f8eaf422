import Foundation
import Glibc
import Support
import Testing

/// Inputs that are no files, or do not stay what they are.
@Suite struct OddInputTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var name: String
    /// A line of shell that makes it, in the folder of the test; `$1` is an archive.
    var setup = "true"
    var arguments: String
    var status: Int32
    var words: String
    var testDescription: String { name }
  }

  private static let cases = [
    Case(
      name: "FIFO", setup: "mkfifo f; cat \"$1\" > f &", arguments: "verify f", status: 0,
      words: "f: restorable"),
    Case(
      name: "FIFO that ends early", setup: "mkfifo f; head -c 9999 \"$1\" > f &",
      arguments: "verify f", status: 1, words: "archive.truncated"),
    Case(
      name: "FIFO to repack", setup: "mkfifo f; cat \"$1\" > f &", arguments: "repack f -o o.tar",
      status: 0, words: "o.tar: restorable"),
    // These would wait for ever for somebody to write it once more.
    Case(
      name: "FIFO to repair", setup: "mkfifo f", arguments: "repair f -o o.tar", status: 64,
      words: "more than once"),
    Case(
      name: "FIFO as donor", setup: "mkfifo f; cp \"$1\" a.tar",
      arguments: "repair a.tar --donor f -o o.tar", status: 64, words: "more than once"),
    Case(
      name: "FIFO to convert", setup: "mkfifo f",
      arguments: "repack f --engine podman -o o.tar", status: 64, words: "more than once"),
    Case(
      name: "device", arguments: "verify /dev/zero", status: 2,
      words: "neither a file, a pipe nor a folder"),
    Case(
      name: "device to repair", arguments: "repair /dev/null -o o.tar", status: 2,
      words: "neither a file, a pipe nor a folder"),
    Case(
      name: "loop of links", setup: "ln -s a b; ln -s b a", arguments: "verify a", status: 2,
      words: "symbolic links"),
    Case(
      name: "folder with a loop", setup: "mkdir d; ln -s . d/loop", arguments: "verify d",
      status: 2, words: "loop"),
    Case(
      name: "folder with a FIFO", setup: "mkdir d; mkfifo d/config.dump", arguments: "verify d",
      status: 1, words: "config.dump"),
    Case(name: "nothing", arguments: "verify none.tar", status: 2, words: "No such file"),
    Case(name: "an empty file", setup: "touch e", arguments: "verify e", status: 2, words: "empty"),
  ]

  @Test(arguments: cases)
  func inputs(_ odd: Case) throws {
    let scratch = try ScratchFolder()
    let outcome = try Tool.bash.run(
      "-c", "cd \"$0\"\n\(odd.setup)\ntimeout -k 1 60 \"$2\" \(odd.arguments) 2>&1",
      scratch.path, Fixtures.path("shell-none.tar"), Program.location.path)
    let text = String(decoding: outcome.output, as: UTF8.self)
    #expect(outcome.status == odd.status, "\(text)")
    #expect(text.contains(odd.words), "\(text)")
  }

  @Test func socket() throws {
    let scratch = try ScratchFolder()
    let outcome = try Tool.bash.run(
      "-c",
      """
      cd "$0" && perl -MSocket -e 'socket(S, PF_UNIX, SOCK_STREAM, 0); bind(S, sockaddr_un("s"))'
      exec "$1" verify s 2>&1
      """, scratch.path, Program.location.path)
    #expect(scratch.names == ["s"])
    #expect(outcome.status == 2)
    #expect(String(decoding: outcome.output, as: UTF8.self).contains("No such device or address"))
  }

  /// A signal ends the wait for a writer that never comes.
  @Test(arguments: ["verify f", "verify -", "verify f f", "repack f -o o.tar", "inspect f"])
  func waitingForWriterEnds(_ arguments: String) throws {
    let scratch = try ScratchFolder()
    let outcome = try Tool.bash.run(
      "-c",
      "cd \"$0\" && mkfifo f && sleep 20 | timeout -k 15 1 \"$1\" \(arguments) 2>&1; exit ${PIPESTATUS[1]}",
      scratch.path, Program.location.path)
    // timeout's own code: SIGTERM was enough.
    #expect(outcome.status == 124)
    #expect(String(decoding: outcome.output, as: UTF8.self).contains("interrupted by signal 15"))
  }

  enum Change: String, CaseIterable {
    case grows, shrinks, vanishes, replaced

    func make(_ path: String, from other: String) throws {
      switch self {
      case .grows:
        let file = try FileHandle(forUpdating: URL(fileURLWithPath: path))
        try file.seekToEnd()
        try file.write(contentsOf: [UInt8](repeating: 7, count: 5000))
      case .shrinks: truncate(path, 5000)
      case .vanishes: truncate(path, 0)
      case .replaced:
        try FileManager.default.copyItem(atPath: other, toPath: path + ".new")
        _ = Glibc.rename(path + ".new", path)
      }
    }
  }

  /// The input changes at each read in turn. What is published is what one of the two would have
  /// given, or nothing is.
  @Test(
    arguments: ["verify of tar", "verify of gzip", "repack to zstd", "repair to o.tar"],
    Change.allCases)
  func changes(_ name: String, _ change: Change) throws {
    let operation = try #require(FaultOperation.all.first { $0.name == name })
    let before = try FaultCheck(operation, in: FaultPlace())
    let input = operation.arguments[1]
    let other = "in/crio.tar"
    let last = before.undisturbed.calls.filter { $0.kind == "read" && $0.path.hasSuffix(input) }
      .count
    #expect(last > 1)
    for number in FaultTests.isThorough ? Array(1...last) : [1, last] {
      let place = try FaultPlace()
      let check = try FaultCheck(operation, in: place)
      let replaced = try FaultPlace()
      try change.make(replaced.file(input), from: replaced.file(other))
      let after = try replaced.run(operation)
      let outcome = try place.run(operation, .signal(SIGSTOP), kind: "read", at: number) {
        try change.make(place.file(input), from: place.file(other))
      }
      let isAbsent = try check.isAbsent()
      if outcome.status == 0 {
        let isAsBefore = outcome.output == check.undisturbed.output
        #expect(isAsBefore || outcome.output == after.output, "read \(number)")
        if operation.output != nil, isAsBefore { #expect(try check.isComplete()) }
      } else {
        #expect([1, 2, 4, 5].contains(outcome.status), "read \(number): \(outcome.errors)")
        #expect(!outcome.output.isEmpty || !outcome.errors.isEmpty)
        // A damaged archive may be repacked as far as it goes, with what is found told.
        if outcome.status != 1 { #expect(isAbsent, "read \(number): \(outcome.errors)") }
      }
    }
  }
}
