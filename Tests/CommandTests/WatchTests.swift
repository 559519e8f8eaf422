import Checkpoint
import Foundation
import Glibc
import Support
import Testing

@testable import Verify

/// `watch`, on real files in a real folder.
@Suite struct WatchTests {
  private struct Line: Decodable {
    var time: String
    var path: String
    var verdict: String
    var counts: [String: Int]
    var rules: [String: Int]
    var seconds: Double
    var bytes: Int64
    var error: String?
  }

  private func lines(_ output: String) throws -> [Line] {
    try output.split(separator: "\n").map {
      try JSONDecoder().decode(Line.self, from: Data($0.utf8))
    }
  }

  private func copy(_ fixture: String, to path: String) throws {
    try FileManager.default.copyItem(atPath: Fixtures.path(fixture), toPath: path)
  }

  @Test func onceInOrderOfNames() throws {
    let scratch = try ScratchFolder()
    try copy("shell-none.tar", to: scratch.file("b.tar"))
    try copy("ghost.tar.gz", to: scratch.file("c.tar.gz"))
    try write(Array(bytes(of: scratch.file("b.tar")).prefix(150_000)), to: scratch.file("a.tar"))
    try copy("ghost.tar.gz", to: scratch.file(".hidden"))
    try makeFolder(scratch.file("folder"))
    try FileManager.default.createSymbolicLink(
      atPath: scratch.file("link.tar"), withDestinationPath: scratch.file("b.tar"))
    #expect(mkfifo(scratch.file("fifo"), 0o600) == 0)
    let outcome = try Program.run(["watch", "--once", scratch.path])
    #expect(outcome.status == 1)
    let lines = try lines(outcome.output)
    #expect(lines.map(\.path) == ["a.tar", "b.tar", "c.tar.gz"].map { scratch.file($0) })
    #expect(lines.map(\.verdict) == ["not-restorable", "restorable", "restorable"])
    #expect(lines[0].rules["archive.truncated"] == 1)
    #expect((lines[0].counts["error"] ?? 0) > 0)
    #expect(lines[0].bytes == 150_000)
    #expect(lines.allSatisfy { $0.seconds > 0 && $0.time.hasSuffix("Z") && $0.time.count == 24 })
  }

