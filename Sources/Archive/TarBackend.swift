import CLibArchive
import Glibc
import SystemPackage

/// Reads a tar through libarchive, with every status looked at.
final class TarBackend: EntryBackend {
  private let source: CallbackSource
  private let stage: any ByteSource
  private let handle: OpaquePointer
  /// Of our own: libarchive does not check that it has memory for one.
  private let raw: OpaquePointer
  private let limits: Limits
  private var current: Entry?
  private var lastGood: EntryName?
  private var body = TarBody()
  /// All that the sparse entries so far promise without storing it.
  private var holes: Int64 = 0
  /// An archive that cannot be read past a point is not read past it by asking again.
  private var failure: ArchiveError?
  private(set) var tail: Tail?
  private(set) var headerStart: Int64?

  init(_ stage: any ByteSource, limits: Limits) throws(ArchiveError) {
    self.stage = stage
    self.limits = limits
    source = CallbackSource(stage)
    let handle = try ReadHandle.allocate()
    guard let raw = archive_entry_new2(handle) else {
      archive_read_free(handle)
      throw .cannotRead(path: "libarchive", .noMemory)
    }
    (self.handle, self.raw) = (handle, raw)
    guard archive_read_support_format_tar(handle) == ARCHIVE_OK else {
      throw ReadHandle.outOfMemory(handle) ?? .cannotRead(path: "libarchive", .notSupported)
    }
  }

  deinit {
    archive_entry_free(raw)
    archive_read_free(handle)
  }

  func open() throws(ArchiveError) {
    if ReadHandle.open(handle, source) == ARCHIVE_OK { return }
    var error = TarFailure.ofHeader(at: 0, handle, source)
    if case .damaged(var damage) = error, damage.kind == .notTar, source.position < HeaderBlock.size
    {
      damage.have = UInt64(source.position)
      damage.need = UInt64(HeaderBlock.size)
      error = .damaged(damage)
    }
    throw error
  }

  func next() throws(ArchiveError) -> Entry? {
    try remembering { () throws(ArchiveError) in try nextEntry() }
  }

  func nextChunkOrHole() throws(ArchiveError) -> Chunk? {
    try remembering { () throws(ArchiveError) in try advance() ? body.next() : nil }
  }

  func nextChunk() throws(ArchiveError) -> UnsafeRawBufferPointer? {
    try remembering { () throws(ArchiveError) in try advance() ? body.nextBytes() : nil }
  }

  var storedBytes: StoredBytes? {
    guard let current, failure == nil, body.taken == 0, body.stored == current.size,
      body.stored >= StoredBytes.least
    else { return nil }
    return source.stored(at: body.start, count: body.stored)
  }

  private func remembering<Value>(_ work: () throws(ArchiveError) -> Value)
    throws(ArchiveError) -> Value
  {
    if let failure { throw failure }
    do throws(ArchiveError) {
      return try work()
    } catch {
      let named = isOuterDamage ? error : error.withLastGood(lastGood)
      failure = named
      throw named
    }
  }

  /// Whether this is an archive in an entry of another that is damaged there; then the names are
  /// the other's.
  private var isOuterDamage: Bool {
    if case .damaged(let damage)? = source.error { damage.entry != nil } else { false }
  }

  private func nextEntry() throws(ArchiveError) -> Entry? {
    if tail != nil { return nil }
    if current != nil, try !finish() {
      tail = try makeTail(from: source.position)
      return nil
    }
    // libarchive no longer tells once it has failed.
    let start = archive_filter_bytes(handle, 0)
    headerStart = start
    source.keepHeaders(from: start)
    // libarchive takes an old ENOMEM for its own when it cannot convert a name.
    errno = 0
    let status = Locale.plain { archive_read_next_header2(handle, raw) }
    if status != ARCHIVE_OK, status != ARCHIVE_EOF, source.error == nil,
      let error = ReadHandle.outOfMemory(handle)
    {
      throw error
    }
    switch status {
    case ARCHIVE_OK, ARCHIVE_WARN:
      return try begin(isWarned: status == ARCHIVE_WARN)
    case ARCHIVE_EOF:
      if source.header(endingAt: start + HeaderBlock.size)?.isVolumeLabel == true {
        throw .damaged(
          Damage(.badHeader, detail: "a volume label, which engines take for an entry"))
      }
      tail = try makeTail(from: endOfSpecialHeaders(from: start))
      return nil
    default:
      let isPartOfBlock = (0..<HeaderBlock.size).contains(source.position - start)
      if source.error == nil, source.ended, isPartOfBlock, source.nonzeroEnd <= start {
        tail = try makeTail(from: start)
        return nil
      }
      throw TarFailure.ofHeader(
        at: start, handle, source, isRetry: status == ARCHIVE_RETRY)
    }
  }

  private func begin(isWarned: Bool) throws(ArchiveError) -> Entry {
    // libarchive has a name for every entry, if it may be an empty one; without one it has given
    // up on the header and says so only by a warning.
    guard EntryDecoder.hasName(raw) else {
      throw .damaged(Damage(.badHeader, detail: ReadHandle.message(handle)))
    }
    let start = archive_filter_bytes(handle, 0)
    let header = source.header(endingAt: start)
    var (entry, stored) = try EntryDecoder.decode(
      raw, format: archive_format(handle), header: header)
    if let fault = chainFault(of: entry, to: start) {
      throw .damaged(Damage(.badHeader, entry: entry.name, detail: fault))
    }
    if isWarned {
      let words = ReadHandle.message(handle)
      if !Locale.isHarmless(words) { entry.warning = words }
    }
    body = TarBody(of: entry, start: start, stored: stored)
    if let damage = limits.add(body.holes, to: &holes, of: entry) { throw .damaged(damage) }
    if let length = source.length, stored > length - start {
      throw shortBody(of: entry, have: length - start)
    }
    current = entry
    return entry
  }

