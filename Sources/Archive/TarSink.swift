import CLibArchive
import Glibc

/// Writes a tar through libarchive: ustar headers, PAX records only where ustar cannot say it,
/// never GNU sparse and never a hard link. The same entries always give the same bytes.
///
/// libarchive compresses bzip2 and xz; the stages below do the rest.
final class TarSink: EntrySink {
  private let handle: OpaquePointer
  private let path: String
  private let filter: Compression
  private let target: WriteTarget
  private var writing: Writing

  /// `filter` is what libarchive compresses with: none, bzip2 or xz.
  init(_ next: any ByteSink, path: String, filter: Compression = .none, level: Int = 0)
    throws(ArchiveError)
  {
    self.path = path
    self.filter = filter
    target = WriteTarget(next)
    writing = Writing(path: path)
    guard let handle = archive_write_new() else {
      throw .cannotWrite(path: path, reason: "out of memory")
    }
    self.handle = handle
    // The "restricted" form would drop the nanoseconds of most entries.
    try check(archive_write_set_format_pax(handle))
    // Without this every attribute is stored twice, once in a form of libarchive's own.
    try check(archive_write_set_format_option(handle, "pax", "xattrheader", "SCHILY"))
    // A warning of a filter means that libarchive would run a program from PATH instead.
    switch filter {
    case .bzip2: try check(archive_write_add_filter_bzip2(handle))
    case .xz: try check(archive_write_add_filter_xz(handle))
    case .none, .gzip, .zstd: try check(archive_write_add_filter_none(handle))
    }
    if filter == .bzip2 || filter == .xz {
      try check(
        archive_write_set_filter_option(handle, filter.rawValue, "compression-level", "\(level)"))
    }
    // Unbuffered: what goes its own way must be in its place. The target makes blocks.
    try check(archive_write_set_bytes_per_block(handle, 0))
    // The end marker's two blocks are enough: no padding to a tape record.
    try check(archive_write_set_bytes_in_last_block(handle, 1))
    try check(target.open(handle))
  }

  deinit {
    // Only closing frees all, and it would finish an unfinished archive: pad an entry, even one of
    // terabytes.
    target.isClosed = true
    archive_write_close(handle)
    archive_write_free(handle)
  }

  func begin(_ entry: Entry, stored: StoredBytes?) throws(ArchiveError) {
    try endEntry()
    try writing.begin(entry)
    // Headers are longer only for what is large, and only where libarchive compresses nothing: the
    // target would take a stretch of the stream for them.
    let shared = stored.flatMap {
      filter == .none && entry.size >= 1 << 20 && target.mayShare($0) ? $0 : nil
    }
    if shared != nil { target.hold() }
    guard let raw = archive_entry_new() else {
      throw .cannotWrite(path: path, reason: "out of memory")
    }
    defer { archive_entry_free(raw) }
    try EntryEncoder.encode(entry, to: raw)
    // libarchive takes an old ENOMEM for its own when it cannot convert a name.
    errno = 0
    let status = Locale.utf8 { archive_write_header(handle, raw) }
    // Text that is not UTF-8 is written as it is, with a record that says so.
    let isBinary =
      status == ARCHIVE_WARN && ReadHandle.message(handle).hasPrefix("Can't translate ")
    if !isBinary { try check(status) }
    if let shared { try target.release(before: shared) }
  }

  func copy(_ bytes: StoredBytes) throws(ArchiveError) -> Bool {
    guard filter == .none, bytes.count <= writing.rest, try target.copy(bytes) else { return false }
    try writing.add(bytes.count)
    target.isPassedBy = true
    defer { target.isPassedBy = false }
    var rest = Int(bytes.count)
    while rest > 0 {
      // Without a buffer libarchive only counts these bytes, and hands their place to the target.
      let count = archive_write_data(handle, target.anywhere, min(rest, 1 << 30))
      guard count > 0 else { throw failure() }
      rest -= count
    }
    return true
  }

  func write(_ bytes: UnsafeRawBufferPointer) throws(ArchiveError) {
    if bytes.isEmpty { return }
    try writing.add(Int64(bytes.count))
    guard archive_write_data(handle, bytes.baseAddress, bytes.count) == bytes.count else {
      throw failure()
    }
  }

  func endEntry() throws(ArchiveError) {
    try writing.end()
    try check(archive_write_finish_entry(handle))
  }

  func end() throws(ArchiveError) {
    try endEntry()
    try check(archive_write_close(handle))
    try target.finish()
  }

  private func check(_ status: Int32) throws(ArchiveError) {
    if status != ARCHIVE_OK { throw failure() }
  }

  private func failure() -> ArchiveError {
    if let error = target.error { return error }
    // libarchive does not always say that it has no memory.
    let lacksMemory = archive_error_string(handle) == nil && errno == ENOMEM
    return .cannotWrite(
      path: path, reason: lacksMemory ? "out of memory" : ReadHandle.message(handle))
  }
}

/// Turns our entry into libarchive's.
private enum EntryEncoder {
  static func encode(_ entry: Entry, to raw: OpaquePointer) throws(ArchiveError) {
    archive_entry_set_pathname(raw, entry.name.bytes.asCString)
    let type: UInt32
    switch entry.kind {
    case .file: type = Glibc.S_IFREG
    case .directory: type = Glibc.S_IFDIR
    case .symlink(let target):
      type = Glibc.S_IFLNK
      archive_entry_set_symlink(raw, target.asCString)
    case .fifo: type = Glibc.S_IFIFO
    case .hardlink, .characterDevice, .blockDevice, .socket, .other:
      throw .refused(entry: entry.name, reason: "is a \(entry.kind.noun)")
    }
    archive_entry_set_filetype(raw, type)
    archive_entry_set_size(raw, entry.size)
    archive_entry_set_perm(raw, entry.mode)
    archive_entry_set_uid(raw, entry.owner)
    archive_entry_set_gid(raw, entry.group)
    if let name = entry.ownerName { archive_entry_set_uname(raw, name) }
    if let name = entry.groupName { archive_entry_set_gname(raw, name) }
    let time = entry.modified.toLibArchive
    archive_entry_set_mtime(raw, time_t(time.seconds), time.nanoseconds)
    for attribute in entry.attributes {
      attribute.value.withUnsafeBytes {
        archive_entry_xattr_add_entry(raw, attribute.name, $0.baseAddress, $0.count)
      }
    }
  }
}

extension Entry.Time {
  /// libarchive counts the nanoseconds of a time before 1970 backwards, as a PAX record does:
  /// -1.5 is second -1 and 500 000 000; for the kernel, and for us, it is second -2.
  init(fromLibArchive seconds: Int64, _ nanoseconds: Int) {
    let isMirrored = seconds < 0 && nanoseconds > 0 && seconds > .min
    self.init(
      seconds: isMirrored ? seconds - 1 : seconds,
      nanoseconds: isMirrored ? 1_000_000_000 - nanoseconds : nanoseconds)
  }

  /// libarchive cannot say -0.5; that becomes -1.
  var toLibArchive: Entry.Time {
    if seconds >= 0 || nanoseconds == 0 { return self }
    if seconds == -1 { return Entry.Time(seconds: -1) }
    return Entry.Time(seconds: seconds + 1, nanoseconds: 1_000_000_000 - nanoseconds)
  }
}
