import Archive
import Checkpoint
import Foundation
import Glibc
import Support

@testable import Verify

/// A folder with all that the operations read, in `in/`, and the one place where they may write,
/// `out/`, which is brought back to how it was after each run.
final class FaultPlace: Sendable {
  struct Outcome {
    /// The exit code, or minus the number of the signal that ended it.
    var status: Int32
    var output: [UInt8]
    var errors: String
    var calls: [Call]

    var struck: [Call] { calls.filter { $0.mark == "!" } }
  }

  struct Call {
    var mark: Substring
    var kind: Substring
    var path: Substring
  }

  private let scratch: ScratchFolder
  private let stamps: [String: [Int]]

  init() throws {
    scratch = try ScratchFolder()
    let template = try Self.template.get()
    for name in ["in", "out"] {
      try FileManager.default.copyItem(atPath: "\(template)/\(name)", toPath: scratch.file(name))
    }
    try FileManager.default.copyItem(atPath: scratch.file("out"), toPath: scratch.file("spare"))
    try makeFolder(scratch.file("std"))
    stamps = try Tree.stamps(of: scratch.file("in"))
  }

  /// Whether nothing has been written to what is only read.
  var isInputUntouched: Bool { (try? Tree.stamps(of: scratch.file("in"))) == stamps }

  func file(_ name: String) -> String { scratch.file(name) }

  /// What lies in `out/`.
  func output(of operation: FaultOperation) throws -> Tree {
    let isImage = operation.arguments.contains { $0.hasPrefix("oci:") }
    return try Tree(scratch.file("out"), timed: isImage ? nil : operation.output)
  }

  /// Makes `out/` what it was.
  func restore() throws {
    try delete(scratch.file("out"))
    try FileManager.default.copyItem(atPath: scratch.file("spare"), toPath: scratch.file("out"))
  }

  /// Runs the program without any of this, while another run is stopped.
  func runAside(_ operation: FaultOperation) throws -> Program.Outcome {
    try Program.run(operation.arguments, in: scratch.path)
  }

  func undoLinks() throws -> Program.Outcome {
    try Program.run(["repair", "--unlink", "out/container"], in: scratch.path)
  }

  /// Runs the program with a fault in the call with this number among those of its kind, from 1; 0
  /// is every one. `whileStopped` is called when the fault is SIGSTOP.
  func run(
    _ operation: FaultOperation, _ fault: Fault? = nil, kind: String = "none", at number: Int = 0,
    whileStopped: () throws -> Void = {}
  ) throws -> Outcome {
    let log = scratch.file("std/log")
    try? delete(log)
    // Not Foundation's Process, which takes as long as a run does.
    let environment = [
      "LD_PRELOAD=\(Self.library)", "FAULT_ROOT=\(scratch.path)",
      "FAULT_PLACE=\(scratch.file("out"))", "FAULT_LOG=\(log)", "FAULT_KIND=\(kind)",
      "FAULT_AT=\(number)", "FAULT_DO=\(fault?.text ?? "")", "FAULT_LACKS=\(operation.lacking)",
    ]
    let arguments =
      ["env", "-C", scratch.path] + environment + [Program.location.path] + operation.arguments
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    for (descriptor, name) in [(Int32(1), "std/out"), (2, "std/err")] {
      posix_spawn_file_actions_addopen(
        &actions, descriptor, scratch.file(name), O_WRONLY | O_CREAT | O_TRUNC, 0o600)
    }
    var process: pid_t = 0
    let words = arguments.map { strdup($0) } + [nil]
    defer { for word in words { free(word) } }
    guard posix_spawn(&process, "/usr/bin/env", &actions, nil, words, environ) == 0 else {
      throw POSIXError(.EIO)
    }
    var status: Int32 = 0
    while waitpid(process, &status, WUNTRACED) == process, status & 0xFF == 0x7F {
      defer { kill(process, SIGCONT) }
      try whileStopped()
    }
    let text = (try? bytes(of: log)).map { String(decoding: $0, as: UTF8.self) } ?? ""
    return Outcome(
      status: status & 0x7F == 0 ? status >> 8 & 0xFF : -(status & 0x7F),
      output: try bytes(of: scratch.file("std/out")),
      errors: String(decoding: try bytes(of: scratch.file("std/err")), as: UTF8.self),
      calls: text.split(separator: "\n").map { line in
        let words = line.split(separator: " ", maxSplits: 2, omittingEmptySubsequences: false)
        return Call(mark: words[0], kind: words[1], path: words[2])
      })
  }

  /// Compiled once, beside the tests.
  private static let library: String = {
    let library = Program.products.appendingPathComponent("libfaults.so").path
    let source = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("faults.c").path
    let compiler = Process()
    compiler.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    // The toolchain's, or the system's where only Swift itself is in the path.
    compiler.arguments = [
      "sh", "-c", "clang \"$@\" 2>/dev/null || cc \"$@\"", "sh", "-shared", "-fPIC", "-O1", "-o",
      library, source, "-ldl",
    ]
    do {
      try compiler.run()
      compiler.waitUntilExit()
    } catch {
      return ""
    }
    return compiler.terminationStatus == 0 ? library : ""
  }()

  /// Made once, beside the tests.
  private static let template = Result {
    let template = Program.products.appendingPathComponent("fault-inputs").path
    try fill(template)
    return template
  }

  /// Fills the folder that each place is a copy of.
  private static func fill(_ template: String) throws {
    try? delete(template)
    for name in ["", "/in", "/in/several", "/out", "/out/container"] {
      try makeFolder(template + name)
    }
    let good = Sketch.minimal
    try write(Sketch.tar(good.files), to: "\(template)/in/good.tar")
    // More than what is not worth the kernel's while.
    let large = good.adding("ctr.log", [UInt8](repeating: 7, count: 300_000))
    try write(Sketch.tar(large.files), to: "\(template)/in/large.tar")
    for (name, compression) in [
      ("zst", Compression.zstd), ("gz", .gzip), ("xz", .xz), ("bz2", .bzip2),
    ] { try write(Sketch.tar(good.files, compression), to: "\(template)/in/good.tar.\(name)") }
    let broken = Sketch.tar(good.removing("checkpoint/inventory.img").files)
    try write(broken, to: "\(template)/in/broken.tar")
    try write(broken, to: "\(template)/in/several/broken.tar")
    try write(Sketch.tar(good.files), to: "\(template)/in/several/good.tar")
    let cut = Sketch.tar(good.files)
    try write(Array(cut.prefix(cut.count * 2 / 3)), to: "\(template)/in/cut.tar")
    for (name, fixture) in [
      ("real", "shell-none.tar"), ("crio", "crio-1.37.0dev-runc1.1.5-vol.tar"),
    ] {
      try write(bytes(of: Fixtures.path(fixture)), to: "\(template)/in/\(name).tar")
    }
    // A container's folder, to be linked to the mended tree, beside something that is nobody's.
    try makeFolder("\(template)/out/container/checkpoint")
    try write([1], to: "\(template)/out/container/checkpoint/pstree.img")
    try write([2], to: "\(template)/out/container/spec.dump")
    try write([3], to: "\(template)/out/other")
    for (input, output) in [
      ("in/good.tar", "in/good/"), ("in/broken.tar", "in/broken/"), ("in/good.tar", "oci:in/oci"),
      ("in/good.tar", "oci-archive:in/oci.tar"),
    ] {
      let outcome = try Program.run(["repack", input, "-o", output, "-q"], in: template)
      guard outcome.status < 2 else { throw POSIXError(.EIO) }
    }
  }
}
