import Archive
import CRIUImages
import Checkpoint
import Documents
import SwiftProtobuf

/// A change inside an entry that leaves all its other bytes as they are.
public enum Edit: Sendable, Hashable, Codable {
  /// Removes the element or member at a JSON pointer (RFC 6901).
  case remove(pointer: String)
  /// Puts a JSON text in the place of the value at a pointer, or adds it as a member of the object
  /// above.
  case set(pointer: String, json: String)
  /// Adds a JSON text to the end of the array at a pointer.
  case append(pointer: String, json: String)
  /// Removes a record of an image: its index, the offset of its size word, and its length with it.
  case cut(record: Int, offset: UInt64, length: UInt64)
  /// Puts a record in the place of another: its index, the offset and length as they are, and the
  /// new bytes with their size word.
  case replace(record: Int, offset: UInt64, length: UInt64, with: Content)
}

extension Edit: CustomStringConvertible {
  public var description: String {
    switch self {
    case .remove(let pointer): "remove \(Escape.text(pointer))"
    case .set(let pointer, _): "set \(Escape.text(pointer))"
    case .append(let pointer, _): "add to \(Escape.text(pointer))"
    case .cut(let record, _, _): "remove record \(record)"
    case .replace(let record, _, _, _): "change record \(record)"
    }
  }
}

extension [Edit] {
  /// The bytes with all the edits made at once; nil if they do not fit the bytes.
  func applied(to bytes: [UInt8]) -> [UInt8]? {
    var ranges: [(Range<Int>, [UInt8])] = []
    var changes: [JSONEdit] = []
    var document: JSONDocument?
    for edit in self {
      if let (offset, length, new) = edit.record {
        let (end, overflow) = offset.addingReportingOverflow(length)
        guard !overflow, end <= UInt64(bytes.count) else { return nil }
        ranges.append((Int(offset)..<Int(end), new))
      } else {
        document = document ?? (try? JSONDocument.parse(bytes))
        guard let change = document.flatMap(edit.change) else { return nil }
        changes.append(change)
      }
    }
    if let document {
      // A file is either a document or an image.
      return ranges.isEmpty ? try? document.applying(changes) : nil
    }
    return bytes.replacing(ranges)
  }
}

extension Edit {
  /// For an edit of a record: where it is, and what takes its place.
  fileprivate var record: (offset: UInt64, length: UInt64, new: [UInt8])? {
    switch self {
    case .cut(_, let offset, let length): (offset, length, [])
    case .replace(_, let offset, let length, let content): (offset, length, content.bytes)
    case .remove, .set, .append: nil
    }
  }

  /// The message that takes the place of one, if this edit replaces its record.
  fileprivate func message(inPlaceOf message: any Message, at index: Int) -> (any Message)? {
    guard case .replace(index, _, _, let content) = self else { return nil }
    // The size word is before the message.
    return try? type(of: message).init(
      serializedBytes: Array(content.bytes.dropFirst(4)), partial: true)
  }

  fileprivate func change(of document: JSONDocument) -> JSONEdit? {
    switch self {
    case .cut, .replace: return nil
    case .remove(let pointer): return document.value(at: pointer).map(JSONEdit.remove)
    case .set(let pointer, let json):
      guard let content = Self.content(json) else { return nil }
      if let value = document.value(at: pointer) { return .replace(value, with: content) }
      return document.place(of: pointer).map { .set($0.name, to: content, in: $0.object) }
    case .append(let pointer, let json):
      guard let content = Self.content(json), let array = document.value(at: pointer),
        array.kind == .array
      else { return nil }
      return .append(content, to: array)
    }
  }

  private static func content(_ json: String) -> JSONContent? {
    (try? JSONDocument.parse(Array(json.utf8)).root).map(JSONContent.copy)
  }
}

extension [UInt8] {
  /// The bytes with others in the place of these ranges; nil if two of them overlap.
  fileprivate func replacing(_ ranges: [(Range<Int>, [UInt8])]) -> [UInt8]? {
    var result: [UInt8] = []
    var kept = 0
    for (range, new) in ranges.sorted(by: { $0.0.lowerBound < $1.0.lowerBound }) {
      guard range.lowerBound >= kept else { return nil }
      result += self[kept..<range.lowerBound] + new
      kept = range.upperBound
    }
    return result + self[kept...]
  }
}

extension StoredEntry {
  /// What the entry will be once it is edited, as far as it was read; itself where that is not far
  /// enough.
  func edited(_ edits: [Edit]) -> StoredEntry {
    switch content {
    case .document(let document):
      guard let bytes = (try? document.result.get())?.bytes, let new = edits.applied(to: bytes)
      else { return self }
      return StoredEntry.read(path, bytes: new, as: entry)
    case .image(let image):
      let cut = Set(
        edits.compactMap { if case .cut(let record, _, _) = $0 { record } else { nil } })
      let rest = image.records.filter { !cut.contains($0.index) }.map { record in
        edits.lazy.compactMap { $0.message(inPlaceOf: record.message, at: record.index) }.first
          ?? record.message
      }
      guard image.records.allSatisfy({ $0.payload == 0 }),
        let bytes = try? ImageEncoder.encode(
          image.name, messages: rest, framing: image.framing ?? .headMagic)
      else { return self }
      return StoredEntry.read(path, bytes: bytes, as: entry)
    default: return self
    }
  }

  private static func read(_ path: String, bytes: [UInt8], as entry: Entry) -> StoredEntry {
    var entry = entry
    entry.size = Int64(bytes.count)
    return StoredEntry(entry, StoredEntry.read(path, bytes).content)
  }

  /// What the entry will be once it is decompressed, as far as is known before it is written.
  func decompressed(_ splice: Splice?) -> StoredEntry {
    guard case .nested(var nested) = content else { return self }
    nested.compression = .none
    if splice?.cuts.isEmpty == false { nested.whiteouts = [] }
    return StoredEntry(entry, .nested(nested))
  }

  /// A file of this name with the content of `target`, as far as that is known under another name.
  func materialised(from target: StoredEntry?) -> StoredEntry {
    guard let target else { return self }
    var entry = entry
    entry.kind = .file
    entry.size = target.entry.size
    return StoredEntry(entry, target.content)
  }
}
