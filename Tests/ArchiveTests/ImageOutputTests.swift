import Foundation
import Glibc
import Support
import Testing

@testable import Archive

@Suite("An image")
struct ImageOutputTests {
  static let layers: [Compression] = [.none, .gzip, .zstd]
  private static let entries: [(name: String, bytes: [UInt8])] = [
    ("spec.dump", Array("{}".utf8)), ("checkpoint/pages-1.img", pattern(300_000)),
  ]
  private static let tag = "localhost/c:v1"

  /// The processor of this machine, in Go's words: skopeo chooses by it.
  private static let architecture = {
    var names = utsname()
    uname(&names)
    let machine = withUnsafeBytes(of: names.machine) {
      String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
    }
    return ["x86_64": "amd64", "aarch64": "arm64"][machine] ?? machine
  }()

  private func description(hasIndex: Bool) -> ImageDescription {
    ImageDescription(
      architecture: Self.architecture, annotations: ["org.example/a": "1", "b": "\"2\""],
      indexAnnotations: hasIndex ? ["c": "3"] : nil)
  }

  private func open(
    _ path: String, _ form: ImageReference.Form, layer: Compression, tag: String? = tag,
    allowingUnnamed: Bool = true
  ) throws -> Output {
    var output = try Output(
      path: path, form: .image(form, tag: tag, layer: layer), level: nil, threads: 2,
      allowingUnnamed: allowingUnnamed)
    for (name, bytes) in Self.entries { try output.add(name, .file, bytes) }
    return output
  }

  private func make(
    _ path: String, _ form: ImageReference.Form, layer: Compression, tag: String? = tag,
    hasIndex: Bool = false, allowingUnnamed: Bool = true
  ) throws {
    var output = try open(
      path, form, layer: layer, tag: tag, allowingUnnamed: allowingUnnamed)
    try output.end()
    try output.describe(description(hasIndex: hasIndex))
    try output.publish()
  }

  private func contents(of bytes: [UInt8]) throws -> [[UInt8]] {
    let outcome = read(bytes)
    #expect(outcome.isClean)
    #expect(outcome.names == Self.entries.map(\.name))
    return outcome.reads.map(\.bytes)
  }

