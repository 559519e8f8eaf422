import Host
import Testing

@Suite struct PathListingTests {
  static let listing = PathListing(
    found: ["/proc": .folder, "/proc/keys": .file, "/proc/sys": .folder, "/sys": .folder],
    listed: ["/proc"], absent: ["/sys/firmware"])

  @Test(arguments: [
    ("/proc/keys", PathListing.Presence.present(.file)), ("/proc/acpi", .absent),
    ("/proc/acpi/event", .absent), ("/proc/keys/below", .absent), ("/proc/sys/kernel", .unknown),
    ("/sys/firmware", .absent), ("/sys/firmware/efi", .absent), ("/sys/power", .unknown),
    ("/elsewhere", .unknown), ("", .unknown), ("/", .unknown),
  ])
  func tellsAbsentFromUnknown(_ path: String, _ presence: PathListing.Presence) {
    #expect(Self.listing[path] == presence)
  }

  @Test func deepPathsAreAnswered() {
    let deep = String(repeating: "/a", count: 1000)
    #expect(Self.listing[deep] == .unknown)
    #expect(Self.listing["/proc/acpi" + String(repeating: "/a", count: 1 << 20)] == .unknown)
    #expect(Self.listing["/proc/acpi" + deep] == .absent)
  }

  @Test func theTopIsAFolderLikeAnother() {
    let listing = PathListing(found: ["/srv": .folder], listed: ["/"])
    #expect(listing["/no"] == .absent)
    #expect(listing["/no/such"] == .absent)
    #expect(listing["/srv/data"] == .unknown)
    #expect(listing["/"] == .unknown)
  }

  @Test func factsComeBack() throws {
    var facts = HostFacts(name: "n", kernel: HostFacts.Kernel(release: "6.1", machine: "x86_64"))
    facts.paths = Self.listing
    #expect(try HostFacts(json: facts.json()) == facts)
    #expect(facts.json() == facts.json())
  }

  @Test(arguments: [
    ("", "not valid"), ("[]", "wrong type"), ("{}", "schemaVersion is missing"),
    (#"{"schemaVersion":99}"#, "version 99"), (#"{"schemaVersion":1,"name":"n"}"#, "is missing"),
  ])
  func otherDocumentsAreRefused(_ text: String, _ reason: String) {
    #expect { try HostFacts(json: Array(text.utf8)) } throws: { "\($0)".contains(reason) }
  }

  @Test func thisHostHasAProcFolder() {
    let facts = HostProbe.run(paths: ["/proc/sys/vm/overcommit_memory", "/proc/no-such-thing"])
    #expect(facts.paths["/proc/sys"] == .present(.folder))
    #expect(facts.paths["/proc/no-such-thing"] == .absent)
    #expect(facts.paths["/proc/sys/vm/overcommit_memory"] == .present(.file))
    #expect(!facts.kernel.release.isEmpty)
    #expect(!facts.paths.found.keys.contains("/proc/1"))
  }
}
