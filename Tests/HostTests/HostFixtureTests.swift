import Support
import Testing

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

@testable import Host

@Suite struct HostFixtureTests {
  static let folder = "\(Fixtures.project)/fixtures/hosts"

  static func documents() throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(".json") }
  }

  static func facts(_ name: String) throws -> HostFacts {
    try HostFacts(json: SystemFile.bytes("\(folder)/\(name)"))
  }

  @Test func everyDocumentIsAsTheProgramWritesIt() throws {
    let names = try Self.documents()
    #expect(Set(names) == ["arm.json", "bare-kernel.json", "labs.json", "unified.json"])
    for name in names {
      let bytes = try SystemFile.bytes("\(Self.folder)/\(name)")
      let facts = try HostFacts(json: bytes)
      #expect(facts.schemaVersion == HostFacts.currentVersion)
      #expect(facts.name == (name == "labs.json" ? "lab" : String(name.dropLast(5))))
      let isSame = facts.json() == bytes
      #expect(isSame, "\(name)")
      #expect(bytes.count < 40_000)
      #expect(facts.unknown.isEmpty)
    }
  }

  @Test func theyShowWhatTheyShould() throws {
    let lab = try Self.facts("labs.json")
    #expect(lab.controlGroups?.mode == .hybrid)
    #expect(lab.images?.isEmpty == false)
    #expect(lab.processor?.stateComponents == 0xE7)
    #expect(lab.paths["/proc/timer_list"] == .present(.file))
    #expect(lab.paths["/sys/fs/cgroup/memory"] == .present(.folder))
    #expect(lab.paths["/proc/self/ns/time"] == .present(.file))
    #expect(lab.processor?.online == "0-1")
    #expect(lab.kernel.profiles == nil)
    #expect(lab.network?.listeners.last?.isIPv6Only == true)
    let unified = try Self.facts("unified.json")
    #expect(unified.kernel.profiles?.contains("containers-default-0.62.2") == true)
    #expect(unified.paths["/sys/fs/cgroup/memory"] == .absent)
    #expect(unified.kernel.securityModules?.contains("apparmor") == true)
    let bare = try Self.facts("bare-kernel.json")
    #expect(bare.paths["/proc/timer_list"] == .absent)
    #expect(bare.paths["/proc/acpi"] == .absent)
    let arm = try Self.facts("arm.json")
    #expect(arm.processor?.stateComponents == nil)
    #expect(arm.kernel.isEnforcing == true)
    #expect(arm.kernel.pageSize == 65536)
  }
}
