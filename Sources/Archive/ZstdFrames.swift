/// Passes zstd frames on and stops after the last (RFC 8878, 3.1).
///
/// libarchive takes bytes after the last frame for a broken frame, and gives up with it all that
/// it had decoded for the same block: up to 128 KiB, which is all there is of a small archive.
/// Podman up to 5 ignores such bytes, so the archive must stay readable.
final class ZstdFrames: ByteSource {
  private let upstream: any ByteSource
  private var part = Part.magic
  /// The bytes of `part` so far.
  private var field: [UInt8] = []
  /// Bytes to pass on before `part` begins.
  private var content: UInt64 = 0
  private var hasChecksum = false
  /// Bytes read that are too few to tell whether they start a frame.
  private var unknown: [UInt8] = []
  private var isEnded = false
  private(set) var trailingBytes: UInt64 = 0

  /// The parts of a frame that tell how long something is.
  private enum Part {
    case magic, skippableSize, descriptor, blockHeader

    var size: Int {
      switch self {
      case .magic, .skippableSize: 4
      case .descriptor: 1
      case .blockHeader: 3
      }
    }
  }

  init(_ upstream: any ByteSource) { self.upstream = upstream }

  var length: Int64? { nil }
  func skip(_ count: Int64) -> Int64 { 0 }

  func read(into buffer: UnsafeMutableRawBufferPointer) throws(ArchiveError) -> Int {
    while !isEnded {
      buffer.copyBytes(from: unknown)
      let free = UnsafeMutableRawBufferPointer(rebasing: buffer.dropFirst(unknown.count))
      let got = try upstream.read(into: free)
      let bytes = UnsafeRawBufferPointer(rebasing: buffer.prefix(unknown.count + got))
      unknown = []
      isEnded = got == 0
      let passed = pass(bytes)
      if isEnded {
        trailingBytes = UInt64(bytes.count - passed)
        try countRest(in: UnsafeMutableRawBufferPointer(rebasing: buffer.dropFirst(passed)))
      }
      if passed > 0 { return passed }
    }
    return 0
  }

  /// How many of `bytes` belong to frames. Ends the stream where no frame follows.
  private func pass(_ bytes: UnsafeRawBufferPointer) -> Int {
    var index = 0
    while index < bytes.count {
      if content > 0 {
        let step = min(content, UInt64(bytes.count - index))
        content -= step
        index += Int(step)
      } else if part == .magic, bytes.count - index < part.size, !isEnded {
        unknown = Array(bytes[index...])
        return index
      } else if part == .magic {
        guard Self.startsFrame(bytes[index...]) else {
          isEnded = true
          return index
        }
        part = bytes[index] == Compression.zstd.magic[0] ? .descriptor : .skippableSize
        index += Part.magic.size
      } else {
        field.append(bytes[index])
        index += 1
        if field.count == part.size { follow() }
      }
    }
    return index
  }

  private static func startsFrame(_ bytes: Slice<UnsafeRawBufferPointer>) -> Bool {
    if bytes.count < Part.magic.size { return false }
    let isSkippable = bytes[bytes.startIndex] & 0xF0 == 0x50
    return bytes.starts(with: Compression.zstd.magic)
      || isSkippable && bytes.dropFirst().starts(with: [0x2A, 0x4D, 0x18])
  }

  /// Learns from a complete field what comes next.
  private func follow() {
    let value = field.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    field = []
    switch part {
    case .magic: break
    case .skippableSize:
      content = value
      part = .magic
    case .descriptor:
      let isSingle = value & 0x20 != 0
      let contentSize: [UInt64] = [isSingle ? 1 : 0, 2, 4, 8]
      let dictionary: [UInt64] = [0, 1, 2, 4]
      content = (isSingle ? 0 : 1) + dictionary[Int(value & 3)] + contentSize[Int(value >> 6)]
      hasChecksum = value & 4 != 0
      part = .blockHeader
    case .blockHeader:
      let isRunLength = value >> 1 & 3 == 1
      content = isRunLength ? 1 : value >> 3
      if value & 1 == 1 {
        content += hasChecksum ? 4 : 0
        part = .magic
      }
    }
  }

  private func countRest(in scratch: UnsafeMutableRawBufferPointer) throws(ArchiveError) {
    if scratch.isEmpty { return }
    while case let got = try upstream.read(into: scratch), got > 0 { trailingBytes += UInt64(got) }
  }
}
