@testable import Archive

/// A zstd frame that stores `bytes`, with the checksum that they have (RFC 8878, 3.1.1).
func zstdFrame(storing bytes: [UInt8], checksum: [UInt8]) -> [UInt8] {
  // One segment, an eight-byte content size, a checksum; then one raw block, the last.
  let size = UInt64(bytes.count)
  let header = UInt32(bytes.count) << 3 | 1
  return Compression.zstd.magic + [0xE4]
    + (0..<8).map { UInt8(truncatingIfNeeded: size >> (8 * $0)) }
    + (0..<3).map { UInt8(truncatingIfNeeded: header >> (8 * $0)) } + bytes + checksum
}
