import Archive
import CRIUImages
import Checkpoint
import Documents
import Support
import SwiftProtobuf
import Testing

@testable import Verify

@Suite struct ComparisonTests {
  private func side(_ sketch: Sketch) throws -> Comparison.Side {
    let digests = EntryDigests()
    var reader = ArchiveReader(entries: sketch.files.map { ($0.entry, $0.bytes) })
    reader.digest(into: digests)
    return Comparison.Side(try Checkpoint.load(reader, path: "sketch.tar"), digests)
  }

  private func compare(_ before: Sketch, _ after: Sketch, showingSecrets: Bool = false) throws
    -> Comparison
  {
    Comparison(try side(before), try side(after), showingSecrets: showingSecrets)
  }

  /// The lines of the sections of one kind, as the text form has them.
  private func lines(_ comparison: Comparison, _ kind: ChangeSection.Kind) -> [String] {
    comparison.sections.filter { $0.kind == kind }.flatMap { section in
      section.changes.map { change in
        ([change.kind.mark, change.name + ":"]
          + [change.fields.map { $0.phrase(in: change.kind) }.joined(separator: ", ")])
          .joined(separator: " ")
      }
    }
  }

  @Test(arguments: Fixtures.names + [Fixtures.image])
  func nothingDiffersFromItself(_ name: String) throws {
    let side = try Comparison.Side(path: Fixtures.path(name))
    let comparison = Comparison(side, side)
    #expect(comparison.answer == .same)
    #expect(comparison.archive == [] && comparison.sections == [])
    #expect(comparison.findings.gone == [] && comparison.findings.new == [])
  }

  // MARK: Entries

  @Test func everyFactOfAnEntryCounts() throws {
    let edits: [((inout Sketch.File) -> Void, String)] = [
      ({ $0.bytes.append(1) }, "size 4096 -> 4097, content differs"),
      ({ $0.bytes[0] ^= 1 }, "content differs"),
      ({ $0.entry.mode = 0o4644 }, "mode 0600 -> 4644"),
      ({ $0.entry.owner = 7 }, "owner 0:0 -> 7:0"),
      ({ $0.entry.modified.seconds = 1 }, "modified 0 s -> 1970-01-01T00:00:01Z"),
      (
        { $0.entry.attributes = [Entry.Attribute(name: "user.a", value: [1])] },
        "attributes differs"
      ),
    ]
    for (edit, phrase) in edits {
      let comparison = try compare(.minimal, Sketch.minimal.editing("checkpoint/pages-1.img", edit))
      #expect(comparison.answer == .different)
      #expect(lines(comparison, .entries) == ["~ checkpoint/pages-1.img: \(phrase)"])
    }
  }

