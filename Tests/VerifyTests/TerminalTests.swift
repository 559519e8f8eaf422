import Archive
import Checkpoint
import Documents
import Testing

@testable import Verify

/// Text of a checkpoint must not reach a terminal as it is, whatever rule quotes it.
@Suite struct TerminalTests {
  static let sketches: [String: Sketch] = [
    "Podman": .minimal, "CRI-O": .minimalCRIO, "containerd": .minimalContainerd,
  ]

  @Test(arguments: sketches.keys.sorted())
  func documents(_ name: String) throws {
    let sketch = try #require(Self.sketches[name])
    for file in sketch.files {
      guard let document = try? JSONDocument.parse(file.bytes) else { continue }
      for edit in Self.edits(of: document) {
        let bytes = try document.applying([edit])
        let changed = sketch.replacing(file.entry.name.path, bytes).checkpoint
        let text = Verifier.verify(changed).text(showingNotes: true)
        #expect(!text.contains("\u{1B}"), "\(text.debugDescription)")
      }
    }
  }

  /// Every string in turn, and in every object a member that does not belong there.
  private static func edits(of document: JSONDocument) -> [JSONEdit] {
    let hostile = "/a\u{1B}[2J"
    var edits: [JSONEdit] = []
    var values = [document.root]
    while let value = values.popLast() {
      switch value.kind {
      case .string: edits.append(.replace(value, with: .string(hostile)))
      case .object: edits.append(.set(hostile, to: .integer(1), in: value))
      case .array, .null, .bool, .number: break
      }
      values += Array(value.elements) + value.members.map(\.value)
    }
    return edits
  }
}
