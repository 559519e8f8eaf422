/// Copies an archive to an output, entry by entry, while somebody reads it: one pass both copies
/// and judges.
public final class ArchiveCopy {
  private var input: ArchiveReader
  private var output: Output?
  private let limits: Limits
  private var isAtEnd = false
  private var last: EntryName?
  /// Why the copy cannot go on. The reader that is handed out tells it, too, but not everybody
  /// who reads hands it on.
  public private(set) var failure: ArchiveError?

  public init(
    _ input: consuming ArchiveReader, to output: consuming Output, limits: Limits = Limits()
  ) {
    self.input = input
    self.output = consume output
    self.limits = limits
  }

  /// Reads the input as the output will hold it. What is not read of an entry is copied all the
  /// same.
  public func reader() -> ArchiveReader {
    var compression = Compression.none
    if case .tar(let chosen)? = output?.form { compression = chosen }
    return ArchiveReader(.tar, CopyBackend(self), limits, compression: compression)
  }

  /// Copies what has not been copied yet, and ends the output: it can be read, or published.
  public func finish() throws(ArchiveError) {
    while try next() != nil {}
    if let damage = Self.damage(input.tail) { try fail(.damaged(damage)) }
    try output?.end()
  }

  /// Hands over the output.
  public func take() throws(ArchiveError) -> Output {
    guard let result = output.take() else {
      throw .cannotWrite(path: "the copy", reason: "it was taken before")
    }
    return result
  }

  fileprivate func next() throws(ArchiveError) -> Entry? {
    if let failure { throw failure }
    if isAtEnd { return nil }
    do throws(ArchiveError) {
      try output?.writeRest(of: &input)
      guard let entry = try input.next() else {
        isAtEnd = true
        return nil
      }
      // Refused before a folder grows deeper than it could be removed again.
      if let damage = limits.excess(of: entry.name, after: last) { throw .damaged(damage) }
      last = entry.name
      switch entry.kind {
      case .file, .directory, .symlink: break
      default:
        throw .refused(entry: entry.name, reason: "is a \(entry.kind.noun)")
      }
      var copy = entry
      copy.sparse = nil
      try output?.begin(copy, from: input)
      return copy
    } catch { try fail(error) }
  }

  fileprivate func nextChunk() throws(ArchiveError) -> UnsafeRawBufferPointer? {
    if let failure { throw failure }
    do throws(ArchiveError) {
      guard let chunk = try input.nextChunk() else { return nil }
      try output?.write(chunk)
      return chunk
    } catch { try fail(error) }
  }

  /// A hole stays one where the output has them: what an entry claims is not written out.
  fileprivate func nextChunkOrHole() throws(ArchiveError) -> Chunk? {
    if let failure { throw failure }
    do throws(ArchiveError) {
      guard let chunk = try input.nextChunkOrHole() else { return nil }
      switch chunk {
      case .bytes(let bytes): try output?.write(bytes)
      case .hole(let count): try output?.writeHole(count)
      }
      return chunk
    } catch { try fail(error) }
  }

  private func fail(_ error: ArchiveError) throws(ArchiveError) -> Never {
    failure = error
    throw error
  }

  /// What makes the entries themselves doubtful: a new archive of them would look sound. A stream
  /// that is cut in its checksum has lost nothing.
  private static func damage(_ tail: Tail?) -> Damage? {
    guard let tail else { return nil }
    if let damage = tail.streamDamage, damage.kind != .truncated { return damage }
    return nil
  }
}

/// The copy as a reader sees it.
private final class CopyBackend: EntryBackend {
  private let copy: ArchiveCopy
  /// That of the output, once all has been read.
  private(set) var tail: Tail?

  init(_ copy: ArchiveCopy) { self.copy = copy }

  func next() throws(ArchiveError) -> Entry? {
    let entry = try copy.next()
    if entry == nil { tail = Tail(bytes: Tail.markerSize, markerIsZero: true) }
    return entry
  }

  func nextChunk() throws(ArchiveError) -> UnsafeRawBufferPointer? { try copy.nextChunk() }

  func nextChunkOrHole() throws(ArchiveError) -> Chunk? { try copy.nextChunkOrHole() }
}
