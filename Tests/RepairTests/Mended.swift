import Archive
import Checkpoint
import Host
import Repair
import Support
import Testing
import Verify

/// A checkpoint in a file, and what repairs make of it.
struct Mended {
  let scratch: ScratchFolder
  let broken: String
  let planner: Planner
  let plan: Plan

  /// Writes `sketch` as a tar and plans its repair. `links` are hard links, by name and target, that
  /// end the archive.
  init(
    _ sketch: Sketch, host: HostFacts? = nil, permissions: Set<Permission> = [],
    links: [(name: String, target: String)] = []
  ) throws {
    scratch = try ScratchFolder()
    broken = scratch.file("broken.tar")
    var bytes = Sketch.tar(sketch.files)
    if !links.isEmpty {
      bytes.removeLast(1024)
      for link in links { bytes += Self.hardLink(link.name, to: link.target) }
      bytes += [UInt8](repeating: 0, count: 1024)
    }
    try write(bytes, to: broken)
    planner = Planner(
      try Checkpoint.load(path: broken), host: host, permissions: permissions)
    plan = planner.plan()
  }

  /// Runs the plan, checks that the result is restorable and that a second repair changes nothing,
  /// and returns what is in it.
  func contents() throws -> [String: Fixtures.Content] {
    let mended = scratch.file("mended.tar")
    let report = try Executor().run(
      plan.actions, input: planner.input, for: Target(host: planner.host),
      to: Executor.Target(path: mended, form: .tar(.none)))
    #expect(report.archiveVerdict == .restorable)
    let twice = scratch.file("twice.tar")
    _ = try Executor().run(
      plan.actions, input: planner.input, for: Target(host: planner.host),
      to: Executor.Target(path: twice, form: .tar(.none)))
    #expect(try bytes(of: mended) == bytes(of: twice))
    let again = Planner(try Checkpoint.load(path: mended), host: planner.host)
    #expect(again.plan().steps.isEmpty, "\(again.plan().steps.map(\.action))")
    _ = try Executor().run(
      [], input: again.input, for: Target(host: planner.host),
      to: Executor.Target(path: scratch.file("again.tar"), form: .tar(.none)))
    #expect(try bytes(of: mended) == bytes(of: scratch.file("again.tar")))
    return try Fixtures.contents(mended)
  }

  /// One ustar header of type 1.
  static func hardLink(_ name: String, to target: String) -> [UInt8] {
    var header = [UInt8](repeating: 0, count: 512)
    func put(_ text: String, _ offset: Int) {
      for (index, byte) in text.utf8.enumerated() { header[offset + index] = byte }
    }
    put(name, 0)
    put("0000600", 100)
    put("0000000", 108)
    put("0000000", 116)
    put("00000000000", 124)
    put("00000000000", 136)
    put("        ", 148)
    put("1", 156)
    put(target, 157)
    put("ustar\u{0}00", 257)
    let sum = String(header.reduce(0) { $0 + Int($1) }, radix: 8)
    put(String(repeating: "0", count: 6 - sum.count) + sum + "\u{0} ", 148)
    return header
  }
}
