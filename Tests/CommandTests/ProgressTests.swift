import Foundation
import Support
import Testing

/// Progress on a terminal, which `script` of Debian's bsdutils provides.
@Suite struct ProgressTests {
  private let scratch: ScratchFolder

  init() throws { scratch = try ScratchFolder() }

  /// What the terminal was sent while a checkpoint came slowly through a pipe.
  private func terminal(_ command: String, environment: [String: String] = [:]) throws -> String {
    let archive = Fixtures.path("shell-none.tar")
    let script = scratch.file("slow.sh")
    let text = """
      { head -c 30000 '\(archive)'; sleep 1.5; tail -c +30001 '\(archive)'; } |
        '\(Program.location.path)' \(command)
      """
    try Data(text.utf8).write(to: URL(fileURLWithPath: script))
    let process = Process()
    let pipe = Pipe()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/script")
    process.arguments = ["-qec", "sh \(script)", "/dev/null"]
    process.environment = ProcessInfo.processInfo.environment
      .merging(["TERM": "xterm"]) { $1 }.merging(environment) { $1 }
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = pipe
    try process.run()
    let output = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
    return String(decoding: output, as: UTF8.self)
  }

  /// It is shown, and taken away before the report.
  @Test func isShownAndTakenAway() throws {
    let text = try terminal("verify -")
    let lines = text.components(separatedBy: "\r\u{1B}[K")
    #expect(lines.count > 3)
    #expect(lines.first == "")
    for line in lines.dropFirst().dropLast() {
      #expect(line.hasPrefix("reading: ") && line.contains(" KiB"))
    }
    let report = try #require(lines.last)
    #expect(report.hasPrefix("-: ") && report.contains("restorable") && report.hasSuffix("\r\n"))
  }

  @Test(arguments: ["verify -q -", "verify - 2>/dev/null", "verify - 2>&1 | cat"])
  func isNotShownWhereNobodyLooks(_ command: String) throws {
    #expect(try !terminal(command).contains("reading"))
  }

  @Test func isNotShownOnDumbTerminals() throws {
    let text = try terminal("verify -", environment: ["TERM": "dumb"])
    #expect(!text.contains("\u{1B}"))
    #expect(text.hasPrefix("-: restorable"))
  }
}
