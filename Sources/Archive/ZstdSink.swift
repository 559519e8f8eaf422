import CZstd

/// Compresses into one zstd frame with a checksum, on threads of libzstd's own where it has some.
///
/// Its level is at most 19, so the window is at most 8 MiB: from level 20 on, it can be larger
/// than a decoder must take (RFC 8878, 3.1.1.1.2).
final class ZstdSink: ByteSink {
  private let next: any ByteSink
  private let path: String
  private let context: OpaquePointer
  private let output: UnsafeMutableRawBufferPointer
  /// The input of one job, whatever the level: the default grows to 32 MiB for every thread.
  private static let jobSize: Int32 = 4 << 20

  init(_ next: any ByteSink, path: String, level: Int, threads: Int) throws(ArchiveError) {
    guard let context = ZSTD_createCCtx() else {
      throw .cannotWrite(path: path, reason: "out of memory")
    }
    self.next = next
    self.path = path
    self.context = context
    output = .allocate(byteCount: ZSTD_CStreamOutSize(), alignment: 16)
    try set(ZSTD_c_compressionLevel, Int32(clamping: level))
    try set(ZSTD_c_checksumFlag, 1)
    // With one worker or more the input is cut into jobs in the same way, and so gives the same
    // bytes; with none it would be one job. Debian's static libzstd has no workers at all.
    if ZSTD_cParam_getBounds(ZSTD_c_nbWorkers).upperBound > 0 {
      try set(ZSTD_c_nbWorkers, Int32(clamping: max(1, threads)))
      try set(ZSTD_c_jobSize, Self.jobSize)
    }
  }

  deinit {
    ZSTD_freeCCtx(context)
    output.deallocate()
  }

  func write(_ bytes: UnsafeRawBufferPointer) throws(ArchiveError) {
    // Bytes that come together with the end would tell libzstd the size beforehand.
    try compress(bytes, ZSTD_e_continue)
  }

  func finish() throws(ArchiveError) {
    try compress(UnsafeRawBufferPointer(start: nil, count: 0), ZSTD_e_end)
    try next.finish()
  }

  private func compress(_ bytes: UnsafeRawBufferPointer, _ directive: ZSTD_EndDirective)
    throws(ArchiveError)
  {
    var input = ZSTD_inBuffer(src: bytes.baseAddress, size: bytes.count, pos: 0)
    var rest = 0
    repeat {
      try Interruption.check()
      var made = ZSTD_outBuffer(dst: output.baseAddress, size: output.count, pos: 0)
      rest = ZSTD_compressStream2(context, &made, &input, directive)
      try check(rest)
      if made.pos > 0 {
        try next.write(UnsafeRawBufferPointer(rebasing: output.prefix(made.pos)))
      }
    } while directive == ZSTD_e_end ? rest > 0 : input.pos < input.size
  }

  private func set(_ parameter: ZSTD_cParameter, _ value: Int32) throws(ArchiveError) {
    try check(ZSTD_CCtx_setParameter(context, parameter, value))
  }

  private func check(_ status: Int) throws(ArchiveError) {
    guard ZSTD_isError(status) != 0 else { return }
    throw .cannotWrite(path: path, reason: "zstd: \(String(cString: ZSTD_getErrorName(status)))")
  }
}
