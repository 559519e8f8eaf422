import Glibc
import Support
import Testing

@testable import Archive

@Suite("An OCI image")
struct ImageReadingTests {
  /// A tar of these files; a name that ends in a slash is a folder.
  private static func layer(_ names: String..., content: [UInt8] = [7]) -> [UInt8] {
    var tar = TarBuilder()
    for name in names {
      if name.hasSuffix("/") {
        tar.add(TarBuilder.Header(name, type: "5"))
      } else {
        tar.file(name, content: content)
      }
    }
    tar.end(blocks: 2)
    return tar.bytes
  }

  fileprivate static func layout(_ layers: [UInt8]..., unpacked: [[UInt8]]? = nil) throws -> Layout
  {
    var layout = Layout()
    try layout.index([layout.image(layers, unpacked: unpacked, tag: "a:1")])
    return layout
  }

  /// Both forms of a layout, read.
  private func outcomes(_ layout: Layout) throws -> [Outcome] {
    let folder = try TemporaryFolder()
    try layout.write(to: folder)
    let files = try TemporaryFolder()
    try files.makeFile("image.tar", layout.tar())
    try files.makeFile("folders.tar", layout.tar(withFolders: true))
    return [folder.path, files("image.tar"), files("folders.tar")].map { path in
      outcome { () throws(ArchiveError) in try ArchiveReader(path: path) }
    }
  }

  @Test("is read as the archive in it, plain or compressed", arguments: Compression.allCases)
  func read(compression: Compression) throws {
    let tar = Self.layer("config.dump", "checkpoint/", "checkpoint/inventory.img")
    let layout = try Self.layout(compress(tar, compression), unpacked: [tar])
    for outcome in try outcomes(layout) {
      #expect(outcome.names == ["config.dump", "checkpoint", "checkpoint/inventory.img"])
      #expect(outcome.reads[0].bytes == [7])
      #expect(outcome.isClean, "\(outcome)")
    }
  }