  @Test func addedRemovedAndRenamed() throws {
    let before = Sketch.minimal.adding("a", text: "a").adding("old", text: "same")
    let after = Sketch.minimal.adding("b", text: "b").adding("new", text: "same")
    let found = lines(try compare(before, after), .entries)
    #expect(
      found == [
        "- a: type regular file, size 1, mode 0600, owner 0:0, modified 0 s",
        "~ new: name old -> new",
        "+ b: type regular file, size 1, mode 0600, owner 0:0, modified 0 s",
      ])
  }

  /// Of what is there twice, nobody can say which was renamed.
  @Test func copiesAreNotTakenForRenamed() throws {
    let before = Sketch.minimal.adding("a", text: "1").adding("a", text: "2")
    let after = Sketch.minimal.adding("b", text: "1").adding("c", text: "2")
    let found = lines(try compare(before, after), .entries)
    #expect(found.map { $0.prefix(4) } == ["- a:", "- a:", "+ b:", "+ c:"])
  }

  @Test func copiesOfOneNameCorrespondInOrder() throws {
    let before = Sketch.minimal.adding("a", text: "1").adding("a", text: "2")
    let after = Sketch.minimal.adding("a", text: "1").adding("a", text: "3")
    #expect(lines(try compare(before, after), .entries) == ["~ a: content differs"])
  }

  @Test func filesInsideNestedArchives() throws {
    func sketch(_ size: Int) -> Sketch {
      Sketch.minimal.adding(
        "rootfs-diff.tar", Sketch.tar([Sketch.file("tmp/a", [UInt8](repeating: 1, count: size))]))
    }
    let comparison = try compare(sketch(3), sketch(4))
    #expect(lines(comparison, .nested) == ["~ rootfs-diff.tar: tmp/a: size 3 -> 4"])
  }

  // MARK: Documents

  static let edits: [(String, String, [String])] = [
    ("/ociVersion", #""9""#, ["~ /ociVersion: 1.0.2 -> 9"]),
    ("/process/env", #"["A=hunter2"]"#, ["~ /process/env/0: differs"]),
    ("/process/args", #"["sh","hunter2"]"#, ["~ /process/args/1: differs"]),
    ("/annotations", #"{"a":"hunter2"}"#, ["~ /annotations/a: differs"]),
    ("/unheardOf", #""hunter2""#, ["~ /unheardOf: differs"]),
    (
      "/linux/maskedPaths", #"["/proc/new","/proc/a","/proc/b"]"#,
      [
        "+ /linux/maskedPaths/0: /proc/new"
      ]
    ),
    ("/linux/maskedPaths", #"["/proc/b","/proc/a"]"#, ["~ /linux/maskedPaths: order differs"]),
    ("/linux/maskedPaths", #"["/proc/a"]"#, ["- /linux/maskedPaths/1: /proc/b"]),
    (
      "/mounts", #"[{"destination":"/b","source":"/y"},{"destination":"/c"}]"#,
      [
        "~ /mounts/0/source: /x -> /y", "- /mounts/0: an object of 1 member",
        "+ /mounts/1: an object of 1 member",
      ]
    ),
    ("/process/args", #"[ "sh" , "secret" ]"#, ["~ (whole): spelling differs"]),
  ]

  private static let document: Sketch = .minimal
    .setting("spec.dump", "/ociVersion", to: #""1.0.2""#)
    .setting("spec.dump", "/process/env", to: #"["A=secret"]"#)
    .setting("spec.dump", "/process/args", to: #"["sh","secret"]"#)
    .setting("spec.dump", "/annotations", to: #"{"a":"secret"}"#)
    .setting("spec.dump", "/unheardOf", to: #""secret""#)
    .setting("spec.dump", "/linux/maskedPaths", to: #"["/proc/a","/proc/b"]"#)
    .setting(
      "spec.dump", "/mounts", to: #"[{"destination":"/a"},{"destination":"/b","source":"/x"}]"#)

  @Test(arguments: edits)
  func values(_ pointer: String, _ value: String, _ expected: [String]) throws {
    let after = Self.document.setting("spec.dump", pointer, to: value)
    let comparison = try compare(Self.document, after)
    #expect(lines(comparison, .documents).sorted() == expected.sorted())
    for text in [comparison.text(showingAll: true), try comparison.json()] {
      #expect(!text.contains("hunter2") && !text.contains("secret"))
    }
  }

  @Test func secretsAreShownWhenAskedFor() throws {
    let after = Self.document.setting("spec.dump", "/process/env", to: #"["A=hunter2"]"#)
    let comparison = try compare(Self.document, after, showingSecrets: true)
    #expect(lines(comparison, .documents) == ["~ /process/env/0: A=secret -> A=hunter2"])
    #expect(comparison.text().contains("content sha256:"))
  }

  @Test func brokenDocument() throws {
    let comparison = try compare(.minimal, Sketch.minimal.replacing("spec.dump", text: "{"))
    #expect(
      lines(comparison, .documents).first?.hasPrefix("~ (whole): form JSON -> no JSON") == true)
    #expect(comparison.after.verdict == .notRestorable)
    #expect(!comparison.findings.new.isEmpty && comparison.findings.gone.isEmpty)
  }

  // MARK: The container

  @Test func processesAndWhatTheyMayDo() throws {
    func sketch(_ name: String, _ effectiveUID: UInt32) -> Sketch {
      Sketch.minimal.messages(ImageName(.core, 1), CoreEntry.self) { cores in
        cores[0].tc.comm = utf8(name)
        cores[0].threadCore.creds = CredsEntry.with {
          ($0.uid, $0.gid, $0.euid, $0.egid) = (0, 0, effectiveUID, 0)
          ($0.suid, $0.sgid, $0.fsuid, $0.fsgid, $0.secbits) = (0, 0, 0, 0, 0)
        }
      }
    }
    let found = lines(try compare(sketch("sh", 0), sketch("other", 7)), .processes)
    #expect(found == ["~ 1: name sh -> other, effective uid 0 -> 7"])
  }

  @Test func memoryByTask() throws {
    let after = Sketch.minimal.messages(ImageName(.mm, 1), MmEntry.self) { spaces in
      spaces[0].vmas[0].end += 8192
    }
    let comparison = try compare(.minimal, after)
    let memory = lines(comparison, .memory)
    #expect(memory.count == 1 && memory[0].hasPrefix("~ 1: mapped bytes "), "\(memory)")
    let areas = lines(comparison, .areas)
    #expect(areas.count == 1 && areas[0].contains("size "), "\(areas)")
  }

  @Test func openFilesAndMounts() throws {
    let after = Sketch.minimal
      .messages(ImageName(.files), FileEntry.self) { $0[1].reg.name = utf8("/elsewhere") }
      .messages(ImageName(.mounts, 13), MntEntry.self) { $0[0].root = utf8("/sub") }
    let comparison = try compare(.minimal, after)
    #expect(lines(comparison, .files).contains { $0.contains("-> /elsewhere") })
    #expect(lines(comparison, .mounts).contains { $0.contains("root /null -> /sub") })
  }

  @Test func podsByContainer() throws {
    let pod = Sketch.minimal.wrapped(in: "one").adding("pod.options", text: "{}")
    let other = Sketch.minimal.messages(ImageName(.core, 1), CoreEntry.self) {
      $0[0].tc.comm = utf8("other")
    }.wrapped(in: "one").adding("pod.options", text: "{}")
    #expect(lines(try compare(pod, other), .processes) == ["~ 1: name sh -> other"])
    let more = Sketch.minimal.wrapped(in: "two").files.reduce(pod) { sketch, file in
      sketch.adding(file.entry.name.path, file.bytes, kind: file.entry.kind)
    }
    let comparison = try compare(pod, more)
    #expect(comparison.sections.contains { $0.kind == .processes && $0.part == "two" })
    #expect(!comparison.sections.contains { $0.part == "one" })
  }

  @Test func twoDumpsOfOneWorkload() throws {
    let comparison = Comparison(
      try .init(path: Fixtures.path("shell-none.tar")),
      try .init(path: Fixtures.path("shell-zstd.tar.zst")))
    #expect(comparison.answer == .different)
    // The shell is the same process, its child another; both write to pipes of the same kind.
    #expect(lines(comparison, .processes).map { $0.prefix(4) } == ["- 22", "+ 21"])
    #expect(lines(comparison, .files).allSatisfy { $0.contains("22 fd") || $0.contains("21 fd") })
    #expect(lines(comparison, .entries).contains { $0.contains("checkpoint/fs-22.img -> ") })
  }

  // MARK: Forms

  @Test(arguments: SchemaTests.sketches.keys.sorted())
  func followsSchema(_ name: String) throws {
    let schema = try JSONDocument.parse(bytes(of: Fixtures.project + "/docs/diff.schema.json"))
    let sketch = try #require(SchemaTests.sketches[name])
    for (before, after) in [(Sketch.family, sketch), (sketch, .family)] {
      let comparison = try compare(before, after)
      let document = try JSONDocument.parse(Array(comparison.json().utf8))
      #expect(Schema(root: schema.root).violations(of: document.root) == [])
      #expect(try comparison.json() == compare(before, after).json())
    }
  }

  @Test func schemaRefusesOtherDocuments() throws {
    let schema = try JSONDocument.parse(bytes(of: Fixtures.project + "/docs/diff.schema.json"))
    let other = try JSONDocument.parse(
      Array(#"{"answer":"maybe","sections":[{"kind":"x"}],"more":1}"#.utf8))
    #expect(Schema(root: schema.root).violations(of: other.root).count > 6)
  }

  @Test func hostileNamesAreEscaped() throws {
    let evil = "\u{1B}[2J\n<script>"
    let after = Sketch.minimal.adding(evil, text: "x")
      .setting("spec.dump", "/annotations", to: #"{"\u001b[2J\n":"x"}"#)
      .messages(ImageName(.core, 1), CoreEntry.self) { $0[0].tc.comm = utf8(evil) }
    let comparison = try compare(.minimal, after)
    for text in [comparison.text(showingAll: true), try comparison.json()] {
      #expect(!text.contains("\u{1B}"))
    }
    #expect(comparison.text().contains(#"+ \x1b[2J\x0a<script>"#))
  }
}
