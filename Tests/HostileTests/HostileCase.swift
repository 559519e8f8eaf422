import Archive
import Checkpoint
import Support
import Testing
import Verify

/// An archive that somebody made to do harm, or to be read in two ways, and what is said of it.
///
/// Most are a whole checkpoint, `Sketch.minimal`, and one entry more: whatever is found comes from
/// that entry.
struct HostileCase: Sendable, CustomTestStringConvertible {
  enum Category: String, CaseIterable {
    case name, link, type, size, sparse, extended, compression, document, text, image, bomb
  }

  /// The exit code of `verify`.
  enum Answer: Int32 {
    case restorable = 0
    case findings = 1
    case unreadable = 2
    case unsafe = 3
  }

  var name: String
  var category: Category
  var answer: Answer
  /// The rules that fire as errors or warnings, no others.
  var rules: Set<String>
  var bytes: @Sendable () throws -> [UInt8]

  var testDescription: String { "\(category.rawValue): \(name)" }

  static let all =
    names + links + types + sizes + sparse + extended + compressions + documents + texts + images
    + bombs
}

extension HostileCase.Category {
  /// A whole checkpoint, and then what `add` adds.
  func with(
    _ name: String, _ answer: HostileCase.Answer, _ rules: String...,
    add: @escaping @Sendable (inout TarBuilder) -> Void
  ) -> HostileCase {
    HostileCase(name: name, category: self, answer: answer, rules: Set(rules)) {
      var tar = TarBuilder.checkpoint
      add(&tar)
      tar.end()
      return tar.bytes
    }
  }

  /// A whole checkpoint and one more file, which is empty.
  func file(
    _ name: String, _ path: String, _ answer: HostileCase.Answer, _ rules: String...
  ) -> HostileCase {
    file(name, Array(path.utf8), answer, rules)
  }

  func file(
    _ name: String, _ path: [UInt8], _ answer: HostileCase.Answer, _ rules: [String] = []
  ) -> HostileCase {
    HostileCase(name: name, category: self, answer: answer, rules: Set(rules)) {
      var tar = TarBuilder.checkpoint
      if path.count > 100 { tar.pax([("path", path)]) }
      tar.add(TarBuilder.Header(Array(path.prefix(100))))
      tar.end()
      return tar.bytes
    }
  }

  /// A checkpoint that is not the usual one.
  func sketch(
    _ name: String, _ answer: HostileCase.Answer, _ rules: String...,
    make: @escaping @Sendable (Sketch) -> Sketch
  ) -> HostileCase {
    HostileCase(name: name, category: self, answer: answer, rules: Set(rules)) {
      var tar = TarBuilder()
      tar.add(make(.minimal))
      tar.end()
      return tar.bytes
    }
  }

  /// Any bytes.
  func raw(
    _ name: String, _ answer: HostileCase.Answer, _ rules: String...,
    bytes: @escaping @Sendable () throws -> [UInt8]
  ) -> HostileCase {
    HostileCase(
      name: name, category: self, answer: answer, rules: Set(rules), bytes: bytes)
  }
}

extension TarBuilder {
  /// A whole checkpoint that would restore, without the end marker.
  static let checkpoint: TarBuilder = {
    var tar = TarBuilder()
    tar.add(.minimal)
    return tar
  }()

  mutating func add(_ sketch: Sketch) {
    for file in sketch.files { add(file) }
  }

  mutating func add(_ file: Sketch.File) {
    let isFolder = file.entry.kind == .directory
    let name = file.entry.name.bytes + (isFolder ? [UInt8(ascii: "/")] : [])
    add(
      Header(name, type: isFolder ? "5" : "0", size: Int64(file.bytes.count)), content: file.bytes)
  }

  /// A link of type `1` (hard) or `2`.
  mutating func link(_ name: String, _ type: Character, to target: String) {
    var header = Header(name, type: type)
    header.link = Array(target.utf8)
    add(header)
  }

  mutating func folder(_ name: String) { add(Header(name, type: "5")) }
}
