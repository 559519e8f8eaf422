import CLibArchive

/// What follows the last entry of a tar.
public struct Tail: Sendable, Hashable {
  /// Bytes from the end of the last entry to the end of the tar.
  public var bytes: Int64
  /// Whether all of those within the end marker's two blocks are zero.
  public var markerIsZero: Bool
  /// Bytes after the end marker, up to the last that is not zero.
  public var junk: Int64
  /// Bytes after the end of the compressed stream.
  public var streamJunk: UInt64
  /// What the decompressor refused after the tar had ended.
  public var streamDamage: Damage?

  public init(
    bytes: Int64, markerIsZero: Bool, junk: Int64 = 0, streamJunk: UInt64 = 0,
    streamDamage: Damage? = nil
  ) {
    self.bytes = bytes
    self.markerIsZero = markerIsZero
    self.junk = junk
    self.streamJunk = streamJunk
    self.streamDamage = streamDamage
  }
}

/// Reads a tar through libarchive, with every status looked at.
final class TarBackend: EntryBackend {
  private let source: CallbackSource
  private let stage: any ByteSource
  private let handle: OpaquePointer
  private var current: Entry?
  private var lastGood: EntryName?
  /// How much of the current entry was delivered, gaps of a sparse entry included.
  private var delivered: Int64 = 0
  private var pending: UnsafeRawBufferPointer?
  private var exhausted = true
  private(set) var tail: Tail?

  init(_ stage: any ByteSource) throws(ArchiveError) {
    self.stage = stage
    source = CallbackSource(stage)
    handle = try ReadHandle.allocate()
    archive_read_support_format_tar(handle)
  }

  deinit { archive_read_free(handle) }

  func open() throws(ArchiveError) {
    guard ReadHandle.open(handle, source) == ARCHIVE_OK else { throw failure() }
  }

  func next() throws(ArchiveError) -> Entry? {
    if tail != nil { return nil }
    if let current, try !finish(current) { return try end(at: source.position) }
    var raw: OpaquePointer?
    let status = archive_read_next_header(handle, &raw)
    if status == ARCHIVE_EOF { return try end(at: archive_read_header_position(handle)) }
    guard status == ARCHIVE_OK || status == ARCHIVE_WARN, let raw else {
      let start = archive_read_header_position(handle)
      if source.error == nil, source.ended, source.position - start < 512, source.position >= start,
        source.nonzeroEnd <= start
      {
        return try end(at: start)
      }
      throw failure()
    }
    var entry = EntryDecoder.decode(raw, format: archive_format(handle))
    if status == ARCHIVE_WARN { entry.warning = ReadHandle.message(handle) }
    if entry.size < 0 {
      throw .damaged(
        Damage(.badSize, entry: entry.name, lastGood: lastGood, detail: "the size is negative"))
    }
    if let length = source.length, entry.sparse == nil {
      let available = length - archive_filter_bytes(handle, 0)
      if entry.size > available { throw .damaged(shortBody(entry, have: available)) }
    }
    current = entry
    delivered = 0
    pending = nil
    exhausted = entry.size == 0 && entry.sparse == nil
    return entry
  }

  func nextChunk() throws(ArchiveError) -> UnsafeRawBufferPointer? {
    guard let current else { return nil }
    if let block = pending {
      pending = nil
      delivered += Int64(block.count)
      return block
    }
    if exhausted { return nil }
    var base: UnsafeRawPointer?
    var count = 0
    var offset: Int64 = 0
    switch archive_read_data_block(handle, &base, &count, &offset) {
    case ARCHIVE_OK, ARCHIVE_WARN:
      let block = UnsafeRawBufferPointer(start: base, count: count)
      if offset > delivered {
        pending = block
        return gap(to: offset)
      }
      delivered += Int64(count)
      return block
    case ARCHIVE_EOF:
      exhausted = true
      if delivered < current.size, current.sparse != nil { return gap(to: current.size) }
      if delivered != current.size { throw .damaged(shortBody(current, have: delivered)) }
      return nil
    default:
      if source.error == nil, source.ended {
        throw .damaged(shortBody(current, have: delivered))
      }
      throw failure()
    }
  }

