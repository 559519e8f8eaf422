import Archive
import Checkpoint
import Support
import Testing
import Verify

/// Real archives that real engines restored.
@Suite struct FixtureTests {
  @Test(arguments: Fixtures.names)
  func isRestorable(_ name: String) throws {
    let checkpoint = try Checkpoint.load(path: Fixtures.path(name))
    let report = Verifier.verify(checkpoint)
    #expect(report.verdict == .restorable)
    #expect(report.findings.filter { $0.severity == .error }.map(\.message) == [])
  }

  static let origins: [(String, Engine, Runtime?)] = [
    ("containerd-2.4.0beta-runc1.5.0rc1-vol.tar", .containerd, .runc),
    ("crio-1.37.0dev-runc1.1.5-loop.tar", .criO, .runc),
    ("podman-6.0.0dev-crun1.27.1-loop.tar.zst", .podman, .crun),
    ("shell-none.tar", .podman, .runc),
  ]

  @Test(arguments: origins)
  func originIsKnown(_ name: String, _ engine: Engine, _ runtime: Runtime?) throws {
    let report = Verifier.verify(try Checkpoint.load(path: Fixtures.path(name)))
    #expect(report.subject.engine == engine.rawValue)
    #expect(report.subject.runtime == runtime?.rawValue)
  }

  @Test func reportIsDeterministic() throws {
    let path = Fixtures.path("zombie.tar.gz")
    let reports = try (0..<2).map { _ in try Verifier.verify(Checkpoint.load(path: path)).json() }
    #expect(reports[0] == reports[1])
  }
}
