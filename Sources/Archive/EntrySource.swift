/// Counts the calls that make a reader's last chunk invalid.
final class Turn {
  private(set) var count = 0

  // In place, Swift 6.3.1 cannot compile it for the thread sanitizer.
  func pass() { count += 1 }
}

/// The bytes of the entry that an outer reader stands at.
final class EntrySource: ByteSource {
  private let backend: any EntryBackend
  private let turn: Turn
  private var expected: Int
  private var chunk = UnsafeRawBufferPointer(start: nil, count: 0)

  init(_ backend: any EntryBackend, _ turn: Turn) {
    self.backend = backend
    self.turn = turn
    expected = turn.count
  }

  var length: Int64? { nil }
  func skip(_ count: Int64) -> Int64 { 0 }

  func read(into buffer: UnsafeMutableRawBufferPointer) throws(ArchiveError) -> Int {
    precondition(turn.count == expected, "the outer reader went on before the nested one ended")
    while chunk.isEmpty {
      turn.pass()
      expected = turn.count
      guard let next = try backend.nextChunk() else { return 0 }
      chunk = next
    }
    let count = min(buffer.count, chunk.count)
    buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: chunk.prefix(count)))
    chunk = UnsafeRawBufferPointer(rebasing: chunk.dropFirst(count))
    return count
  }
}
