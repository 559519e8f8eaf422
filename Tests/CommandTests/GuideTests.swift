import Foundation
import Support
import Testing

/// The sessions of the guides, run as they stand: what a page shows is what a reader sees.
@Suite struct GuideTests {
  @Test(arguments: ["guide-operator", "guide-pipeline", "guide-ci"])
  func session(_ name: String) throws {
    let page = String(
      decoding: try bytes(of: "\(Fixtures.project)/docs/\(name).md"), as: UTF8.self)
    let scratch = try ScratchFolder()
    let setup = page.components(separatedBy: "<!-- setup\n").dropFirst().first?
      .components(separatedBy: "-->").first
    _ = try run(setup ?? "", in: scratch)
    let steps = Self.steps(in: page)
    #expect(steps.count >= 3)
    for step in steps {
      let output = try run(step.command, in: scratch)
      #expect(
        Self.matches(output, step.expected),
        "$ \(step.command)\nis:\n\(output.joined(separator: "\n"))")
    }
  }

  private struct Step {
    var command: String
    var expected: [String]
  }

  private static func steps(in page: String) -> [Step] {
    var steps: [Step] = []
    for block in page.components(separatedBy: "```console\n").dropFirst() {
      let text = block.components(separatedBy: "\n```").first ?? ""
      for line in text.components(separatedBy: "\n") {
        if line.hasPrefix("$ ") {
          steps.append(Step(command: String(line.dropFirst(2)), expected: []))
        } else if !steps.isEmpty {
          steps[steps.count - 1].expected.append(line)
        }
      }
    }
    return steps
  }

  /// Runs a command, or several, as a reader's shell would; standard error is part of what is seen.
  private func run(_ command: String, in scratch: ScratchFolder) throws -> [String] {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/bash")
    process.arguments = ["-c", command]
    process.currentDirectoryURL = URL(fileURLWithPath: scratch.path)
    let folder = Program.location.deletingLastPathComponent().path
    let own = [
      "PATH": "\(folder):/usr/bin:/bin", "ARCHIVES": "\(Fixtures.project)/fixtures/archives",
      "HOSTS": "\(Fixtures.project)/fixtures/hosts",
    ]
    process.environment = ProcessInfo.processInfo.environment.merging(own) { $1 }
    let output = Pipe()
    process.standardOutput = output
    process.standardError = output
    process.standardInput = FileHandle.nullDevice
    try process.run()
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    var lines = text.components(separatedBy: "\n")
    if lines.last == "" { lines.removeLast() }
    return lines
  }

  /// A line that is `…` stands for any lines, and `…` within a line for any text.
  private static func matches(_ lines: [String], _ expected: [String]) -> Bool {
    guard let first = expected.first else { return lines.isEmpty }
    if first == "…" {
      return (0...lines.count).contains {
        matches(Array(lines.dropFirst($0)), Array(expected.dropFirst()))
      }
    }
    guard let line = lines.first, fits(line, first) else { return false }
    return matches(Array(lines.dropFirst()), Array(expected.dropFirst()))
  }

  private static func fits(_ line: String, _ expected: String) -> Bool {
    let pieces = expected.components(separatedBy: "…")
    if pieces.count == 1 { return line == expected }
    guard line.hasPrefix(pieces[0]), line.hasSuffix(pieces[pieces.count - 1]) else { return false }
    var rest = line.dropFirst(pieces[0].count)
    for piece in pieces.dropFirst() where !piece.isEmpty {
      guard let range = rest.range(of: piece) else { return false }
      rest = rest[range.upperBound...]
    }
    return true
  }
}
