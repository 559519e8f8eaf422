import Archive
import Checkpoint
import Foundation
import Support
import Testing

@testable import Verify

/// Repairs that are killed at any time, or run out of room.
@Suite(.serialized) struct KillTests {
  private let scratch: ScratchFolder
  private let work: String

  init() throws {
    scratch = try ScratchFolder()
    work = scratch.file("work")
    try makeFolder(work)
    let broken = Sketch.minimal.removing("checkpoint/inventory.img")
    try write(Sketch.tar(broken.files), to: "\(work)/broken.tar")
  }

  private static let forms = [
    "out.tar", "out.tar.zst", "out/", "oci:image", "oci-archive:i.tar",
  ]

  /// The path in `form`, a reference or a path itself.
  private func path(_ form: String) -> String {
    "\(work)/\(form.split(separator: ":").last ?? "")"
  }

  /// The first component of what is published as `form`.
  private func name(_ form: String) -> String {
    String((form.split(separator: ":").last ?? "").prefix { $0 != "/" })
  }

  /// What must be the same each time; the files of an image in a folder have the time of writing.
  private func published(_ form: String) throws -> [String: Fixtures.Content] {
    let contents = try Fixtures.contents(path(form))
    return form.contains(":") ? contents.mapValues(\.withoutTime) : contents
  }

  /// Killed at times spread over a whole run, in the middle of whatever it does then.
  @Test(arguments: forms)
  func leavesAllOrNothingWhenKilledAnyTime(_ form: String) throws {
    let output = path(form)
    let start = ContinuousClock.now
    #expect(try repair(to: form).status == 0)
    let duration = ContinuousClock.now - start
    let complete = try published(form)
    try FileManager.default.removeItem(atPath: output)
    for step in 0..<20 {
      let process = Process()
      process.executableURL = Program.location
      process.arguments = ["repair", "\(work)/broken.tar", "-o", argument(form), "-q"]
      try process.run()
      let delay = duration * Double(step) / 19
      usleep(UInt32(delay.components.attoseconds / 1_000_000_000_000))
      kill(process.processIdentifier, SIGKILL)
      process.waitUntilExit()
      if FileManager.default.fileExists(atPath: output) {
        #expect(try published(form) == complete)
        try FileManager.default.removeItem(atPath: output)
      }
    }
    #expect(try repair(to: form).status == 0)
    #expect(names == ["broken.tar", name(form)].sorted())
  }

  /// A file system with room for all but the last part of the output. Needs the right to mount.
  @Test(.enabled(if: canMount), arguments: ["out.tar", "out/"])
  func fullFileSystem(_ form: String) throws {
    let place = scratch.file("small")
    try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: false)
    // In a mount namespace of its own, so that nothing is left mounted.
    let script = """
      mount -t tmpfs -o size=$1 tmpfs "$2" || exit 99
      "$3" repair "$4" -o "$2/$5" -q; status=$?
      ls -A "$2"; exit $status
      """
    var full = 0
    for kibibytes in stride(from: 4, through: 160, by: 12) {
      let process = Process()
      let pipe = Pipe()
      process.executableURL = URL(fileURLWithPath: "/usr/bin/unshare")
      process.arguments = [
        "-m", "sh", "-c", script, "sh", "\(kibibytes)k", place, Program.location.path,
        "\(work)/broken.tar", form,
      ]
      process.standardOutput = pipe
      process.standardError = FileHandle.nullDevice
      try process.run()
      let left = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
      process.waitUntilExit()
      switch process.terminationStatus {
      case 4:
        full += 1
        #expect(left == "", "\(kibibytes) KiB")
      case let status:
        #expect(status == 0, "\(kibibytes) KiB")
        #expect(left == form.prefix { $0 != "/" } + "\n", "\(kibibytes) KiB")
      }
    }
    #expect(full > 0)
  }

  private static let canMount: Bool = {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/unshare")
    process.arguments = ["-m", "sh", "-c", "mount -t tmpfs tmpfs /mnt"]
    process.standardError = FileHandle.nullDevice
    guard (try? process.run()) != nil else { return false }
    process.waitUntilExit()
    return process.terminationStatus == 0
  }()

  private func argument(_ form: String) -> String {
    form.contains(":") ? "\(form.prefix { $0 != ":" }):\(path(form))" : path(form)
  }

  private func repair(to form: String, environment: [String: String] = [:]) throws
    -> Program.Outcome
  {
    try Program.run(
      ["repair", "\(work)/broken.tar", "-o", argument(form), "-q"], environment: environment)
  }

  private var names: [String] {
    ((try? FileManager.default.contentsOfDirectory(atPath: work)) ?? []).sorted()
  }
}
