import CRIUImages
import Checkpoint
import SwiftProtobuf

/// A field that names something by a number, and where that must be found: a row of the reference
/// graph (criu-images.md, §3). Rules are generated from rows; several rows may make one rule.
struct Reference: Sendable {
  /// A number, and whose number it is where that matters: a descriptor is one of a task's.
  struct Key: Hashable, Sendable {
    var number: UInt64
    var scope: UInt64

    init(_ number: some BinaryInteger) { self.init(number, in: 0) }

    init(_ number: some BinaryInteger, in scope: some BinaryInteger) {
      self.number = UInt64(truncatingIfNeeded: number)
      self.scope = UInt64(truncatingIfNeeded: scope)
    }
  }

  /// One place that names something.
  struct Use: Sendable {
    var location: Location
    var key: Key
    /// Whose number it is, in words that follow the number.
    var owner = ""
  }

  /// What a field must name.
  struct Target: Sendable {
    /// In the singular, with its article.
    let name: String
    /// The image that lists them, if one image does.
    var holder: ImageType?
    /// The images that list them, if there may be several.
    var holders: ImageType?
    let keys: @Sendable (Subject) -> Set<Key>
  }

  /// The message and field, as the schema calls them.
  let field: String
  /// The image in which the field is.
  let source: ImageType
  let target: Target
  /// In place of the rule's.
  var consequence: Consequence?
  let uses: @Sendable (Subject) -> [Use]

  /// A field of a message that is a record of its image. `keys` makes none where the field means
  /// nothing.
  static func record<M: Message>(
    _ field: String, of source: ImageType, _ type: M.Type = M.self, names target: Target,
    consequence: Consequence? = nil, keys: @escaping @Sendable (M, Subject) -> [Key]
  ) -> Reference {
    Reference(field: field, source: source, target: target, consequence: consequence) { subject in
      subject.messages(source, M.self).flatMap { location, message in
        keys(message, subject).map { Use(location: location, key: $0) }
      }
    }
  }

  /// A field of one kind of open file.
  static func file<M: FileContent>(
    _ field: String, _ type: M.Type = M.self, names target: Target,
    consequence: Consequence? = nil, keys: @escaping @Sendable (M, Subject) -> [Key]
  ) -> Reference {
    Reference(field: field, source: .files, target: target, consequence: consequence) { subject in
      subject.openFiles.all(M.self).flatMap { record, content in
        keys(content, subject).map {
          Use(location: subject.location(ImageName(.files), record), key: $0)
        }
      }
    }
  }
}

extension Subject {
  /// The messages of every image of a type that CRIU reads.
  func messages<M: Message>(_ type: ImageType, _ message: M.Type = M.self) -> [(Location, M)] {
    imagesOfTypeRead(type).flatMap { image in
      image.messages(M.self).map { (location(image.name, $0), $1) }
    }
  }

  func imagesOfTypeRead(_ type: ImageType) -> [DecodedImage] {
    checkpoint.images.all(type).filter { imagesRead.names.contains($0.name) }
  }

  func location(_ name: ImageName, _ record: ImageRecord) -> Location {
    .record(checkpoint.path(of: name), record.index, offset: record.offset)
  }

  func location(_ name: ImageName) -> Location { .entry(checkpoint.path(of: name)) }

  /// The record of an image of one message, or the file if it has none.
  func firstRecord(of name: ImageName) -> Location {
    checkpoint.images[name]?.records.first.map { location(name, $0) } ?? location(name)
  }
}

// MARK: - Rules

extension Rule {
  /// A rule made of its rows of the reference table.
  init(
    references id: String, consequence: Consequence = .refused, stage: Stage, title: String,
    why: String,
    remedy: Remedy, examples: [Example]
  ) {
    let rows = Reference.rows(of: id)
    let usesFiles = rows.contains { $0.source == .files || $0.target.holder == .files }
    self.init(
      id: id, consequence: consequence, stage: stage, title: title, why: why, remedy: remedy,
      needs: [.wholeArchive, .images] + (usesFiles ? [.image(.files)] : []), examples: examples
    ) { subject, findings in
      for row in rows { row.check(subject, &findings) }
    }
  }
}

extension Findings {
  /// Says that images of a type could not be judged, or only in part. Their absence says nothing.
  mutating func noteUnreadable(_ type: ImageType, _ subject: Subject) {
    for image in subject.imagesOfTypeRead(type) where image.fault != nil {
      notChecked("\(image.name) is not readable")
    }
  }
}

extension Reference {
  fileprivate func check(_ subject: Subject, _ findings: inout Findings) {
    findings.noteUnreadable(source, subject)
    let uses = uses(subject)
    guard let first = uses.first, canJudge(subject, first, count: uses.count, &findings) else {
      return
    }
    let keys = target.keys(subject)
    for use in uses where !keys.contains(use.key) {
      let known = keys.lazy.filter { $0.scope == use.key.scope }.map(\.number).sorted()
      findings.report(
        use.location, "\(field) is \(use.key.number)\(use.owner), but that is not \(target.name)",
        have: .unsigned(use.key.number), need: .text(target.name),
        evidence: ["field": .text(field), "known": .list(known.prefix(16).map { "\($0)" })],
        consequence: consequence)
    }
  }

  /// Whether the image that lists the targets can be asked. That it is missing is one finding,
  /// whatever the number of fields that need it.
  private func canJudge(
    _ subject: Subject, _ first: Use, count: Int, _ findings: inout Findings
  ) -> Bool {
    if let holders = target.holders {
      let damaged = subject.imagesOfTypeRead(holders).filter { $0.fault != nil }
      for image in damaged { findings.notChecked("\(image.name) is not readable") }
      return damaged.isEmpty
    }
    guard let holder = target.holder else { return true }
    let name = ImageName(holder)
    guard let image = subject.checkpoint.images[name] else {
      findings.report(
        subject.location(name),
        "\(name) is missing, but \(field) needs it (\(count) times, first in \(first.location))",
        have: "missing", need: .text(target.name), evidence: ["uses": .number(Int64(count))],
        consequence: consequence)
      return false
    }
    if image.fault != nil {
      findings.notChecked("\(name) is not readable")
    } else if image.records.isEmpty {
      findings.notChecked("\(name) has no entry")
    } else {
      return true
    }
    return false
  }
}