  /// A stretch of zeros before `offset`; the rest of a long gap is handed out by later calls.
  private func gap(to offset: Int64) -> UnsafeRawBufferPointer {
    let count = Int(min(offset - delivered, Int64(Self.zeros.count)))
    delivered += Int64(count)
    if delivered < offset, exhausted { exhausted = false }
    return UnsafeRawBufferPointer(rebasing: Self.zeros.prefix(count))
  }

  nonisolated(unsafe) private static let zeros: UnsafeRawBufferPointer = {
    let page = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 4096)
    page.initializeMemory(as: UInt8.self, repeating: 0)
    return UnsafeRawBufferPointer(page)
  }()

  /// Passes over what is left of an entry. False when the tar ends in the entry's padding, which
  /// Go's reader takes for the end of the archive: nothing is lost.
  private func finish(_ entry: Entry) throws(ArchiveError) -> Bool {
    if source.length == nil || entry.sparse != nil {
      while try nextChunk() != nil {}
    } else if let length = source.length,
      length - archive_filter_bytes(handle, 0) < padded(entry.size - delivered, of: entry.size)
    {
      lastGood = entry.name
      current = nil
      _ = try source.drain()
      return false
    }
    if archive_read_data_skip(handle) < ARCHIVE_WARN {
      if source.error == nil, source.ended, delivered == entry.size {
        lastGood = entry.name
        current = nil
        return false
      }
      throw failure()
    }
    lastGood = entry.name
    current = nil
    return true
  }

  /// The rest of a body and the zeros that fill its last 512-byte block.
  private func padded(_ rest: Int64, of size: Int64) -> Int64 { rest + (512 - size % 512) % 512 }

  private func end(at start: Int64) throws(ArchiveError) -> Entry? {
    let consumed = archive_filter_bytes(handle, 0)
    let secondIsZero = consumed >= start + 1024
    var streamDamage: Damage?
    var streamJunk: UInt64 = 0
    do throws(ArchiveError) {
      _ = try source.drain()
      streamJunk =
        switch stage {
        case let gzip as GzipSource: gzip.trailingBytes
        case let filter as FilterSource: try filter.trailingBytes()
        default: 0
        }
    } catch {
      guard case .damaged(let damage) = error else { throw error }
      streamDamage = damage
      streamDamage?.lastGood = lastGood
    }
    let bytes = max(0, source.position - start)
    let markerIsZero = bytes <= 512 || secondIsZero || source.nonzeroEnd <= start
    tail = Tail(
      bytes: bytes, markerIsZero: markerIsZero, junk: max(0, source.nonzeroEnd - start - 1024),
      streamJunk: streamJunk, streamDamage: streamDamage)
    return nil
  }

  private func shortBody(_ entry: Entry, have: Int64) -> Damage {
    Damage(
      .truncated, entry: entry.name, lastGood: lastGood, have: UInt64(max(0, have)),
      need: UInt64(entry.size), detail: "the archive ends inside an entry")
  }

  /// The cause of libarchive's failure: the stage below it, or its own words.
  private func failure() -> ArchiveError {
    if case .damaged(var damage)? = source.error {
      damage.entry = current?.name
      damage.lastGood = lastGood
      return .damaged(damage)
    }
    if let error = source.error { return error }
    let words = ReadHandle.message(handle)
    let kind: Damage.Kind =
      if words.contains("Truncated") || words.contains("truncated") {
        .truncated
      } else if words.contains("Unrecognized archive format") {
        .notTar
      } else if words.contains("size") {
        .badSize
      } else {
        .badHeader
      }
    return .damaged(Damage(kind, entry: current?.name, lastGood: lastGood, detail: words))
  }
}
