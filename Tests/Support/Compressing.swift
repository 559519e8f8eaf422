public import Archive
import CLibArchive
import Glibc

/// `bytes` compressed as they are, a tar or not, by libarchive.
public func compress(_ bytes: [UInt8], _ compression: Compression) throws -> [UInt8] {
  guard let handle = archive_write_new(), let entry = archive_entry_new() else {
    throw CompressionFailure()
  }
  defer {
    archive_write_free(handle)
    archive_entry_free(entry)
  }
  archive_write_set_format_raw(handle)
  switch compression {
  case .none: return bytes
  case .gzip:
    archive_write_add_filter_gzip(handle)
    archive_write_set_filter_option(handle, "gzip", "timestamp", nil)
  case .zstd: archive_write_add_filter_zstd(handle)
  case .bzip2: archive_write_add_filter_bzip2(handle)
  case .xz: archive_write_add_filter_xz(handle)
  }
  archive_write_set_bytes_in_last_block(handle, 1)
  archive_entry_set_filetype(entry, S_IFREG)
  var result = [UInt8](repeating: 0, count: bytes.count + 1 << 16)
  var used = 0
  // The pointers must live until the archive is closed.
  try result.withUnsafeMutableBytes { output in
    let isWritten =
      archive_write_open_memory(handle, output.baseAddress, output.count, &used) == ARCHIVE_OK
      && archive_write_header(handle, entry) == ARCHIVE_OK
      && bytes.withUnsafeBytes { archive_write_data(handle, $0.baseAddress, $0.count) }
        == bytes.count
      && archive_write_close(handle) == ARCHIVE_OK
    if !isWritten { throw CompressionFailure() }
  }
  return Array(result.prefix(used))
}

private struct CompressionFailure: Error {}
