import Glibc
import Support
import Testing

@Suite struct HostCommandTests {
  /// A folder with programs for PATH.
  private static func folder(_ scripts: [String: String]) throws -> ScratchFolder {
    let folder = try ScratchFolder()
    for (name, script) in scripts {
      try write(Array("#!/bin/sh\n\(script)\n".utf8), to: folder.file(name))
      #expect(chmod(folder.file(name), 0o755) == 0)
    }
    return folder
  }

  @Test func whatCannotBeFoundOutIsNamed() throws {
    let folder = try Self.folder([
      "criu": "echo Version: 7.8.9", "runc": "sleep 60", "crun": "echo secret; exit 4",
      "conmon": "echo none",
    ])
    let outcome = try withExtendedLifetime(folder) {
      try Program.run(["host"], environment: ["PATH": "\(folder.path):/usr/bin:/bin"])
    }
    #expect(outcome.status == 0)
    #expect(outcome.output.contains("\"schemaVersion\" : 1"))
    #expect(outcome.output.contains("\"version\" : \"7.8.9\""))
    let lines = outcome.errors.split(separator: "\n")
    #expect(lines.allSatisfy { $0.hasPrefix("unknown: ") })
    for end in ["runc: no answer within 250 ms", "crun: exit code 4", "conmon names none"] {
      #expect(lines.contains { $0.hasSuffix(end) }, "\(end)")
    }
  }
}