  @Test func metricsAreWhatACollectorReads() throws {
    let scratch = try ScratchFolder()
    let folder = scratch.file("store")
    try makeFolder(folder)
    let name = "x\"y\\z\n} 1\nfake{a=\"b\u{1B}[31m.tar"
    try copy("shell-none.tar", to: "\(folder)/\(name)")
    try write(Array("text".utf8), to: "\(folder)/z.tar")
    let metrics = scratch.file("ckptmend.prom")
    let outcome = try Program.run(["watch", "--once", folder, "--metrics", metrics])
    #expect(outcome.status == 2)
    // One line each, whatever the name.
    #expect(
      try lines(outcome.output).map(\.path).first
        == "\(folder)/x\"y\\\\z\\x0a} 1\\x0afake{a=\"b\\x1b[31m.tar")
    let text = String(decoding: try bytes(of: metrics), as: UTF8.self)
    #expect(text.contains("ckptmend_archives_total{verdict=\"restorable\"} 1\n"))
    #expect(text.contains("ckptmend_archives_total{verdict=\"unreadable\"} 1\n"))
    #expect(text.contains("ckptmend_archives_total{verdict=\"unsafe\"} 0\n"))
    #expect(text.contains("ckptmend_judge_seconds_bucket{le=\"+Inf\"} 2\n"))
    #expect(text.contains("ckptmend_judge_seconds_count 2\n"))
    #expect(scratch.names == ["ckptmend.prom", "store"])
    let attributes = try FileManager.default.attributesOfItem(atPath: metrics)
    #expect(attributes[.posixPermissions] as? Int == 0o644)
    try checkWithPrometheus(metrics, path: "\(folder)/z.tar")
  }

  /// Reads them back with Prometheus' own client for Python.
  private func checkWithPrometheus(_ file: String, path: String) throws {
    let program = """
      import sys
      from prometheus_client.parser import text_string_to_metric_families as parse
      families = {f.name: f for f in parse(open(sys.argv[1]).read())}
      info = families["ckptmend_last_archive_info"].samples
      assert [s.labels["path"] for s in info] == [sys.argv[2]], info
      assert families["ckptmend_judge_seconds"].type == "histogram"
      assert sum(s.value for s in families["ckptmend_archives"].samples) == 2
      """
    let outcome = try Tool.python.run("-c", program, file, path)
    #expect(outcome.status == 0, "\(outcome.errors)")
  }

  @Test func aHostileNameIsOneLabel() throws {
    let scratch = try ScratchFolder()
    let folder = scratch.file("s")
    try makeFolder(folder)
    try copy("shell-none.tar", to: "\(folder)/a\"b\\c\nd")
    let metrics = scratch.file("m.prom")
    #expect(try Program.run(["watch", "--once", folder, "--metrics", metrics]).status == 0)
    let program = """
      import sys
      from prometheus_client.parser import text_string_to_metric_families as parse
      families = {f.name: f for f in parse(open(sys.argv[1]).read())}
      print(families["ckptmend_last_archive_info"].samples[0].labels["path"])
      """
    let outcome = try Tool.python.run("-c", program, metrics)
    #expect(
      String(decoding: outcome.output, as: UTF8.self) == "\(folder)/a\"b\\\\c\\x0ad\n",
      "\(outcome.errors)")
  }

  @Test func bytesThatAreNoText() throws {
    let scratch = try ScratchFolder()
    let name = Array(scratch.path.utf8) + [0x2F, 0xFF, 0xFE, 0]
    let data = try bytes(of: Fixtures.path("shell-none.tar"))
    let file = open(name.map { CChar(bitPattern: $0) }, O_WRONLY | O_CREAT, 0o600)
    #expect(write(file, data, data.count) == data.count)
    close(file)
    let outcome = try Program.run(["watch", "--once", scratch.path])
    #expect(outcome.status == 0)
    #expect(try lines(outcome.output).map(\.path) == [scratch.file("\\xff\\xfe")])
  }

  /// A file that comes in pieces is judged when it is closed, one that is moved in at once; SIGTERM
  /// ends the run with 0.
  @Test func filesAsTheyCome() throws {
    let scratch = try ScratchFolder()
    let folder = scratch.file("store")
    try makeFolder(folder)
    let data = try bytes(of: Fixtures.path("shell-none.tar"))
    // Open for writing from before the start.
    let early = open("\(folder)/early.tar", O_WRONLY | O_CREAT, 0o600)
    #expect(write(early, data, 100_000) == 100_000)
    try copy("ghost.tar.gz", to: "\(folder)/there.tar.gz")

    let run = try Background(["watch", folder])
    #expect(try lines(run.next()).map(\.path) == ["\(folder)/there.tar.gz"])
    // Closed without a change: it says nothing of the file that is being written.
    try copy("ghost.tar.gz", to: scratch.file("other.tar.gz"))
    try rename(scratch.file("other.tar.gz"), "\(folder)/moved.tar.gz")
    #expect(try lines(run.next()).map(\.path) == ["\(folder)/moved.tar.gz"])
    let rest = data[100_000...]
    #expect(rest.withUnsafeBytes { write(early, $0.baseAddress, $0.count) } == rest.count)
    close(early)
    let judged = try lines(run.next())
    #expect(judged.map(\.path) == ["\(folder)/early.tar"])
    #expect(judged.map(\.verdict) == ["restorable"])
    #expect(run.end(with: SIGTERM) == 0)
  }

  @Test func newOnly() throws {
    let scratch = try ScratchFolder()
    let folder = scratch.file("store")
    try makeFolder(folder)
    try copy("ghost.tar.gz", to: "\(folder)/old.tar.gz")
    try copy("ghost.tar.gz", to: scratch.file("new.tar.gz"))
    let metrics = scratch.file("m.prom")
    let run = try Background(["watch", "--new-only", folder, "--metrics", metrics])
    // The metrics are there once the watch is.
    for _ in 0..<2000 where !FileManager.default.fileExists(atPath: metrics) { usleep(10_000) }
    try rename(scratch.file("new.tar.gz"), "\(folder)/new.tar.gz")
    #expect(try lines(run.next()).map(\.path) == ["\(folder)/new.tar.gz"])
    #expect(run.end(with: SIGINT) == 0)
  }

  /// The kernel keeps 16 384 notices by default, and drops the rest when nobody takes them: what
  /// came meanwhile is judged all the same, once.
  @Test func noticesThatWereDropped() throws {
    let limit = String(
      decoding: try bytes(of: "/proc/sys/fs/inotify/max_queued_events"), as: UTF8.self)
    let count = try #require(Int(limit.trimmingCharacters(in: .whitespacesAndNewlines)))
    let scratch = try ScratchFolder()
    let folder = scratch.file("store")
    try makeFolder(folder)
    try copy("ghost.tar.gz", to: "\(folder)/old.tar.gz")
    try copy("ghost.tar.gz", to: scratch.file("new.tar.gz"))
    let run = try Background(["watch", folder])
    #expect(try lines(run.next()).map(\.path) == ["\(folder)/old.tar.gz"])
    // What is judged again must have changed since; a second is as fine as it gets.
    sleep(3)
    run.stop()
    // Two names in turn: the same notice twice in a row is kept once.
    for number in 0...count { close(open("\(folder)/.\(number % 2)", O_WRONLY | O_CREAT, 0o600)) }
    try rename(scratch.file("new.tar.gz"), "\(folder)/new.tar.gz")
    run.resume()
    #expect(try lines(run.next()).map(\.path) == ["\(folder)/new.tar.gz"])
    #expect(run.end(with: SIGTERM) == 0)
    #expect(run.isSilent)
  }

  /// No more memory after a thousand files than after twenty. Most are no archives, which is quick.
  @Test(.enabled(if: Tool.time.exists, "GNU time is not installed"))
  func memory() throws {
    let scratch = try ScratchFolder()
    let (archive, other) = (scratch.file("small.tar"), scratch.file("other.tar"))
    try write(Sketch.tar(Sketch.minimal.files), to: archive)
    try write(Array("hello".utf8), to: other)
    func peak(of count: Int) throws -> Int {
      let folder = scratch.file("\(count)")
      try makeFolder(folder)
      for number in 0..<count {
        link(number % 20 == 0 ? archive : other, "\(folder)/\(number).tar")
      }
      let outcome = try Tool.time.run(
        "-f", "%M", Program.location.path, "watch", "--once", folder, "--metrics",
        scratch.file("m.prom"))
      #expect(outcome.status == 2)
      #expect(try lines(String(decoding: outcome.output, as: UTF8.self)).count == count)
      return try #require(outcome.errors.split(separator: "\n").last.flatMap { Int($0) })
    }
    let (few, many) = (try peak(of: 20), try peak(of: 1000))
    // In KiB; allocators differ from run to run.
    #expect(many < few + 8 << 10, "\(few) KiB, then \(many) KiB")
  }

  @Test func aFolderThatGoes() throws {
    let scratch = try ScratchFolder()
    #expect(try Program.run(["watch", scratch.file("missing")]).status == 2)
    #expect(try Program.run(["watch", scratch.path, "--once", "--new-only"]).status == 64)
    let folder = scratch.file("store")
    try makeFolder(folder)
    try copy("ghost.tar.gz", to: "\(folder)/there.tar.gz")
    let run = try Background(["watch", folder])
    _ = try run.next()
    try delete(folder)
    #expect(run.end(with: nil) == 2)
  }
}

