import Archive
import CRIUImages
import Checkpoint
import Documents
import Host
import Support
import Testing

@testable import Repair
@testable import Verify

/// What is mended by changing what is there: each from plan to published archive.
@Suite struct CleaningTests {
  /// Something to clean, and the text that it takes out of or puts into a document.
  struct Stain: Sendable, CustomTestStringConvertible {
    var name: String
    var sketch: Sketch
    var path: String
    var before: String
    var after: String
    var permissions: Set<Permission> = []
    var testDescription: String { name }
  }

  static let stains = [
    Stain(
      name: "deleted.files leads out",
      sketch: .minimal.adding("deleted.files", text: #"["/a", "/../etc/x","/b/../../c"]"#),
      path: "deleted.files", before: #"["/a", "/../etc/x","/b/../../c"]"#, after: #"["/a"]"#),
    Stain(
      name: "a bind mount that nobody declared",
      sketch: .minimalCRIO.replacing(
        "bind.mounts",
        text: #"[{"source":"/etc/cron.d/x","destination":"/x","file_type":"file"}]"#),
      path: "bind.mounts",
      before: #"[{"source":"/etc/cron.d/x","destination":"/x","file_type":"file"}]"#, after: "[]"),
    Stain(
      name: "a mount inside /proc",
      sketch: .minimal.setting(
        "spec.dump", "/mounts/3",
        to: #"{"destination":"/proc/scsi","type":"tmpfs","source":"none"}"#),
      path: "spec.dump",
      before: #",{"destination":"/proc/scsi","type":"tmpfs","source":"none"}"#, after: ""),
    Stain(
      name: "masks lost from the specification",
      sketch: .minimal.setting("spec.dump", "/linux/maskedPaths", to: #"["/proc/keys"]"#),
      path: "spec.dump", before: #""maskedPaths":["/proc/keys"]"#,
      after: #""maskedPaths":["/proc/keys","/proc/acpi"]"#),
    Stain(
      name: "no list of masks",
      sketch: .minimal.unsetting("spec.dump", "/linux/maskedPaths"), path: "spec.dump",
      before: #""readonlyPaths":["/proc/sys"]"#,
      after: #""readonlyPaths":["/proc/sys"],"maskedPaths":["/proc/acpi","/proc/keys"]"#),
    Stain(
      name: "an annotation for CRIU",
      sketch: .minimal.setting(
        "spec.dump", "/annotations/org.criu.config", to: #""/etc/criu/x.conf""#),
      path: "spec.dump", before: #","org.criu.config":"/etc/criu/x.conf""#, after: "",
      permissions: [.dropCRIUConfig]),
  ]

  /// Every byte but those of the edited values stays, in this entry and in all others.
  @Test(arguments: stains)
  func changesOnlyTheseBytes(_ stain: Stain) throws {
    let mended = try Mended(stain.sketch, permissions: stain.permissions)
    #expect(!mended.plan.steps.isEmpty)
    #expect(mended.plan.unresolved.isEmpty)
    let contents = try mended.contents()
    for (path, original) in try Fixtures.contents(mended.broken) where path != stain.path {
      #expect(contents[path] == original, "\(path)")
    }
    let text = String(
      decoding: try #require(stain.sketch.files.first { $0.entry.name.path == stain.path }).bytes,
      as: UTF8.self)
    #expect(text.contains(stain.before), "\(text)")
    let wanted = text.replacing(stain.before, with: stain.after, maxReplacements: 1)
    #expect(String(decoding: contents[stain.path]?.bytes ?? [], as: UTF8.self) == wanted)
  }

  @Test func annotationStaysUnlessItMayGo() throws {
    let sketch = Sketch.minimal.setting(
      "spec.dump", "/annotations/org.criu.config", to: #""/etc/criu/x.conf""#)
    #expect(try Mended(sketch).plan.steps.isEmpty)
  }

  @Test(arguments: [Compression.gzip, .zstd])
  func compressedSharedMemoryIsUnpacked(_ compression: Compression) throws {
    let files = [Sketch.file("./", kind: .directory), Sketch.file("./x", [1, 2, 3])]
    let mended = try Mended(
      .minimal.replacing("devshm-checkpoint.tar", Sketch.tar(files, compression)))
    #expect(mended.plan.actions == [.decompress(path: "devshm-checkpoint.tar")])
    #expect(try mended.contents()["devshm-checkpoint.tar"]?.bytes == Sketch.tar(files))
  }

  @Test func hardLinksBecomeFiles() throws {
    let mended = try Mended(
      .minimal,
      links: [("copy-of-spec", "spec.dump"), ("second", "spec.dump"), ("third", "network.status")])
    #expect(mended.plan.steps.count == 3)
    let contents = try mended.contents()
    let original = try Fixtures.contents(mended.broken)
    #expect(contents["copy-of-spec"]?.bytes == original["spec.dump"]?.bytes)
    #expect(contents["second"]?.bytes == original["spec.dump"]?.bytes)
    #expect(contents["third"]?.bytes == original["network.status"]?.bytes)
    #expect(contents["third"]?.kind == .file)
    #expect(contents["spec.dump"] == original["spec.dump"])
  }

  /// A link out of the archive brings nothing in.
  @Test(arguments: ["/etc/passwd", "../x", "no-such-entry"])
  func hardLinkToNowhereIsDroppedOnlyIfAllowed(_ target: String) throws {
    let plain = try Mended(.minimal, links: [("link", target)])
    #expect(!plain.plan.unresolved.isEmpty)
    #expect(!plain.plan.actions.contains { if case .materialise = $0 { true } else { false } })
  }
}

/// Mounts of paths that a host lacks.
@Suite struct MountCleaningTests {
  static func host(lacking paths: String...) -> HostFacts {
    var facts = HostFacts(
      name: "node7", kernel: HostFacts.Kernel(release: "6.1", machine: "x86_64"))
    for path in ["/proc/keys", "/proc/acpi", "/proc/sys"] where !paths.contains(path) {
      facts.paths.add(path, .folder)
    }
    for path in paths { facts.paths.add(path, nil) }
    return facts
  }

  static let masks: [(path: String, mount: UInt32)] = [
    ("/proc/keys", 211), ("/proc/acpi", 210), ("/proc/sys", 209),
  ]

  @Test(arguments: masks)
  func mountOfAnAbsentPathGoes(_ path: String, _ mount: UInt32) throws {
    let mended = try Mended(.minimal, host: Self.host(lacking: path))
    #expect(mended.plan.steps.allSatisfy { $0.risk == .safe && $0.needs == nil })
    let contents = try mended.contents()
    let original = try Fixtures.contents(mended.broken)
    let name = try #require(original.keys.first { $0.hasPrefix("checkpoint/mountpoints-") })
    let before = try #require(original[name]?.bytes)
    let after = try #require(contents[name]?.bytes)
    let record = try #require(
      mended.planner.input.images.all(.mounts).flatMap { $0.messages(MntEntry.self) }
        .first { $0.message.mntID == mount }
    ).record
    let start = Int(record.offset)
    let end = start + 4 + Int(record.size)
    #expect(after == Array(before[..<start] + before[end...]))
    for document in ["spec.dump", "config.dump"] {
      let text = String(decoding: contents[document]?.bytes ?? [], as: UTF8.self)
      #expect(!text.contains(path), "\(document)")
    }
    #expect((contents["checkpoint/tmpfs-dev-109.tar.gz.img"] == nil) == (path == "/proc/acpi"))
  }

  /// Every mask and read-only path of real archives, on a host that lacks just this one.
  @Test(arguments: Fixtures.varied)
  func everyMaskOfRealArchives(_ name: String) throws {
    let good = try Checkpoint.load(path: Fixtures.path(name))
    let original = try Fixtures.contents(Fixtures.path(name))
    let places = Set(good.kernelMountpoints)
    let mounts = Subject(good).mounts.all.filter { $0.isMask || $0.isReadOnlyPath }
    for mount in mounts {
      var facts = HostFacts.minimal
      facts.paths = PathListing(
        found: Dictionary(uniqueKeysWithValues: places.map { ($0, .folder) })
          .filter { $0.key != mount.path }, absent: [mount.path])
      let planner = Planner(good, host: facts)
      let rule = "mask.mountpoint-missing-on-host"
      #expect(planner.report.findings.filter { $0.rule == rule }.count == 1, "\(mount.path)")
      let before = planner.report.findings.filter { $0.rule != rule && $0.severity == .error }
      let result = planner.result(of: planner.plan(), allowingAll: false)
      let after = Verifier.verify(result, target: Target(host: facts))
      #expect(after.findings.filter { $0.severity == .error } == before, "\(mount.path)")
      let removed = Subject(result).mounts.all.map(\.id)
      #expect(
        removed == Subject(good).mounts.all.map(\.id).filter { $0 != mount.id }, "\(mount.path)")
      let documents: Set<String> = ["spec.dump", "config.dump", good.path(of: mount.image)]
      for stored in good.entries where !documents.contains(stored.path) {
        let isContent = stored.path.contains("/tmpfs-dev-\(mount.entry.rootDev).")
        #expect(result.contains(stored.path) || isContent, "\(mount.path): \(stored.path)")
      }
      #expect(result.entries.count >= original.count - 1)
    }
  }

  @Test func severalAtOnce() throws {
    let mended = try Mended(
      .minimal, host: Self.host(lacking: "/proc/keys", "/proc/acpi", "/proc/sys"))
    // A kernel without /proc/sys is not built for CRIU; that no edit mends.
    #expect(mended.plan.unresolved.map(\.rule) == ["host.kernel-without-criu"])
    _ = try mended.contents()
  }

  @Test func nothingGoesWhereEverythingExists() throws {
    #expect(try Mended(.minimal, host: Self.host()).plan.steps.isEmpty)
  }

  /// What only a guess could remove stays, and is listed.
  @Test(arguments: kept.keys.sorted())
  func keepsWhatMayBeNeeded(_ name: String) throws {
    let sketch = try #require(Self.kept[name])
    let mended = try Mended(sketch, host: Self.host(lacking: "/proc/acpi"))
    #expect(mended.plan.steps.isEmpty, "\(mended.plan.actions)")
    #expect(
      mended.plan.unresolved.contains { $0.rule == "mask.mountpoint-missing-on-host" },
      "\(mended.plan.unresolved.map(\.message))")
  }

  private static let kept: [String: Sketch] = [
    "a parent": .minimal.mounts {
      $0.insert(Sketch.mount(290, .tmpfs, 109, parent: 210, at: "/proc/acpi/x"), at: 0)
    },
    "of a peer group": .minimal.mount(210) { $0.sharedID = 7 },
    "no mask": .minimal.mount(210) { $0.sbFlags = 0 },
  ]
}
