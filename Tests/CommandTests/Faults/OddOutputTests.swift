import Foundation
import Glibc
import Support
import Testing

/// Outputs that cannot be, or are not where they seem to be.
@Suite struct OddOutputTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var name: String
    /// A line of shell that makes it, in the folder of the test.
    var setup = "true"
    var output: String
    var status: Int32 = 4
    var words: String
    var testDescription: String { name }
  }

  private static let cases = [
    Case(name: "a file", setup: "echo x > o.tar", output: "o.tar", words: "exists"),
    Case(name: "a folder", setup: "mkdir o", output: "o/", words: "exists"),
    Case(name: "a link to nowhere", setup: "ln -s nowhere o.tar", output: "o.tar", words: "exists"),
    Case(
      name: "a link to a file", setup: "echo x > f; ln -s f o.tar", output: "o.tar",
      words: "exists"),
    Case(name: "a FIFO", setup: "mkfifo o.tar", output: "o.tar", words: "exists"),
    Case(name: "the input", output: "in.tar", words: "it is the input"),
    Case(
      name: "the input by a link", setup: "ln -s in.tar o.tar", output: "o.tar",
      words: "it is the input"),
    Case(
      name: "the input by another name", setup: "ln in.tar o.tar", output: "o.tar", words: "exists"),
    Case(name: "in no folder", output: "none/o.tar", words: "No such file or directory"),
    Case(name: "in a file", output: "in.tar/o.tar", words: "it lies inside the input"),
    Case(
      name: "in a loop of links", setup: "ln -s a b; ln -s b a", output: "a/o.tar",
      words: "symbolic links"),
    Case(name: "where nobody can write", output: "/proc/o.tar", words: "cannot write"),
    Case(
      name: "too long a name", output: String(repeating: "n", count: 256) + ".tar",
      words: "File name too long"),
    Case(
      name: "in a folder by a link", setup: "mkdir d; ln -s d l", output: "l/o.tar", status: 0,
      words: "restorable"),
  ]

  @Test(arguments: cases, ["repair", "repack"])
  func outputs(_ odd: Case, _ command: String) throws {
    let scratch = try ScratchFolder()
    try FileManager.default.copyItem(
      atPath: Fixtures.path("shell-none.tar"), toPath: scratch.file("in.tar"))
    _ = try Tool.bash.run("-c", "cd \"$0\" && \(odd.setup)", scratch.path)
    let before = try Tree(scratch.path, timed: nil)
    let outcome = try Program.run([command, "in.tar", "-o", odd.output], in: scratch.path)
    #expect(outcome.status == odd.status, "\(outcome.errors)")
    #expect((outcome.errors + outcome.output).contains(odd.words), "\(outcome.errors)")
    if odd.status != 0 { #expect(try Tree(scratch.path, timed: nil) == before) }
    #expect(try bytes(of: scratch.file("in.tar")) == bytes(of: Fixtures.path("shell-none.tar")))
  }

  @Test(arguments: ["o.tar", "o/"])
  func onAnotherFileSystem(_ form: String) throws {
    let scratch = try ScratchFolder()
    let other = "/dev/shm/ckptmend-test-\(UUID().uuidString)"
    try makeFolder(other)
    defer { try? delete(other) }
    let outcome = try Program.run(
      ["repack", Fixtures.path("shell-none.tar"), "-o", "\(other)/\(form)"], in: scratch.path)
    #expect(outcome.status == 0, "\(outcome.errors)")
    #expect(
      try Fixtures.contents("\(other)/\(form)")
        == Fixtures.contents(Fixtures.path("shell-none.tar"))
    )
  }

  /// One of two runs is stopped just before it gives its output the name, until the other is done.
  @Test(arguments: ["repair to o.tar", "repair to o/", "repair to oci-archive"])
  func twoRuns(_ name: String) throws {
    let operation = try #require(FaultOperation.writing.first { $0.name == name })
    let place = try FaultPlace()
    let check = try FaultCheck(operation, in: place)
    let kind = name == "repair to o/" ? "rename" : "link"
    var second: Program.Outcome?
    let first = try place.run(operation, .signal(SIGSTOP), kind: kind, at: 1) {
      second = try place.runAside(operation)
    }
    #expect(second?.status == 0, "\(second?.errors ?? "")")
    #expect(first.status == 4)
    #expect(first.errors.contains("exists"), "\(first.errors)")
    #expect(try check.isComplete())
  }

  /// And as chance has it.
  @Test(arguments: ["o.tar", "o/"])
  func twoRunsAtOnce(_ form: String) throws {
    let scratch = try ScratchFolder()
    let input = Fixtures.path("shell-zstd.tar.zst")
    for _ in 0..<5 {
      let outcome = try Tool.bash.run(
        "-c",
        """
        cd "$0" && { "$1" repack "$2" -o $3 -q 2> first & }
        "$1" repack "$2" -o $3 -q 2> second; echo $?; wait $!; echo $?
        """, scratch.path, Program.location.path, input, form)
      let statuses = String(decoding: outcome.output, as: UTF8.self).split(separator: "\n")
      #expect(statuses.sorted() == ["0", "4"])
      let errors = try bytes(of: scratch.file("first")) + bytes(of: scratch.file("second"))
      #expect(String(decoding: errors, as: UTF8.self).contains("exists"))
      let output = form == "o/" ? "o" : form
      #expect(scratch.names == ["first", output, "second"])
      try delete(scratch.file(output))
    }
  }
}