  /// What Go's reader, with which every engine unpacks, refuses in the headers of the entry, or sees
  /// otherwise than libarchive.
  private func chainFault(of entry: Entry, to end: Int64) -> String? {
    let reading = source.takeHeaders(to: end) { bytes in
      Result { () throws(HeaderChain.Fault) in try HeaderChain(bytes) }
    }
    guard let reading else { return "the headers are too long" }
    let chain: HeaderChain
    switch reading {
    case .success(let read): chain = read
    case .failure(let fault): return fault.reason
    }
    if chain.name != entry.name.bytes {
      return "readers disagree on the name: to Go it is \(Escape.text(chain.name))"
    }
    switch entry.kind {
    case .symlink(let target), .hardlink(let target):
      if chain.link == target { return nil }
      return "readers disagree on the target: to Go it is \(Escape.text(chain.link))"
    default: return nil
    }
  }

  /// Brings the next stretch of the current entry into `body`; false after the last.
  private func advance() throws(ArchiveError) -> Bool {
    guard let current else { return false }
    while !body.hasNext, !body.isEnded {
      var base: UnsafeRawPointer?
      var count = 0
      var offset: Int64 = 0
      switch archive_read_data_block(handle, &base, &count, &offset) {
      case ARCHIVE_OK, ARCHIVE_WARN:
        try body.add(
          UnsafeRawBufferPointer(start: base, count: count), at: offset,
          consumed: archive_filter_bytes(handle, 0))
      case ARCHIVE_EOF: try body.end()
      default:
        guard isAtEnd else { throw bodyFailure(of: current) }
        // Everything is there but the padding.
        guard body.taken == body.stored else { throw shortBody(of: current, have: body.taken) }
        try body.end()
      }
    }
    return body.hasNext
  }

  /// Passes over what is left of the current entry. False when the tar ends in its padding, which
  /// Go's reader takes for the end of the archive: nothing is lost.
  private func finish() throws(ArchiveError) -> Bool {
    guard let entry = current else { return true }
    if entry.sparse != nil { while try advance() { _ = body.next() } }
    let isSkipped = archive_read_data_skip(handle) >= ARCHIVE_WARN
    if !isSkipped {
      guard isAtEnd else { throw bodyFailure(of: entry) }
      let have = source.position - body.start
      guard have >= body.stored else { throw shortBody(of: entry, have: have) }
    } else {
      let consumed = archive_filter_bytes(handle, 0) - body.start
      guard consumed == TarBody.padded(body.stored) else {
        throw .damaged(
          Damage(
            .badSize, entry: entry.name, have: UInt64(clamping: consumed),
            need: UInt64(TarBody.padded(body.stored)),
            detail: "an entry stores more than it declares"))
      }
    }
    lastGood = entry.name
    current = nil
    body = TarBody()
    return isSkipped
  }

  /// Whether a failure of libarchive means that the tar ended, and not the stage below.
  private var isAtEnd: Bool {
    source.error == nil && source.ended && ReadHandle.outOfMemory(handle) == nil
  }

  /// Where the end marker begins. libarchive reads over headers that name no entry: PAX records for
  /// all that follows, be it nothing.
  private func endOfSpecialHeaders(from start: Int64) -> Int64 {
    var start = start
    while let header = source.header(endingAt: start + HeaderBlock.size),
      let body = header.bodyOfSpecial
    {
      start += HeaderBlock.size + TarBody.padded(body)
    }
    return start
  }

  private func makeTail(from start: Int64) throws(ArchiveError) -> Tail {
    let isSecondZero = archive_filter_bytes(handle, 0) >= start + Tail.markerSize
    var streamDamage: Damage?
    var streamJunk: UInt64 = 0
    do throws(ArchiveError) {
      _ = try source.drain()
      streamJunk = try stage.trailingBytes()
    } catch {
      guard case .damaged(let damage) = error.withLastGood(lastGood) else { throw error }
      streamDamage = damage
    }
    let bytes = max(0, source.position - start)
    return Tail(
      bytes: bytes,
      markerIsZero: bytes <= HeaderBlock.size || isSecondZero || source.nonzeroEnd <= start,
      junk: max(0, source.nonzeroEnd - start - Tail.markerSize), streamJunk: streamJunk,
      streamDamage: streamDamage)
  }

  private func shortBody(of entry: Entry, have: Int64) -> ArchiveError {
    .damaged(
      Damage(
        .truncated, entry: entry.name, have: UInt64(max(0, have)), need: UInt64(body.stored),
        detail: "the archive ends inside an entry"))
  }

  private func bodyFailure(of entry: Entry) -> ArchiveError {
    guard let error = source.error ?? ReadHandle.outOfMemory(handle) else {
      return .damaged(
        Damage(.badHeader, entry: entry.name, detail: ReadHandle.message(handle)))
    }
    guard case .damaged(var damage) = error, !isOuterDamage else { return error }
    damage.entry = entry.name
    if damage.have == nil, damage.need == nil {
      damage.have = UInt64(min(max(0, source.position - body.start), body.stored))
      damage.need = UInt64(body.stored)
    }
    return .damaged(damage)
  }
}