  @Test("says what it is")
  func description() throws {
    let folder = try TemporaryFolder()
    try Self.layout(Self.layer("f")).write(to: folder)
    let reader = try ArchiveReader(path: "oci:\(folder.path):a:1")
    #expect(reader.form == .image)
    #expect(
      reader.image == StoredImage(annotations: ["k": "v"], tag: "a:1", architecture: "amd64"))
  }

  @Test("shows what its layers come to together")
  func merged() throws {
    let layout = try Self.layout(
      Self.layer("d/", "d/low", "d/both", "gone", "tree/", "tree/leaf", "e/", "e/low", "f/", "f/x"),
      Self.layer("d/both", ".wh.gone", ".wh.tree", "e/", "e/.wh..wh..opq", "e/new", "f"),
      Self.layer("tree", "top"))
    for outcome in try outcomes(layout) {
      #expect(
        outcome.names == ["tree", "top", "d/both", "e", "e/new", "f", "d", "d/low"], "\(outcome)")
    }
  }

  /// What is wrong with a layout, and the words that must tell it.
  struct Fault: CustomTestStringConvertible {
    var testDescription: String
    var words: String
    var make: @Sendable () throws -> Layout
  }

  private static let big = String(repeating: "x", count: 9 << 20)

  static let faults = [
    Fault(testDescription: "a byte of the layer changed", words: "layer 1 of 1 has another digest")
    {
      var layout = try Self.layout(layer("f", content: pattern(2000)))
      for (name, bytes) in layout.files where bytes.count > 2000 {
        layout.files[name]?[600] ^= 1
      }
      return layout
    },
    Fault(testDescription: "the layer shorter", words: "another size") {
      var layout = try Self.layout(layer("f", content: pattern(2000)))
      for (name, bytes) in layout.files where bytes.count > 2000 { layout.files[name]? += [0] }
      return layout
    },
    Fault(testDescription: "the layer missing", words: "is not in the image") {
      var layout = try Self.layout(layer("f", content: pattern(2000)))
      for (name, bytes) in layout.files where bytes.count > 2000 { layout.files[name] = nil }
      return layout
    },
    Fault(testDescription: "another unpacked digest", words: "unpacked, has another digest") {
      try Self.layout(layer("f"), unpacked: [layer("g")])
    },
    Fault(testDescription: "a digest of another kind", words: "no digest of SHA-256") {
      var layout = Layout()
      try layout.index([
        ["digest": "sha256:../../../../etc/passwd", "size": 1, "mediaType": "x"]
      ])
      return layout
    },
    Fault(testDescription: "an index that is no JSON", words: "index.json is not the JSON") {
      var layout = try Self.layout(layer("f"))
      layout.files["index.json"] = Array("{".utf8)
      return layout
    },
    Fault(testDescription: "a huge index", words: "too large") {
      var layout = try Self.layout(layer("f"))
      layout.files["index.json"] = Array(big.utf8)
      return layout
    },
    Fault(testDescription: "no layer", words: "no layer") {
      var layout = Layout()
      try layout.index([layout.image([])])
      return layout
    },
    Fault(testDescription: "fewer unpacked digests than layers", words: "disagree") {
      try Self.layout(layer("f"), layer("g"), unpacked: [layer("f")])
    },
    Fault(testDescription: "too many layers", words: "too many layers") {
      var layout = Layout()
      try layout.index([layout.image(Array(repeating: layer("f"), count: 129))])
      return layout
    },
  ]

  @Test("that is damaged says what and where", arguments: faults)
  func damaged(fault: Fault) throws {
    for outcome in try outcomes(fault.make()) {
      let damage = try #require(outcome.damage)
      #expect("\(damage)".contains(fault.words), "\(damage)")
    }
  }

  @Test("is chosen by its tag where there are several")
  func tags() throws {
    var layout = Layout()
    try layout.index([
      layout.image([Self.layer("one")], tag: "first"),
      layout.image([Self.layer("two")], tag: "second"),
      layout.document(["note": "no image"], type: "manifest", os: "unknown"),
    ])
    let folder = try TemporaryFolder()
    try layout.write(to: folder)
    func names(_ path: String) -> [String] {
      outcome { () throws(ArchiveError) in try ArchiveReader(path: path) }.names
    }
    #expect(names("oci:\(folder.path):first") == ["one"])
    #expect(names("oci:\(folder.path):second") == ["two"])
    for path in [folder.path, "oci:\(folder.path):third"] {
      let error = #expect(throws: ArchiveError.self) { _ = try ArchiveReader(path: path).form }
      #expect("\(try #require(error))".contains("tags: first, second"))
    }
  }

  @Test("may be behind one more index")
  func index() throws {
    var layout = Layout()
    let image = try layout.image([Self.layer("f")])
    let inner = try layout.document(
      ["schemaVersion": 2, "manifests": [image], "annotations": ["on": "index"]], type: "index")
    try layout.index([inner])
    let folder = try TemporaryFolder()
    try layout.write(to: folder)
    let reader = try ArchiveReader(path: folder.path)
    #expect(reader.image?.indexAnnotations == ["on": "index"])
  }

  @Test("is refused on a pipe, and where a reference names something else")
  func refusals() throws {
    let folder = try TemporaryFolder()
    try folder.makeFile("image.tar", Self.layout(Self.layer("f")).tar())
    try folder.makeFile("plain.tar", TarBuilder.small)
    try folder.makeFolder("tree")
    for path in ["oci-archive:\(folder("plain.tar"))", "oci:\(folder("tree"))"] {
      let error = #expect(throws: ArchiveError.self) { _ = try ArchiveReader(path: path).form }
      #expect("\(try #require(error))".contains("no OCI image"))
    }
  }

  @Test("hides nothing behind a link in its folder")
  func links() throws {
    let folder = try TemporaryFolder()
    try Self.layout(Self.layer("f")).write(to: folder)
    try #require(rename(folder("blobs/sha256"), folder("elsewhere")) == 0)
    try #require(symlink(folder("elsewhere"), folder("blobs/sha256")) == 0)
    let outcome = outcome { () throws(ArchiveError) in try ArchiveReader(path: folder.path) }
    #expect("\(try #require(outcome.damage))".contains("is not in the image"))
  }

  @Test(
    "is named as skopeo names it",
    arguments: [
      ("oci:d", ImageReference(form: .layout, path: "d")),
      ("oci:/a/b:t:1", ImageReference(form: .layout, path: "/a/b", tag: "t:1")),
      ("oci-archive:f.tar:x", ImageReference(form: .archive, path: "f.tar", tag: "x")),
      ("f.tar", nil), ("docker:x", nil),
    ])
  func reference(text: String, expected: ImageReference?) {
    #expect(ImageReference(text) == expected)
  }
}
