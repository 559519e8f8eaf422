/// Entries in memory, for examples and tests that need no archive.
final class ListBackend: EntryBackend {
  private let entries: [(entry: Entry, bytes: [UInt8])]
  private var position = 0
  /// The bytes of the current entry, until they are handed out.
  private var pending: UnsafeMutableRawBufferPointer?
  private var handedOut: UnsafeMutableRawBufferPointer?
  let tail: Tail?

  init(_ entries: [(entry: Entry, bytes: [UInt8])]) {
    self.entries = entries
    tail = Tail(bytes: 1024, markerIsZero: true)
  }

  deinit { release() }

  func next() -> Entry? {
    release()
    guard position < entries.count else { return nil }
    let (entry, bytes) = entries[position]
    position += 1
    if !bytes.isEmpty {
      let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 16)
      copy.copyBytes(from: bytes)
      pending = copy
    }
    return entry
  }

  func nextChunk() -> UnsafeRawBufferPointer? {
    guard let chunk = pending else { return nil }
    pending = nil
    handedOut = chunk
    return UnsafeRawBufferPointer(chunk)
  }

  private func release() {
    pending?.deallocate()
    handedOut?.deallocate()
    pending = nil
    handedOut = nil
  }
}
