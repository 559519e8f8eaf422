import Foundation
import Glibc
import Support

/// One run of the program in a folder of its own: what it ended with, what it took, what it wrote.
struct HostileRun {
  enum User: String, CaseIterable {
    case root, nobody
  }

  enum Command: String, CaseIterable {
    case verify, repair, repackToFolder, repackToArchive, inspect, diff

    var isRepack: Bool { self == .repackToFolder || self == .repackToArchive }

    func arguments(_ input: String, in folder: String) -> [String] {
      switch self {
      case .verify: ["verify", "--no-policy", input]
      case .repair: ["repair", input, "-o", "\(folder)/out/made.tar"]
      case .repackToFolder: ["repack", input, "-o", "\(folder)/out/made/"]
      case .repackToArchive: ["repack", input, "-o", "\(folder)/out/made.tar.zst"]
      case .inspect: ["inspect", "--files", "--sockets", "--mounts", "--memory", input]
      case .diff: ["diff", input, input]
      }
    }
  }

  /// The exit code, or 128 and the number of the signal.
  var status: Int32
  var text: String
  /// In KiB.
  var memory: Int
  var trace: String

  /// The program beside the test bundle, or the one that CKPTMEND_PROGRAM names.
  static let program =
    ProcessInfo.processInfo.environment["CKPTMEND_PROGRAM"]
    ?? Bundle(for: Marker.self).bundleURL.appendingPathComponent("ckptmend").path

  private final class Marker {}

  static let isRoot = geteuid() == 0

  /// Runs it with `arguments` in `folder`/out. GNU time measures: what a child of this process
  /// inherits of its memory would count otherwise.
  static func run(
    _ arguments: [String], in folder: String, as user: User = isRoot ? .root : .nobody,
    traced: Bool = false, environment: [String: String] = [:]
  ) throws -> HostileRun {
    let own = try ScratchFolder()
    var words = [
      "/usr/bin/time", "-q", "-f", "%M", "-o", own.file("memory"), "timeout", "-k", "5", "120",
    ]
    if traced {
      words += [
        "strace", "-f", "-qq", "-y", "-s", "0", "-o", own.file("trace"), "-e", "signal=none",
      ]
      words += ["-e", "trace=%file,%desc", "--seccomp-bpf"]
    }
    if isRoot, user == .nobody {
      words += ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"]
    }
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = words + [program] + arguments
    process.currentDirectoryURL = URL(fileURLWithPath: "\(folder)/out")
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    process.standardInput = FileHandle.nullDevice
    for stream in ["output", "errors"] { try write([], to: own.file(stream)) }
    let output = try FileHandle(forWritingTo: URL(fileURLWithPath: own.file("output")))
    let errors = try FileHandle(forWritingTo: URL(fileURLWithPath: own.file("errors")))
    process.standardOutput = output
    process.standardError = errors
    try process.run()
    process.waitUntilExit()
    let status =
      process.terminationReason == .exit
      ? process.terminationStatus : 128 + process.terminationStatus
    func text(_ name: String) -> String {
      (try? bytes(of: own.file(name))).map { String(decoding: $0, as: UTF8.self) } ?? ""
    }
    let memory = text("memory").split(separator: "\n").last.flatMap { Int($0) } ?? 0
    return HostileRun(
      status: status, text: text("output") + text("errors"), memory: memory, trace: text("trace"))
  }

  /// Characters that would take over a terminal or a log.
  var controls: [UInt32] {
    text.unicodeScalars.map(\.value).filter {
      $0 < 0x20 && $0 != 0x0A || (0x7F..<0xA0).contains($0) || $0 == 0x202E || $0 == 0x2028
    }
  }

  /// The lines of the trace that make, change or open for writing what does not lie below
  /// `folder`/out, whether or not they succeed.
  func writes(outside folder: String) -> [String] {
    SystemCalls(trace).writes(allowing: "\(folder)/out")
  }
}
