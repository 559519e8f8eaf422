import Checkpoint
import Documents

/// Reads a document, edits each of its values, holds it against every type, and judges a checkpoint
/// that holds it.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ data: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
  let input = UnsafeBufferPointer(start: data, count: count)
  guard let choice = Choice(input) else { return 0 }
  let bytes = Array(input.dropFirst(2))
  let kind = Document.Kind.allCases[choice.kind % Document.Kind.allCases.count]

  let limits = JSONLimits(maxDepth: 32, maxSize: 1 << 16, maxValues: 1 << 12)
  if let document = try? JSONDocument.parse(bytes, limits: limits) {
    for type in types { check(document.mismatches(against: type, limit: 5).count <= 5, "limit") }
    readViews(of: document)
    edit(document)
  }
  if choice.judges {
    let document = Document(kind: kind, bytes: bytes, limits: limits)
    let path = choice.base.checkpoint.path(of: kind)
    choice.base.judge(path, .document(document), size: bytes.count)
  }
  return 0
}

/// The kind of a document of that name.
func seedKind(of path: String) -> Int? {
  let file = path.split(separator: "/").last.map(String.init) ?? ""
  return Document.Kind(rawValue: file).flatMap(Document.Kind.allCases.firstIndex)
}

/// What else it is fed with.
let moreSeeds: [(kind: Int, bytes: [UInt8])] = []

private let types: [GoType] = [
  .runtimeSpec, .podmanConfig, .criConfig, .bindMounts, .deletedFiles, .networkStatus,
  .descriptors, .containerStatus, .containerdStatus, .podOptions,
]

/// Views are lenient: whatever the document is, they can be made.
private func readViews(of document: JSONDocument) {
  let root = document.root
  _ = RuntimeSpec(root)
  _ = PodmanConfig(root)
  _ = CRIConfig(root)
  _ = BindMount.all(in: document)
  _ = Descriptors(root)
}

/// Every edit of every value, of so many, gives a document again.
private func edit(_ document: JSONDocument) {
  let values = firstValues(of: document, 24)
  for (index, value) in values.enumerated() {
    let pointer = value.pointer
    if let found = document.value(at: pointer) {
      check(found.pointer == pointer, "\(pointer) finds \(found.pointer)")
    }
    apply([.replace(value, with: .string("\u{0}\"\\"))], to: document)
    if index > 0 {
      apply([.remove(value)], to: document)
      apply([.remove(value), .replace(values[index - 1], with: .null)], to: document)
      apply([.remove(value), .remove(values[values.count - index])], to: document)
    }
    switch value.kind {
    case .array: apply([.append(.copy(of: value), to: value)], to: document)
    case .object: apply([.set("a", to: .copy(of: value), in: value)], to: document)
    case .null, .bool, .number, .string: break
    }
  }
}

/// The top value first, then level by level.
private func firstValues(of document: JSONDocument, _ limit: Int) -> [JSONValue] {
  var values = [document.root]
  var next = 0
  while next < values.count, values.count < limit {
    values += (Array(values[next].elements) + values[next].members.map(\.value))
      .prefix(limit - values.count)
    next += 1
  }
  return values
}

/// Two edits may exclude each other; one alone is always possible.
private func apply(_ edits: [JSONEdit], to document: JSONDocument) {
  do {
    let bytes = try document.applying(edits)
    let limits = JSONLimits(maxDepth: 128)
    check((try? JSONDocument.parse(bytes, limits: limits)) != nil, "an edit breaks the document")
  } catch {
    check(edits.count > 1, "an edit is refused: \(error)")
  }
}
