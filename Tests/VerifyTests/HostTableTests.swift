import Checkpoint
import Foundation
import Host
import Support
import Testing
import Verify

/// Every real archive on every recorded host, with either runtime: the rules with errors are those of
/// `fixtures/hosts/expected.txt`, a line for each archive and host, where each was reviewed.
@Suite struct HostTableTests {
  static let folder = "\(Fixtures.project)/fixtures/hosts"
  static let hosts = ["labs", "unified", "bare-kernel", "arm"]

  @Test(arguments: hosts)
  func everyArchive(_ host: String) throws {
    let facts = try HostFacts(json: bytes(of: "\(Self.folder)/\(host).json"))
    let text = String(decoding: try bytes(of: "\(Self.folder)/expected.txt"), as: UTF8.self)
    let expected = text.split(separator: "\n").map(String.init)
    for name in Fixtures.names {
      let checkpoint = try Checkpoint.load(path: Fixtures.path(name))
      for runtime in [nil] + Runtime.allCases.map(Optional.init) {
        let report = Verifier.verify(
          checkpoint,
          target: Target(runtime: runtime, host: facts, options: [.tcpEstablished]))
        let rules = Set(report.findings.filter { $0.severity == .error }.map(\.rule)).sorted()
        let line =
          "\(host) \(name) \(runtime?.rawValue ?? "own"): "
          + (rules.isEmpty ? "restorable" : rules.joined(separator: " "))
        #expect(expected.contains(line), "\(line)")
      }
    }
  }

  /// Nothing is judged that the facts do not tell.
  @Test func factsOfNothing() throws {
    let facts = HostFacts(name: "n", kernel: HostFacts.Kernel(release: "6", machine: "x86_64"))
    for name in Fixtures.names {
      let checkpoint = try Checkpoint.load(path: Fixtures.path(name))
      let report = Verifier.verify(
        checkpoint, target: Target(host: facts, options: [.tcpEstablished]))
      #expect(report.verdict == .restorable, "\(name): \(report.findings.map(\.rule))")
      #expect(report.notChecked.contains { $0.reason.contains("the facts about n") }, "\(name)")
    }
  }
}
