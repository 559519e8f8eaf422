import Archive
import CRIUImages
import Checkpoint
import Documents
import Host
import Repair
import Support
import Testing
import Verify

/// Checkpoints made into those of another engine, runtime or host.
@Suite struct ConversionTests {
  static let engines: [Engine] = [.podman, .criO, .containerd]

  private let scratch: ScratchFolder

  init() throws { scratch = try ScratchFolder() }

  /// What a conversion came to: the report of the result, or why there is none.
  private enum Outcome {
    case published(Report, path: String)
    case refused(rules: Set<String>)
  }

  private func convert(
    _ path: String, _ request: Conversion.Request, host: HostFacts? = nil, to name: String = "out"
  ) throws -> Outcome {
    let converter = Converter(try Checkpoint.load(path: path), request, host: host)
    if !converter.plan.unresolved.isEmpty {
      let rules = Set(converter.plan.unresolved.map(\.rule))
      #expect(rules.allSatisfy { Rule.named($0) != nil }, "`explain` knows \(rules)")
      return .refused(rules: rules)
    }
    let out = scratch.file("\(name).tar")
    do throws(Executor.Refusal) {
      let report = try converter.run(to: Executor.Target(path: out, form: .tar(.none)))
      return .published(report, path: out)
    } catch {
      guard case .notRestorable(let report) = error else { throw error }
      return .refused(
        rules: Set(report.findings.filter { $0.severity == .error }.map(\.rule)))
    }
  }

  private func published(
    _ path: String, _ request: Conversion.Request, host: HostFacts? = nil, to name: String = "out"
  ) throws -> String {
    switch try convert(path, request, host: host, to: name) {
    case .published(_, let path): return path
    case .refused(let rules):
      Issue.record("refused: \(rules)")
      return path
    }
  }

  private func file(_ sketch: Sketch, _ name: String = "in") throws -> String {
    let path = scratch.file("\(name).tar")
    try write(Sketch.tar(sketch.files), to: path)
    return path
  }

  /// Whether the containers of an archive have a network namespace that the dump has made.
  private func hasOwnNetwork(_ path: String) throws -> Bool {
    let subject = Subject(try Checkpoint.load(path: path))
    let images = subject.checkpoint.images
    return subject.namespaces.isOwn(.net) == true
      && subject.namespaces.ids(of: .net).contains { id in
        images[.netns, UInt64(id)]?.first(NetnsEntry.self)?.hasExtKey != true
      }
  }

