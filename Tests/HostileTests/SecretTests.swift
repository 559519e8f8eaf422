import Foundation
import Glibc
import Support
import Synchronization
import Testing
import Verify

/// What a checkpoint holds of memory, environment and arguments is in no output.
@Suite struct SecretTests {
  /// Every command in every form; `IN` is the archive, `OTHER` another, `OUT` a place for a file.
  static let commands: [[String]] =
    ["text", "json", "ndjson", "sarif", "junit", "github", "markdown", "html"].map {
      ["verify", "-v", "--no-policy", "--format", $0, "IN"]
    } + [
      [
        "verify", "--no-policy", "IN", "-o", "sarif:OUT/a", "-o", "junit:OUT/b", "-o", "html:OUT/c",
      ],
      ["preflight", "-v", "--no-policy", "--host", "this", "IN"],
      ["preflight", "--no-policy", "--host", "this", "--format", "json", "IN"],
      ["inspect", "--files", "--sockets", "--mounts", "--memory", "IN"],
      ["inspect", "--files", "--sockets", "--mounts", "--memory", "--format", "json", "IN"],
      ["inspect", "--format", "html", "IN"],
      ["diff", "-v", "IN", "OTHER"], ["diff", "-v", "OTHER", "IN"],
      ["diff", "--format", "json", "IN", "OTHER"], ["diff", "--format", "html", "IN", "OTHER"],
      ["repair", "-v", "IN", "--dry-run", "--plan", "OUT/plan.json"],
      ["repair", "-v", "--format", "json", "IN", "-o", "OUT/made.tar.zst"],
      ["repack", "-v", "IN", "-o", "OUT/made/"],
      ["repack", "-v", "IN", "--engine", "cri-o", "-o", "OUT/made.tar.zst"],
      ["watch", "--once", "STORE", "--metrics", "OUT/metrics.prom"],
      ["host", "IN"],
    ]

  static let samples =
    Hostile.isWhole ? Array(Secrets.damaged.indices) : [2]

  @Test(arguments: samples) func staySecret(_ index: Int) throws {
    let (name, sketch) = Secrets.damaged[index]
    let archive = Secrets.archive(sketch)
    // The markers are there, and would be found.
    if index == 0 { #expect(Secrets.found(in: archive).count >= Secrets.places.count - 2) }
    let other = Secrets.archive(.minimal)
    for command in Self.commands {
      let canary = try Canary(archive, owner: .root)
      try write(other, to: "\(canary.folder)/other.tar")
      try makeFolder("\(canary.folder)/store")
      try write(archive, to: "\(canary.folder)/store/a.tar")
      let out = "\(canary.folder)/out"
      let arguments = command.map {
        $0.replacingOccurrences(of: "IN", with: canary.input)
          .replacingOccurrences(of: "OTHER", with: "\(canary.folder)/other.tar")
          .replacingOccurrences(of: "OUT", with: out)
          .replacingOccurrences(of: "STORE", with: "\(canary.folder)/store")
      }
      let run = try HostileRun.run(arguments, in: canary.folder)
      #expect([0, 1, 2, 3, 4, 5].contains(run.status), "\(command): \(run.text)")
      var searched = 1
      var leaks = Secrets.found(in: Array(run.text.utf8))
      for file in try FileManager.default.subpathsOfDirectory(atPath: out)
      where !file.hasPrefix("made") && file != "bystander" {
        searched += 1
        leaks += Secrets.found(in: try bytes(of: "\(out)/\(file)"))
      }
      Hostile.figures.withLock {
        $0.searched += searched
        $0.leaks += leaks.count
      }
      #expect(leaks.isEmpty, "\(name): \(command)")
    }
    Hostile.print()
  }

  @Test func markersAreFoundInEveryForm() {
    let marker = Secrets.marker("ENV")
    for shift in 0..<3 {
      let bytes = Data((String(repeating: "a", count: shift) + marker).utf8)
      #expect(Secrets.found(in: Array(bytes.base64EncodedString().utf8)) == ["ENV"])
    }
    #expect(Secrets.found(in: Array("x\(marker)x".utf8)) == ["ENV"])
    #expect(Secrets.found(in: Array("nothing".utf8)).isEmpty)
  }

  /// Killed in the middle of its work, with the kernel asked for a dump, it leaves none: the limit that the shell lifted is 0 again.
  @Test func noCoreDump() throws {
    let scratch = try ScratchFolder()
    let fifo = scratch.file("fifo")
    try #require(mkfifo(fifo, 0o600) == 0)
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/sh")
    process.arguments = [
      "-c", "ulimit -c unlimited; exec \"$0\" verify --no-policy -", HostileRun.program,
    ]
    process.currentDirectoryURL = URL(fileURLWithPath: scratch.path)
    // Open for both, so that nobody waits; it holds the start of an archive, and no end.
    let ends = try FileHandle(forUpdating: URL(fileURLWithPath: fifo))
    try ends.write(contentsOf: Data(Secrets.archive(Secrets.sketch).prefix(4096)))
    process.standardInput = ends
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    try process.run()
    var limits = ""
    for _ in 0..<200 {
      limits =
        (try? String(contentsOfFile: "/proc/\(process.processIdentifier)/limits", encoding: .utf8))
        ?? ""
      if limits.contains(/Max core file size +0 +0/) { break }
      usleep(50_000)
    }
    #expect(limits.contains(/Max core file size +0 +0/))
    kill(process.processIdentifier, SIGABRT)
    for _ in 0..<20 where process.isRunning { usleep(50_000) }
    // Not every sandbox lets SIGABRT end a process that waits.
    kill(process.processIdentifier, SIGKILL)
    process.waitUntilExit()
    #expect(scratch.names == ["fifo"])
  }
}
