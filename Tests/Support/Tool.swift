import Foundation

/// Another program, to hold ours against. `make test` installs what is missing.
public struct Tool: Sendable {
  public struct Outcome: Sendable {
    public var status: Int32
    public var output: [UInt8]
    public var errors: String
  }

  public let name: String

  public init(name: String) { self.name = name }

  public static let gzip = Tool(name: "gzip")
  public static let zstd = Tool(name: "zstd")
  public static let skopeo = Tool(name: "skopeo")
  /// GitHub's own reader of Markdown.
  public static let markdown = Tool(name: "cmark-gfm")
  /// GNU time, not the shell's.
  public static let time = Tool(name: "time")
  public static let chromium = Tool(name: "chromium")
  public static let mandoc = Tool(name: "mandoc")
  public static let bash = Tool(name: "bash")
  /// Debian's, which sees the packages of Debian.
  public static let python = Tool(name: "/usr/bin/python3")

  /// Whether it lies in the path.
  public var exists: Bool {
    let folders = ProcessInfo.processInfo.environment["PATH"]?.split(separator: ":") ?? []
    return folders.contains { FileManager.default.isExecutableFile(atPath: "\($0)/\(name)") }
  }

  public func run(_ arguments: String...) throws -> Outcome {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = [name] + arguments
    let scratch = try ScratchFolder()
    try write([], to: scratch.file("errors"))
    let pipe = Pipe()
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = pipe
    process.standardError = try FileHandle(
      forWritingTo: URL(fileURLWithPath: scratch.file("errors")))
    try process.run()
    let output = Array(pipe.fileHandleForReading.readDataToEndOfFile())
    process.waitUntilExit()
    return Outcome(
      status: process.terminationStatus, output: output,
      errors: String(decoding: try bytes(of: scratch.file("errors")), as: UTF8.self))
  }
}
