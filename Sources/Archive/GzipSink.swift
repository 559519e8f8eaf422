/// Compresses into gzip members in a row (RFC 1952, 2.2), each of as much input, several at a
/// time. The bytes do not depend on how many.
///
/// Podman, Go, Python, gzip and pigz all read members in a row.
final class GzipSink: ByteSink {
  private let next: any ByteSink
  private let path: String
  private let level: Int
  private let threads: Int
  /// Takes input while the others are compressed.
  private var filling: GzipMember
  /// Being compressed, the oldest first; at most one for each thread.
  private var working: [GzipMember] = []
  private var hasStarted = false

  init(_ next: any ByteSink, path: String, level: Int, threads: Int) throws(ArchiveError) {
    self.next = next
    self.path = path
    self.level = level
    self.threads = max(1, threads)
    filling = try GzipMember(level: level, path: path)
  }

  func write(_ bytes: UnsafeRawBufferPointer) throws(ArchiveError) {
    var rest = bytes
    while !rest.isEmpty {
      rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(filling.take(rest)))
      if filling.isFull { try turn() }
    }
  }

  func finish() throws(ArchiveError) {
    // Without any input there is still one member.
    if !filling.isEmpty || !hasStarted { try turn() }
    for member in working { try write(member.result()) }
    working = []
    try next.finish()
  }

  /// Gives the full member to a thread, and takes another to fill.
  private func turn() throws(ArchiveError) {
    hasStarted = true
    let full = filling
    if working.count < threads {
      full.start()
      working.append(full)
      filling = try GzipMember(level: level, path: path)
      return
    }
    let oldest = working.removeFirst()
    let member = oldest.result()
    // No thread idles while the oldest is written.
    full.start()
    working.append(full)
    filling = oldest
    try write(member)
  }

  private func write(_ member: ArraySlice<UInt8>?) throws(ArchiveError) {
    try Interruption.check()
    guard let member else { throw .cannotWrite(path: path, reason: "libdeflate failed") }
    try next.write(member.span.bytes)
  }
}
