import CLibArchive
import Glibc
import SystemPackage

/// What an output is made of: entries, in order, each followed by its bytes.
protocol EntrySink: AnyObject {
  func begin(_ entry: Entry) throws(ArchiveError)
  func write(_ bytes: UnsafeRawBufferPointer) throws(ArchiveError)
  /// Writes what is still to be written. Nothing may follow.
  func end() throws(ArchiveError)
}

/// Writes a tar through libarchive: ustar headers, PAX records only where ustar cannot say it,
/// never GNU sparse and never a hard link. The same entries always give the same bytes.
final class TarSink: EntrySink {
  private let handle: OpaquePointer
  private let path: String

  init(_ descriptor: FileDescriptor, path: String, compression: Compression, level: Int?)
    throws(ArchiveError)
  {
    self.path = path
    guard let handle = archive_write_new() else {
      throw .cannotWrite(path: path, reason: "out of memory")
    }
    self.handle = handle
    archive_write_set_format_pax_restricted(handle)
    // Names are bytes: written as they are, whatever the process's character set.
    archive_write_set_format_option(handle, "pax", "hdrcharset", "BINARY")
    switch compression {
    case .none: archive_write_add_filter_none(handle)
    case .gzip:
      archive_write_add_filter_gzip(handle)
      // The time of compression would make every output different.
      archive_write_set_filter_option(handle, "gzip", "timestamp", nil)
    case .zstd: archive_write_add_filter_zstd(handle)
    case .bzip2: archive_write_add_filter_bzip2(handle)
    case .xz: archive_write_add_filter_xz(handle)
    }
    if let level, compression != .none {
      guard
        archive_write_set_filter_option(
          handle, compression.rawValue, "compression-level", "\(level)") == ARCHIVE_OK
      else { throw failure() }
    }
    // The end marker's two blocks are enough: no padding to a tape record.
    archive_write_set_bytes_per_block(handle, 1 << 17)
    archive_write_set_bytes_in_last_block(handle, 1)
    guard archive_write_open_fd(handle, descriptor.rawValue) == ARCHIVE_OK else { throw failure() }
  }

  deinit {
    // Freeing an unfinished archive would try to finish it.
    archive_write_fail(handle)
    archive_write_free(handle)
  }

  func begin(_ entry: Entry) throws(ArchiveError) {
    guard let raw = archive_entry_new() else {
      throw .cannotWrite(path: path, reason: "out of memory")
    }
    defer { archive_entry_free(raw) }
    try EntryEncoder.encode(entry, to: raw, path: path)
    guard archive_write_header(handle, raw) == ARCHIVE_OK else { throw failure() }
  }

  func write(_ bytes: UnsafeRawBufferPointer) throws(ArchiveError) {
    if bytes.isEmpty { return }
    guard archive_write_data(handle, bytes.baseAddress, bytes.count) == bytes.count else {
      throw failure()
    }
  }

  func end() throws(ArchiveError) {
    guard archive_write_close(handle) == ARCHIVE_OK else { throw failure() }
  }

  private func failure() -> ArchiveError {
    .cannotWrite(path: path, reason: ReadHandle.message(handle))
  }
}

/// Turns our entry into libarchive's.
private enum EntryEncoder {
  static func encode(_ entry: Entry, to raw: OpaquePointer, path: String) throws(ArchiveError) {
    archive_entry_set_pathname(raw, c(entry.name.bytes))
    let type: UInt32
    switch entry.kind {
    case .file: type = Glibc.S_IFREG
    case .directory: type = Glibc.S_IFDIR
    case .symlink(let target):
      type = Glibc.S_IFLNK
      archive_entry_set_symlink(raw, c(target))
    case .fifo: type = Glibc.S_IFIFO
    case .hardlink, .characterDevice, .blockDevice, .socket, .other:
      throw .cannotWrite(
        path: path, reason: "\(entry.name) is a \(entry.kind.noun), which is never written")
    }
    archive_entry_set_filetype(raw, type)
    archive_entry_set_size(raw, entry.size)
    archive_entry_set_perm(raw, entry.mode)
    archive_entry_set_uid(raw, entry.owner)
    archive_entry_set_gid(raw, entry.group)
    if let name = entry.ownerName { archive_entry_set_uname(raw, name) }
    if let name = entry.groupName { archive_entry_set_gname(raw, name) }
    archive_entry_set_mtime(raw, time_t(entry.modified.seconds), entry.modified.nanoseconds)
    for attribute in entry.attributes {
      attribute.value.withUnsafeBytes {
        archive_entry_xattr_add_entry(raw, attribute.name, $0.baseAddress, $0.count)
      }
    }
  }

  private static func c(_ bytes: [UInt8]) -> [CChar] { bytes.map { CChar(bitPattern: $0) } + [0] }
}
