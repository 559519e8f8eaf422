import CDeflate
import CZstd

/// How one part of a stream is compressed by itself: a gzip member (RFC 1952, 2.2) or a zstd frame
/// with a checksum (RFC 8878, 3.1.1).
///
/// Podman, Go, Python, libarchive, gzip, pigz, GNU tar and zstd all read parts in a row.
struct PartCodec: Sendable {
  /// The input of a part. It is also the largest window of a zstd frame, which every decoder must
  /// take up to 8 MiB (RFC 8878, 3.1.1.1.2). Larger members of gzip compress no better, as no match
  /// is more than 32 KiB back.
  let size: Int
  /// A compressor of a level; nil where there is no memory or no such level.
  let make: @Sendable (_ level: Int) -> OpaquePointer?
  let free: @Sendable (_ compressor: OpaquePointer) -> Void
  /// The most bytes that a part of so many becomes.
  let bound: @Sendable (_ count: Int) -> Int
  /// Compresses a whole part; how many bytes that gave, 0 after a failure.
  let compress:
    @Sendable (
      _ compressor: OpaquePointer, _ input: UnsafeRawBufferPointer,
      _ output: UnsafeMutableRawBufferPointer
    ) -> Int

  /// libdeflate's header has no time and no name.
  static let gzip = PartCodec(
    size: 1 << 20,
    make: { libdeflate_alloc_compressor(Int32(clamping: $0)) },
    free: { libdeflate_free_compressor($0) },
    bound: { libdeflate_gzip_compress_bound(nil, $0) },
    compress: { libdeflate_gzip_compress($0, $1.baseAddress, $1.count, $2.baseAddress, $2.count) })

  static let zstd = PartCodec(
    size: 1 << 22,
    make: { level in
      guard let context = ZSTD_createCCtx() else { return nil }
      let settings = [(ZSTD_c_compressionLevel, Int32(clamping: level)), (ZSTD_c_checksumFlag, 1)]
      for (parameter, value) in settings
      where ZSTD_isError(ZSTD_CCtx_setParameter(context, parameter, value)) != 0 {
        ZSTD_freeCCtx(context)
        return nil
      }
      return context
    },
    free: { ZSTD_freeCCtx($0) },
    bound: { ZSTD_compressBound($0) },
    compress: { context, input, output in
      let made = ZSTD_compress2(
        context, output.baseAddress, output.count, input.baseAddress, input.count)
      return ZSTD_isError(made) == 0 ? made : 0
    })
}