/// The program while it runs.
private final class Background {
  private let process = Process()
  private let output = Pipe()
  private var rest: [UInt8] = []

  init(_ arguments: [String]) throws {
    process.executableURL = Program.location
    process.arguments = arguments
    process.standardOutput = output
    process.standardError = FileHandle.nullDevice
    try process.run()
  }

  /// The next line; empty if the program ends or is silent for too long.
  func next() throws -> String {
    let descriptor = output.fileHandleForReading.fileDescriptor
    while !rest.contains(0x0A) {
      var wait = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
      guard poll(&wait, 1, 20_000) > 0 else { return "" }
      var buffer = [UInt8](repeating: 0, count: 4096)
      let count = read(descriptor, &buffer, buffer.count)
      guard count > 0 else { return "" }
      rest += buffer[..<count]
    }
    let line = rest.prefix { $0 != 0x0A }
    rest.removeFirst(line.count + 1)
    return String(decoding: line, as: UTF8.self)
  }

  func stop() { kill(process.processIdentifier, SIGSTOP) }

  func resume() { kill(process.processIdentifier, SIGCONT) }

  /// Once it has ended: whether there is no line left.
  var isSilent: Bool { (try? next()) == "" }

  /// Its exit code; -1 if it does not end by itself within a while.
  func end(with signal: Int32?) -> Int32 {
    if let signal { kill(process.processIdentifier, signal) }
    for _ in 0..<2000 where process.isRunning { usleep(10_000) }
    if process.isRunning { kill(process.processIdentifier, SIGKILL) }
    process.waitUntilExit()
    return process.terminationReason == .exit ? process.terminationStatus : -1
  }
}
