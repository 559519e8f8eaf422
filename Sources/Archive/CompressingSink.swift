/// Compresses into parts in a row, each of as much input, several at a time. The bytes do not depend on
/// how many.
final class CompressingSink: ByteSink {
  private let next: any ByteSink
  private let path: String
  private let codec: PartCodec
  private let level: Int
  private let threads: Int
  /// Takes input while the others are compressed.
  private var filling: CompressedPart
  /// Being compressed, the oldest first; at most one for each thread.
  private var working: [CompressedPart] = []
  private var hasStarted = false

  init(_ next: any ByteSink, path: String, _ codec: PartCodec, level: Int, threads: Int)
    throws(ArchiveError)
  {
    self.next = next
    self.path = path
    self.codec = codec
    self.level = level
    self.threads = max(1, threads)
    filling = try CompressedPart(codec, level: level, path: path)
  }

  func write(_ bytes: UnsafeRawBufferPointer) throws(ArchiveError) {
    var rest = bytes
    while !rest.isEmpty {
      rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(filling.take(rest)))
      if filling.isFull { try turn() }
    }
  }

  func finish() throws(ArchiveError) {
    // Without any input there is still one part.
    if !filling.isEmpty || !hasStarted { try turn() }
    for part in working { try write(part.result()) }
    working = []
    try next.finish()
  }

  /// Gives the full part to a thread, and takes another to fill.
  private func turn() throws(ArchiveError) {
    hasStarted = true
    let full = filling
    if working.count < threads {
      full.start()
      working.append(full)
      filling = try CompressedPart(codec, level: level, path: path)
      return
    }
    let oldest = working.removeFirst()
    let part = oldest.result()
    // No thread idles while the oldest is written.
    full.start()
    working.append(full)
    filling = oldest
    try write(part)
  }

  private func write(_ part: ArraySlice<UInt8>?) throws(ArchiveError) {
    try Interruption.check()
    guard let part else { throw .cannotWrite(path: path, reason: "compression failed") }
    try next.write(part.span.bytes)
  }
}
