import Archive
import CRIUImages
import Checkpoint
import Support
import SwiftProtobuf
import Verify

/// A small archive, whose bits are turned over one at a time, and what each of its bytes is.
struct Flips {
  /// What a byte is for.
  enum Role: String, CaseIterable {
    case header, checksum, padding, document, image, nested, pages, endMarker = "end marker"
  }

  let bytes: [UInt8]
  let roles: [Role]
  /// Where the nested archives lie.
  private let nested: [Range<Int>]
  private let whole: Portrait

  init() throws {
    var tar = TarBuilder()
    var roles: [Role] = []
    var nested: [Range<Int>] = []
    for file in Sketch.minimal.files {
      tar.add(file)
      roles += (0..<512).map { (148..<156).contains($0) ? .checksum : .header }
      if Self.role(of: file.entry.name.path) == .nested {
        nested.append(roles.count..<roles.count + file.bytes.count)
      }
      roles += file.bytes.map { _ in Self.role(of: file.entry.name.path) }
      roles += [Role](repeating: .padding, count: tar.bytes.count - roles.count)
    }
    tar.end()
    roles += [Role](repeating: .endMarker, count: tar.bytes.count - roles.count)
    bytes = tar.bytes
    self.roles = roles
    self.nested = nested
    whole = try Portrait(bytes, nested)
  }

  private static func role(of path: String) -> Role {
    if path.hasSuffix("pages-1.img") { return .pages }
    if path.hasSuffix(".tar") || path.hasSuffix(".gz.img") { return .nested }
    return path.hasSuffix(".img") ? .image : .document
  }

  enum Answer: String, CaseIterable {
    /// Damage is found.
    case found
    /// Nothing is found, and nothing is changed that any reader looks at.
    case same = "restorable, same meaning"
    /// Nothing is found: another value that is as possible as the one before.
    case other = "restorable, another value"
  }

  /// What is said when one bit, counted from the start, is turned over.
  func answer(bit: Int) throws -> Answer {
    var copy = bytes
    copy[bit / 8] ^= 1 << UInt8(bit % 8)
    let portrait = try Portrait(copy, nested)
    if portrait.verdict != .restorable { return .found }
    // Every byte of a document counts: it is written without blanks.
    if roles[bit / 8] == .document { return .other }
    return portrait == whole ? .same : .other
  }
}

/// Whatever a restore takes from an archive but bulk.
private struct Portrait: Equatable {
  var verdict: Verdict
  private var entries: [String]
  private var images: [String]

  init(_ bytes: [UInt8], _ nested: [Range<Int>]) throws {
    let report = try CorpusTests.report(bytes)
    verdict = report.verdict
    (entries, images) = ([], [])
    guard verdict == .restorable else { return }
    let checkpoint = try Checkpoint.load(ArchiveReader(bytes: bytes), path: "sample")
    for stored in checkpoint.entries {
      entries.append(
        "\(stored.path) \(stored.entry.kind) \(stored.entry.size) \(stored.entry.mode)")
      guard case .image(let image) = stored.content else { continue }
      images.append("\(try image.records.map { try $0.message.serializedBytes() as [UInt8] })")
    }
    // Unpacked: a bit of a compressed stream may mean nothing.
    for range in nested {
      var reader = try ArchiveReader(bytes: Array(bytes[range]))
      while let entry = try reader.next() {
        var content: [UInt8] = []
        while let chunk = try reader.nextChunk() { content += chunk }
        entries.append("\(entry) \(content)")
      }
    }
  }
}
