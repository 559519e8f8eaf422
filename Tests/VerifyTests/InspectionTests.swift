import Archive
import CRIUImages
import Checkpoint
import Documents
import Support
import Testing

@testable import Verify

@Suite struct InspectionTests {
  private static let everything: Inspection.Details = [.files, .sockets, .mounts, .secrets]

  private func dump(_ sketch: Sketch, _ details: Inspection.Details = []) throws -> Dump {
    try #require(Inspection(sketch.checkpoint, details: details).dumps.first)
  }

  // MARK: Real archives

  @Test(arguments: Fixtures.names)
  func fixture(_ name: String) throws {
    let checkpoint = try Checkpoint.load(path: Fixtures.path(name))
    let inspection = Inspection(checkpoint, details: Self.everything)
    let dump = try #require(inspection.dumps.first)
    #expect(dump.gaps == [])
    #expect(dump.engine != nil && dump.runtime != nil)
    #expect(dump.container.name != nil && dump.container.image != nil)
    #expect(dump.processes.first?.pid == 1)
    #expect(dump.processes.first?.memory ?? 0 > 0)
    #expect(dump.criu.pageSize == 4096 && dump.criu.machine == "x86-64")
    #expect(dump.sizes.pages > 0 && dump.sizes.images > 0 && dump.sizes.documents > 0)
    #expect(dump.statistics?.pagesWritten ?? 0 > 0)
    #expect(dump.mounts?.contains { $0.source == .root && $0.path == "/" } == true)
    #expect(dump.files?.first?.descriptors.isEmpty == false)
    #expect(try inspection.json() == Inspection(checkpoint, details: Self.everything).json())
    for line in inspection.text.split(separator: "\n", omittingEmptySubsequences: false) {
      #expect(line.last != " ", "\(line)")
    }
  }

  @Test func zombiesAndThreads() throws {
    let checkpoint = try Checkpoint.load(path: Fixtures.path("zombie.tar.gz"))
    let dump = try #require(Inspection(checkpoint).dumps.first)
    #expect(dump.processes.map(\.pid) == [1, 6, 7, 8, 9, 14])
    #expect(dump.processes.map(\.depth) == [0, 1, 1, 1, 1, 2])
    #expect(dump.processes.map(\.threads.count) == [1, 0, 2, 2, 2, 1])
    #expect(dump.processes[1].state == "zombie")
    #expect(dump.processes[1].memory == nil)
  }