  private func json(_ bytes: [UInt8]) throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: Data(bytes)) as? [String: Any])
  }

  private func descriptor(_ value: Any?) throws -> (digest: String, size: Int, type: String) {
    let value = try #require(value as? [String: Any])
    return (
      try #require(value["digest"] as? String), try #require(value["size"] as? Int),
      try #require(value["mediaType"] as? String)
    )
  }

  /// Every file of the image by name, from the folder or the tar.
  private func files(_ path: String, _ form: ImageReference.Form) throws -> [String: [UInt8]] {
    // Our own reader would show the layer.
    if form == .archive {
      let reads = read(try bytes(of: path)).reads.filter { $0.entry.kind == .file }
      return Dictionary(uniqueKeysWithValues: reads.map { ($0.entry.name.path, $0.bytes) })
    }
    var result: [String: [UInt8]] = [:]
    for name in try FileManager.default.subpathsOfDirectory(atPath: path) {
      result[name] = try? bytes(of: "\(path)/\(name)")
    }
    return result
  }

  @Test("is a layout as the specification says", arguments: layers, [false, true])
  func layout(layer: Compression, hasIndex: Bool) throws {
    let folder = try TemporaryFolder()
    try make(folder("out"), .layout, layer: layer, hasIndex: hasIndex)
    #expect(folder.names == ["out"])
    let files = try files(folder("out"), .layout)
    #expect(files.count == (hasIndex ? 6 : 5))
    for (name, bytes) in files where name.hasPrefix("blobs/") {
      #expect("blobs/sha256/\(SHA256.digest(of: bytes).dropFirst(7))" == name)
      #expect(try folder.status("out/\(name)").st_mode == S_IFREG | 0o600)
    }
    for name in ["out", "out/blobs", "out/blobs/sha256"] {
      #expect(try folder.status(name).st_mode == S_IFDIR | 0o700)
    }
    func blob(_ value: Any?) throws -> [UInt8] {
      let (digest, size, _) = try descriptor(value)
      let bytes = try #require(files["blobs/sha256/\(digest.dropFirst(7))"])
      #expect(bytes.count == size)
      return bytes
    }
    #expect(files["oci-layout"] == Array(#"{"imageLayoutVersion":"1.0.0"}"#.utf8))
    var index = try json(#require(files["index.json"]))
    var top = try #require((index["manifests"] as? [[String: Any]])?.first)
    #expect(
      top["annotations"] as? [String: String] == ["org.opencontainers.image.ref.name": Self.tag])
    if hasIndex {
      index = try json(blob(top))
      #expect(index["annotations"] as? [String: String] == ["c": "3"])
      top = try #require((index["manifests"] as? [[String: Any]])?.first)
    }
    #expect(
      top["platform"] as? [String: String] == ["architecture": Self.architecture, "os": "linux"])
    let manifest = try json(blob(top))
    #expect(manifest["annotations"] as? [String: String] == ["org.example/a": "1", "b": "\"2\""])
    let config = try json(blob(manifest["config"]))
    let stored = try blob((manifest["layers"] as? [Any])?.first)
    #expect(Compression.recognise(stored) == layer)
    #expect(try contents(of: stored) == Self.entries.map(\.bytes))
    let plain = try ArchiveBytes.make(
      Self.entries.map {
        (Entry(name: EntryName($0.name), kind: .file, size: Int64($0.bytes.count)), $0.bytes)
      })
    let roots = try #require(config["rootfs"] as? [String: Any])
    #expect(roots["diff_ids"] as? [String] == [SHA256.digest(of: plain)])
    #expect(config["architecture"] as? String == Self.architecture)
  }

  @Test("is the same as a tar, small files first", arguments: layers, [false, true])
  func archive(layer: Compression, hasIndex: Bool) throws {
    let folder = try TemporaryFolder()
    try make(folder("out"), .layout, layer: layer, hasIndex: hasIndex)
    try make(folder("out.tar"), .archive, layer: layer, hasIndex: hasIndex)
    #expect(folder.names == ["out", "out.tar"])
    #expect(try folder.status("out.tar").st_mode == S_IFREG | 0o600)
    #expect(try files(folder("out"), .layout) == files(folder("out.tar"), .archive))
    let reads = try read(folder.contents("out.tar")).reads
    #expect(reads.prefix(2).map(\.entry.name.path) == ["oci-layout", "index.json"])
    let last = try #require(reads.last)
    #expect(try contents(of: last.bytes) == Self.entries.map(\.bytes))
    for read in reads {
      let entry = read.entry
      #expect(entry.mode == 0o600 && entry.owner == 0 && entry.modified.seconds == 0)
    }
    try make(
      folder("again.tar"), .archive, layer: layer, hasIndex: hasIndex, allowingUnnamed: false)
    #expect(try folder.contents("again.tar") == folder.contents("out.tar"))
  }

  @Test("can be read before it is described", arguments: ImageReference.Form.allCases)
  func reading(form: ImageReference.Form) throws {
    let folder = try TemporaryFolder()
    var output = try open(folder("out"), form, layer: .gzip)
    try output.end()
    for _ in 0..<2 {
      let outcome = outcome { () throws(ArchiveError) in try output.reader() }
      #expect(outcome.reads.map(\.bytes) == Self.entries.map(\.bytes))
    }
    try output.describe(description(hasIndex: false))
    #expect(throws: ArchiveError.self) { try output.describe(description(hasIndex: false)) }
  }

  @Test("is absent unless it is described", arguments: ImageReference.Form.allCases, [true, false])
  func absent(form: ImageReference.Form, allowingUnnamed: Bool) throws {
    let folder = try TemporaryFolder()
    for steps in 0..<4 {
      var output = try open(
        folder("out"), form, layer: .zstd, allowingUnnamed: allowingUnnamed)
      if steps == 1 { try output.begin(Entry(name: EntryName("g"), kind: .file, size: 5)) }
      if steps > 1 { try output.end() }
      if steps > 2 { try output.describe(description(hasIndex: true)) }
      if steps == 2 {
        do throws(ArchiveError) {
          try output.publish()
          Issue.record("it was published")
        } catch {}
      } else {
        _ = consume output
      }
      #expect(folder.names.isEmpty)
    }
  }

  @Test("has a tag that can be written in a reference")
  func tags() throws {
    for tag in ["a", "v1.0", "localhost/a_b-c:latest", "0"] { #expect(ImageReference.isTag(tag)) }
    for tag in ["", "-a", "a b", "a\n", "é", "a@b"] { #expect(!ImageReference.isTag(tag)) }
    let folder = try TemporaryFolder()
    for form in ImageReference.Form.allCases {
      #expect(throws: ArchiveError.self) {
        _ = try open(folder("out"), form, layer: .none, tag: "a b")
      }
      #expect(throws: ArchiveError.self) { _ = try open(folder("out"), form, layer: .xz) }
    }
    #expect(folder.names.isEmpty)
  }

  @Test(
    "is what skopeo reads", .enabled(if: Tool.skopeo.exists, "skopeo is not installed"),
    arguments: layers, [false, true])
  func skopeo(layer: Compression, hasIndex: Bool) throws {
    for form in ImageReference.Form.allCases {
      let folder = try TemporaryFolder()
      try make(folder("out"), form, layer: layer, tag: "v1", hasIndex: hasIndex)
      let files = try files(folder("out"), form)
      let name = "\(form.rawValue):\(folder("out")):v1"
      let top = try Tool.skopeo.run("inspect", "--raw", name)
      #expect(top.status == 0, "\(top.errors)")
      #expect(files.values.contains(top.output))
      let config = try Tool.skopeo.run("inspect", "--config", "--raw", name)
      #expect(config.status == 0, "\(config.errors)")
      #expect(files.values.contains(config.output))
      // skopeo checks every digest on the way, the unpacked layer's included.
      let copied = try Tool.skopeo.run(
        "copy", "--insecure-policy", "--all", name, "dir:\(folder("copy"))")
      #expect(copied.status == 0, "\(copied.errors)")
      let copy = try Fixtures.contents(folder("copy"))
      for (name, bytes) in files where name.hasPrefix("blobs/sha256/") {
        let digest = String(name.dropFirst("blobs/sha256/".count))
        let found = copy.first { $0.key == digest || $0.value.bytes == bytes }
        #expect(found?.value.bytes == bytes, "\(copy.keys)")
      }
    }
  }
}
