import CLibArchive
import Glibc
import Testing

@testable import Archive

/// `bytes` compressed as they are, a tar or not.
func compress(_ bytes: [UInt8], _ compression: Compression) throws -> [UInt8] {
  let handle = try #require(archive_write_new())
  defer { archive_write_free(handle) }
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
  var result = [UInt8](repeating: 0, count: bytes.count + 1 << 16)
  var used = 0
  let entry = try #require(archive_entry_new())
  defer { archive_entry_free(entry) }
  archive_entry_set_filetype(entry, S_IFREG)
  // The pointers must live until the archive is closed.
  try result.withUnsafeMutableBytes { output in
    #expect(
      archive_write_open_memory(handle, output.baseAddress, output.count, &used) == ARCHIVE_OK)
    #expect(archive_write_header(handle, entry) == ARCHIVE_OK)
    let written = bytes.withUnsafeBytes { archive_write_data(handle, $0.baseAddress, $0.count) }
    try #require(written == bytes.count)
    try #require(archive_write_close(handle) == ARCHIVE_OK)
  }
  return Array(result.prefix(used))
}

/// A zstd frame that stores `bytes`, with the checksum that they have (RFC 8878, 3.1.1).
func zstdFrame(storing bytes: [UInt8], checksum: [UInt8]) -> [UInt8] {
  // One segment, an eight-byte content size, a checksum; then one raw block, the last.
  let size = UInt64(bytes.count)
  let header = UInt32(bytes.count) << 3 | 1
  return Compression.zstd.magic + [0xE4]
    + (0..<8).map { UInt8(truncatingIfNeeded: size >> (8 * $0)) }
    + (0..<3).map { UInt8(truncatingIfNeeded: header >> (8 * $0)) } + bytes + checksum
}