  @Test func socketsOfAConnection() throws {
    let checkpoint = try Checkpoint.load(path: Fixtures.path("tcp-established.tar.zst"))
    let dump = try #require(Inspection(checkpoint, details: .sockets).dumps.first)
    #expect(
      dump.sockets?.map(\.summary) == [
        "tcp 127.0.0.1:8080 listen",
        "tcp 127.0.0.1:38814 -> 127.0.0.1:8080 established",
        "tcp 127.0.0.1:8080 -> 127.0.0.1:38814 established",
      ])
  }

  // MARK: Layouts

  static let layouts: [(String, Sketch)] = [
    ("Podman", .minimal), ("CRI-O", .minimalCRIO), ("containerd", .minimalContainerd),
    ("images", .minimalImages), ("Docker", .minimalDocker),
    ("wrapped", Sketch.minimal.wrapped(in: "folder")),
    ("pod", Sketch.minimal.wrapped(in: "folder").adding("pod.options", text: "{}")),
  ]

  @Test(arguments: layouts.map(\.0))
  func layout(_ name: String) throws {
    let sketch = try #require(Self.layouts.first { $0.0 == name }).1
    let dump = try dump(sketch)
    #expect(dump.gaps == [])
    #expect(dump.processes.map(\.name) == ["sh"])
    #expect(dump.namespaces.first { $0.kind == "mnt" }?.isOwn == true)
  }

  @Test func noCheckpoint() {
    #expect(Inspection(Sketch().adding("a", text: "b").checkpoint).dumps.isEmpty)
  }

  // MARK: Damage

  @Test func tellsWhatIsMissing() throws {
    let dump = try dump(
      .minimal.removing("spec.dump", "checkpoint/pstree.img", "checkpoint/files.img"))
    #expect(
      dump.gaps == ["spec.dump is missing", "pstree.img is missing", "files.img is missing"])
    #expect(dump.processes.isEmpty)
    #expect(dump.container.name == "example")
  }

  @Test func tellsWhatIsDamaged() throws {
    let dump = try dump(
      .minimal.replacing("config.dump", text: "{").replacing("checkpoint/core-1.img", [1]))
    #expect(dump.gaps.count == 2, "\(dump.gaps)")
    #expect(dump.gaps.contains { $0.hasPrefix("config.dump is no JSON: ") })
    #expect(dump.gaps.contains { $0.hasPrefix("core-1.img is damaged: ") })
    #expect(dump.processes.map(\.name) == [nil])
    #expect(
      try self.dump(.minimal.removing("checkpoint/pages-1.img")).gaps == ["pages-1.img is missing"])
  }

  /// Every entry absent, empty, and cut in half.
  @Test func anyEntryMayBeDamaged() throws {
    for file in Sketch.family.files {
      let name = file.entry.name.path
      let half = Sketch.family.resizing(name, by: -(file.bytes.count + 1) / 2)
      for sketch in [Sketch.family.removing(name), Sketch.family.replacing(name, []), half] {
        let inspection = Inspection(sketch.checkpoint, details: Self.everything)
        #expect(!inspection.dumps.isEmpty, "\(name)")
        #expect(try !inspection.text.isEmpty && !inspection.json().isEmpty)
      }
    }
  }

  // MARK: Processes

  @Test func everyTaskComesOnceWhateverTheTreeSays() throws {
    let dump = try dump(
      .minimal.tasks { tasks in
        tasks = [
          Sketch.task(1, parent: 0), Sketch.task(5, parent: 6), Sketch.task(6, parent: 5),
          Sketch.task(7, parent: 7), Sketch.task(8, parent: 99), Sketch.task(1, parent: 1),
        ]
      })
    #expect(dump.processes.map(\.pid).sorted() == [1, 1, 5, 6, 7, 8])
  }

  @Test func aDeepTreeIsDrawnWithinATerminal() throws {
    let inspection = Inspection(
      Sketch.minimal.tasks { tasks in
        tasks = (1...5000).map { Sketch.task($0, parent: $0 - 1) }
      }.checkpoint)
    #expect(inspection.dumps[0].processes.last?.depth == 4999)
    #expect(inspection.text.split(separator: "\n").allSatisfy { $0.count < 120 })
  }

  @Test func drawsTrees() {
    #expect(
      treePrefixes([0, 1, 2, 2, 1, 2, 0, 1])
        == ["", "|- ", "|  |- ", "|  `- ", "`- ", "   `- ", "", "`- "])
  }

  // MARK: Files and sockets

  @Test func showsFilesBeyondPaths() throws {
    let sketch = Sketch.sockets.opening(Sketch.fifo(60, path: 2), as: 60)
      .holding(Sketch.descriptor(61, 999, .regular))
    let descriptors = try #require(dump(sketch, .files).files?.first?.descriptors)
    #expect(
      descriptors.map(\.target) == [
        "/dev/null", "pipe:[1001]", "pipe:[1002]",
        "stream socket:[507] -> socket:[508] established",
        "stream socket:[508] -> socket:[507] established", "/dev/null", nil,
      ])
  }

  static let addresses: [([UInt32], String)] = [
    ([0x0100_007F], "127.0.0.1:80"),
    ([0, 0, 0, 0], "[::]:80"),
    ([0, 0, 0, 0x0100_0000], "[::1]:80"),
    ([0, 0, 0xFFFF_0000, 0x0100_007F], "[::ffff:127.0.0.1]:80"),
    ([0xB80D_0120, 0, 0x0000_0100, 0x0100_0000], "[2001:db8::1:0:0:1]:80"),
    ([0x0200_0100, 0x0400_0300, 0x0600_0500, 0x0800_0700], "[1:2:3:4:5:6:7:8]:80"),
    ([0x0000_0100, 0x0400_0300, 0x0600_0500, 0x0800_0700], "[1:0:3:4:5:6:7:8]:80"),
  ]

  @Test(arguments: addresses)
  func address(_ words: [UInt32], _ text: String) {
    #expect(InetAddress(words)?.with(80) == text)
  }

  @Test func noAddress() {
    for count in [0, 2, 3, 5] {
      #expect(InetAddress([UInt32](repeating: 1, count: count)) == nil)
    }
  }

  // MARK: Safety

  /// In `args`, `env`, Podman's copy of them and its command.
  private static let secret: Sketch = .minimal
    .setting("spec.dump", "/process/args", to: #"["sh","hunter2"]"#)
    .setting("spec.dump", "/process/env", to: #"["PASSWORD=hunter2"]"#)
    .setting("config.dump", "/spec/process/args", to: #"["sh","hunter2"]"#)
    .setting("config.dump", "/CreateCommand", to: #"["podman","run","hunter2"]"#)

  @Test func secretsAreShownOnlyWhenAskedFor() throws {
    let checkpoint = Self.secret.checkpoint
    let quiet = Inspection(checkpoint, details: [.files, .sockets, .mounts])
    #expect(try !quiet.text.contains("hunter2") && !quiet.json().contains("hunter2"))
    let open = Inspection(checkpoint, details: .secrets)
    #expect(open.text.contains("Arguments\n  sh\n  hunter2\n"))
    #expect(open.text.contains("Environment\n  PASSWORD=hunter2\n"))
    #expect(try open.json().contains("PASSWORD=hunter2"))
  }

  @Test func textOfTheArchiveIsEscaped() throws {
    let evil = "\u{1B}[2Jname\n"
    let sketch = Sketch.minimal
      .setting("config.dump", "/name", to: #""\u001b[2Jname\n""#)
      .setting("spec.dump", "/process/env", to: #"["\u001b[2Jname\n"]"#)
      .messages(ImageName(.core, 1), CoreEntry.self) { $0[0].tc.comm = utf8(evil) }
      .messages(ImageName(.files), FileEntry.self) { $0[1].reg.name = utf8(evil) }
      .messages(ImageName(.mounts, 13), MntEntry.self) { $0[0].extKey = utf8(evil) }
    let inspection = Inspection(sketch.checkpoint, details: Self.everything)
    #expect(!inspection.text.contains("\u{1B}"))
    #expect(inspection.dumps[0].container.name == #"\x1b[2Jname\x0a"#)
    #expect(inspection.dumps[0].processes[0].name == #"\x1b[2Jname\x0a"#)
  }

  static let sizes: [(Int64, String)] = [
    (0, "0 B"), (1023, "1023 B"), (1024, "1 KiB"), (1536, "1.5 KiB"), (102_400, "100 KiB"),
    (1 << 20, "1 MiB"), (.max, "7.9 EiB"),
  ]

  @Test(arguments: sizes)
  func size(_ bytes: Int64, _ text: String) {
    #expect(humanSize(bytes) == text)
  }
}