  @Test(arguments: Fixtures.names, engines)
  func everyArchiveForEveryEngine(_ name: String, _ engine: Engine) throws {
    let input = Fixtures.path(name)
    let source = Subject(try Checkpoint.load(path: input)).identity.engine
    let result = try convert(
      input, Conversion.Request(engine: engine, permissions: [.lossy]))
    switch result {
    case .published(_, let path):
      let checkpoint = try Checkpoint.load(path: path)
      let report = Verifier.verify(checkpoint, target: Target(engine: engine))
      #expect(report.archiveVerdict == .restorable)
      #expect(Subject(checkpoint).identity.candidates == [engine])
      let again = Conversion(checkpoint, Conversion.Request(engine: engine))
      #expect(again.plan.steps.isEmpty && again.plan.unresolved.isEmpty)
      #expect(try engine == .podman || engine == source || !hasOwnNetwork(input))
    case .refused(let rules):
      // The one cause that the archive contract, §6, gives for these.
      #expect(rules.contains("convert.namespace-model-differs"), "\(rules)")
      #expect(try engine != .podman && engine != source && hasOwnNetwork(input))
      // crun's masks are another matter: containerd has a shim for runc alone.
      #expect(
        rules.subtracting([
          "convert.namespace-model-differs", "mnt.ext-key-foreign-runtime",
        ]).isEmpty, "\(rules)")
    }
  }

  /// What only its own engine writes does not come back; the documents say the same in other words.
  private static let changing: Set<String> = [
    "spec.dump", "config.dump", "bind.mounts", "status", "status.dump", "network.status",
    "artifacts", "devshm-checkpoint.tar",
  ]

  @Test(
    arguments: [
      "crio-1.37.0dev-runc1.1.5-loop.tar", "crio-1.37.0dev-runc1.1.5-vol.tar",
      "containerd-2.4.0beta-runc1.5.0rc1-loop.tar", "containerd-2.4.0beta-runc1.5.0rc1-vol.tar",
      "netns-path.tar.gz",
    ], engines)
  func thereAndBack(_ name: String, _ engine: Engine) throws {
    let input = Fixtures.path(name)
    let source = Subject(try Checkpoint.load(path: input))
    let own = try #require(source.identity.engine)
    let there = try published(
      input, Conversion.Request(engine: engine, permissions: [.lossy]), to: "there")
    let back = try published(
      there, Conversion.Request(engine: own, permissions: [.lossy]), to: "back")
    var before = try Fixtures.contents(input).filter { !Self.changing.contains($0.key) }
    var after = try Fixtures.contents(back).filter { !Self.changing.contains($0.key) }
    if (engine == .containerd) != (own == .containerd) {
      // The mode of the root folder is given up on the way.
      before["checkpoint/files.img"] = nil
      after["checkpoint/files.img"] = nil
      // What was compressed is not compressed again.
      before["rootfs-diff.tar"] = nil
      after["rootfs-diff.tar"] = nil
    }
    #expect(after == before)
    let result = Subject(try Checkpoint.load(path: back))
    if own == .podman {
      #expect(result.podman?.id == source.podman?.id)
      #expect(result.podman?.name == source.podman?.name)
      #expect(result.podman?.rootfsImageID == source.podman?.rootfsImageID)
      #expect(result.podman?.createdTime == source.podman?.createdTime)
      #expect(result.podman?.runtime == source.podman?.runtime)
    } else {
      // Podman does not say when it dumped; CRIU's files do, to the second.
      var expected = source.cri
      if engine == .podman { expected?.checkpointedTime = result.cri?.checkpointedTime }
      #expect(result.cri == expected)
    }
    #expect(result.spec?.process?.args == source.spec?.process?.args)
    #expect(
      result.spec?.linux?.maskedPaths.map(\.path) == source.spec?.linux?.maskedPaths.map(\.path))
  }

  @Test func deletionsBecomeWhiteoutsAndBack() throws {
    let deleted = #"["/etc/motd","/usr/share/doc"]"#
    let files = [Sketch.file("etc/", kind: .directory), Sketch.file("etc/new", [1, 2, 3])]
    let input = try file(
      Sketch.minimalCRIO.adding("rootfs-diff.tar", Sketch.tar(files))
        .adding("deleted.files", text: deleted))
    let there = try published(input, Conversion.Request(engine: .containerd), to: "there")
    let middle = try Checkpoint.load(path: there)
    #expect(!middle.contains("deleted.files"))
    let whiteouts = middle.nested("rootfs-diff.tar")?.whiteouts.map(\.name.path)
    #expect(whiteouts == ["etc/.wh.motd", "usr/share/.wh.doc"])
    let back = try published(there, Conversion.Request(engine: .criO), to: "back")
    let contents = try Fixtures.contents(back)
    #expect(contents["deleted.files"]?.bytes == Array(deleted.utf8))
    #expect(contents["rootfs-diff.tar"]?.bytes == Sketch.tar(files))
  }

  @Test(arguments: [Compression.none, .gzip, .zstd])
  func whiteoutsAreTakenOutOfAnyCompression(_ compression: Compression) throws {
    let kept = [Sketch.file("a", [1]), Sketch.file("b/c", [UInt8](repeating: 7, count: 3000))]
    let tar = Sketch.tar(
      [Sketch.file(".wh.first"), kept[0], Sketch.file("b/.wh.x"), kept[1], Sketch.file("b/.wh.y")],
      compression)
    let input = try file(Sketch.minimalContainerd.adding("rootfs-diff.tar", tar))
    let host = HostFacts.withExample
    let out = try published(input, Conversion.Request(engine: .podman), host: host)
    let contents = try Fixtures.contents(out)
    #expect(contents["rootfs-diff.tar"]?.bytes == Sketch.tar(kept))
    #expect(contents["deleted.files"]?.bytes == Array(#"["/first","/b/x","/b/y"]"#.utf8))
  }

  @Test func opaqueWhiteoutsAreNotGuessed() throws {
    let tar = Sketch.tar([Sketch.file("var/.wh..wh..opq")])
    let input = try file(Sketch.minimalContainerd.adding("rootfs-diff.tar", tar))
    let outcome = try convert(
      input, Conversion.Request(engine: .criO), host: .withExample)
    guard case .refused(let rules) = outcome else {
      Issue.record("it was published")
      return
    }
    #expect(rules == ["convert.opaque-whiteout-needs-base"])
  }

  @Test func opaqueWhiteoutsAreNamesOfTheBaseImage() throws {
    let kept = [
      Sketch.file("var/new", [1]), Sketch.file("var/both", [2]), Sketch.file("var/sub/new", [3]),
    ]
    let tar = Sketch.tar([Sketch.file("var/.wh..wh..opq"), Sketch.file("etc/.wh.x")] + kept)
    let input = try file(Sketch.minimalContainerd.adding("rootfs-diff.tar", tar))
    let folders = Conversion.foldersOfBase(in: try Checkpoint.load(path: input))
    #expect(folders == ["var", "var/sub"])
    let root = try ScratchFolder()
    for folder in ["var", "var/sub", "var/gone"] { try makeFolder(root.file(folder)) }
    for name in ["var/old", "var/both", "var/sub/old", "var/gone/x"] {
      try write([9], to: root.file(name))
    }
    let base = try #require(RootFilesystem.list(root.path, folders: folders))
    let out = try published(
      input, Conversion.Request(engine: .criO, base: base), host: .withExample)
    let contents = try Fixtures.contents(out)
    #expect(contents["rootfs-diff.tar"]?.bytes == Sketch.tar(kept))
    #expect(
      contents["deleted.files"]?.bytes
        == Array(#"["/var/gone","/var/old","/var/sub/old","/etc/x"]"#.utf8))
  }

  @Test func anImageThatHasNoIdNeedsAHost() throws {
    let input = try file(Sketch.minimalContainerd)
    guard case .refused(let rules) = try convert(input, Conversion.Request(engine: .podman)) else {
      Issue.record("it was published")
      return
    }
    #expect(rules == ["podman.image-pair"])
    let out = try published(input, Conversion.Request(engine: .podman), host: .withExample)
    let id = Subject(try Checkpoint.load(path: out)).podman?.rootfsImageID
    #expect(id == HostFacts.withExample.images?.first?.id)
  }

  @Test func everyInventedValueIsNamed() throws {
    let input = try Checkpoint.load(path: Fixtures.path("netns-path.tar.gz"))
    let plan = Conversion(input, Conversion.Request(engine: .criO)).plan
    let invented = plan.steps.flatMap(\.evidence).filter { $0.hasPrefix("invented: ") }
    #expect(invented.contains { $0.contains("the id of the pod") })
    #expect(invented.contains { $0.contains("pod's network namespace") })
  }

  /// Nothing in the dump tells what the source of a mount is, unless a file in it is open.
  @Test func bindMountsSayWhatIsKnown() throws {
    var host = HostFacts.withExample
    host.paths.add("/srv/data", .folder)
    let input = try file(
      Sketch.minimalContainerd.setting(
        "spec.dump", "/mounts/1",
        to: #"{"destination":"/etc/app.conf","type":"bind","source":"/srv/app.conf"}"#))
    let request = Conversion.Request(engine: .criO)
    let out = try published(input, request, host: host)
    let binds = try Fixtures.contents(out)["bind.mounts"]?.bytes ?? []
    #expect(
      String(decoding: binds, as: UTF8.self)
        == #"[{"source":"/srv/data","destination":"/data","file_type":"directory","permissions":493}]"#
    )
    let steps = Conversion(try Checkpoint.load(path: input), request, host: host).plan.steps
    #expect(steps.flatMap(\.evidence).contains { $0.hasSuffix("/etc/app.conf") })
    #expect(steps.flatMap(\.evidence).contains { $0.hasPrefix("invented: the permissions") })
  }

  @Test func whatIsLostNeedsLeave() throws {
    let input = try Checkpoint.load(path: Fixtures.path("multi-volume.tar.zst"))
    let plan = Conversion(input, Conversion.Request(engine: .criO)).plan
    #expect(plan.missingPermissions(given: []) == [.lossy])
    let lossy = plan.steps.filter { $0.risk == .lossy }.map(\.action.description)
    #expect(lossy.contains { $0.hasPrefix("remove volumes/") })
  }

  @Test(arguments: ["shell-none.tar", "readonly.tar.gz", "crio-1.37.0dev-runc1.1.5-loop.tar"])
  func masksGoByTheNamesOfTheRuntime(_ name: String) throws {
    let input = Fixtures.path(name)
    let there = try published(input, Conversion.Request(runtime: .crun), to: "there")
    let subject = Subject(try Checkpoint.load(path: there))
    #expect(subject.runtime == .crun)
    #expect(!subject.mounts.all.contains { $0.isMask && $0.key == "/dev/null" })
    let back = try published(there, Conversion.Request(runtime: .runc), to: "back")
    #expect(try Fixtures.contents(back) == Fixtures.contents(input))
  }

  @Test func foldersThatCrunMasksAreRefused() throws {
    let input = Fixtures.path("podman-6.0.0dev-crun1.27.1-loop.tar.zst")
    guard case .refused(let rules) = try convert(input, Conversion.Request(runtime: .runc)) else {
      Issue.record("it was published")
      return
    }
    #expect(rules == ["mnt.ext-key-foreign-runtime"])
    let out = try published(
      input, Conversion.Request(runtime: .runc, permissions: [.unprovenMasks]))
    let mounts = Subject(try Checkpoint.load(path: out)).mounts.all
    let masks = mounts.filter { ["/proc/acpi", "/sys/firmware"].contains($0.path) }
    #expect(masks.count == 2)
    #expect(masks.allSatisfy { $0.isMask && $0.key == nil && $0.filesystem == .tmpfs })
    #expect(Set(masks.map(\.entry.rootDev)).count == 2)
  }

  @Test func sourcesOfMountsMove() throws {
    let input = Fixtures.path("crio-1.37.0dev-runc1.1.5-vol.tar")
    let map = try #require(MountMap("/srv/lab/crio/hostbind/=/data/b"))
    let out = try published(input, Conversion.Request(mounts: [map]))
    let checkpoint = try Checkpoint.load(path: out)
    let sources = Subject(checkpoint).spec?.mounts.filter { $0.isBind }.compactMap(\.source) ?? []
    #expect(sources.filter { $0.hasPrefix("/data/b") } == ["/data/b", "/data/b/f"])
    #expect(!sources.contains { $0.hasPrefix("/srv/lab/crio/hostbind") })
    let binds = try Fixtures.contents(out)["bind.mounts"]?.bytes ?? []
    let text = String(decoding: binds, as: UTF8.self)
    #expect(text.contains(#""/data/b/f""#) && !text.contains("hostbind"))
    let changed = try Fixtures.contents(input).filter { entry in
      try Fixtures.contents(out)[entry.key] != entry.value
    }
    #expect(Set(changed.keys) == ["spec.dump", "bind.mounts"])
  }

  @Test func podmansCopyOfTheSpecificationMovesToo() throws {
    let input = Fixtures.path("multi-volume.tar.zst")
    let map = try #require(MountMap("/srv/ckpt-bind=/elsewhere"))
    let out = try published(input, Conversion.Request(mounts: [map]))
    let subject = Subject(try Checkpoint.load(path: out))
    #expect(subject.spec?.mounts.contains { $0.source == "/elsewhere" } == true)
    let copy = try #require(subject.podman?.spec)
    #expect(String(decoding: copy.bytes, as: UTF8.self).contains("/elsewhere"))
  }

  @Test(
    arguments: [
      ("/a=/b", "/a", "/b"), ("/a=/b", "/a/x", "/b/x"), ("/a/=/b/", "/a/x", "/b/x"),
      ("/a=/b", "/ab", nil), ("/=/root", "/x", "/root/x"), ("/a=/", "/a/x", "/x"),
    ] as [(String, String, String?)])
  func mapsApplyToWholeNames(_ map: String, _ path: String, _ expected: String?) throws {
    let maps = [try #require(MountMap(map))]
    let mount = try file(
      Sketch.minimal.setting("spec.dump", "/mounts/2/source", to: "\"\(path)\""))
    let out = try published(mount, Conversion.Request(mounts: maps))
    let source = Subject(try Checkpoint.load(path: out)).spec?.mounts[2].source
    #expect(source == expected ?? path)
  }

  @Test(arguments: ["a=/b", "/a=b", "/a", "=", "/a="])
  func otherMapsAreNone(_ text: String) { #expect(MountMap(text) == nil) }
}

extension HostFacts {
  /// A host that has the image of the smallest checkpoints.
  fileprivate static var withExample: HostFacts {
    var facts = HostFacts(name: "example", kernel: Kernel(release: "6.1", machine: "x86_64"))
    facts.images = [
      Image(
        id: String(repeating: "d", count: 64), names: ["docker.io/library/example:latest"])
    ]
    return facts
  }
}
