import Archive
import Checkpoint
import Support

extension HostileCase {
  /// The checkpoint, compressed, and then what `change` makes of that.
  private static func packed(
    _ name: String, _ compression: Compression, _ answer: Answer, _ rules: String...,
    change: @escaping @Sendable ([UInt8]) -> [UInt8] = { $0 }
  ) -> HostileCase {
    HostileCase(name: name, category: .compression, answer: answer, rules: Set(rules)) {
      change(try compress(wholeTar, compression))
    }
  }

  private static let wholeTar: [UInt8] = {
    var tar = TarBuilder.checkpoint
    tar.end()
    return tar.bytes
  }()

  static let compressions: [HostileCase] = [
    packed("gzip", .gzip, .restorable),
    packed("zstd", .zstd, .restorable),
    packed("bzip2", .bzip2, .restorable),
    packed("xz", .xz, .restorable),
    packed("gzip cut in its middle", .gzip, .findings, "archive.truncated") {
      Array($0.prefix($0.count / 2))
    },
    packed("zstd cut in its middle", .zstd, .findings, "archive.truncated") {
      Array($0.prefix($0.count / 2))
    },
    packed(
      "bzip2 cut in its middle", .bzip2, .findings, "archive.truncated"
    ) {
      Array($0.prefix($0.count / 2))
    },
    packed(
      "xz cut in its middle", .xz, .findings, "archive.truncated"
    ) {
      Array($0.prefix($0.count / 2))
    },
    packed("gzip with another CRC-32", .gzip, .findings, "archive.trailing-stream-bytes") {
      var bytes = $0
      bytes[bytes.count - 8] ^= 1
      return bytes
    },
    packed("gzip with another length", .gzip, .findings, "archive.trailing-stream-bytes") {
      var bytes = $0
      bytes[bytes.count - 1] ^= 0x80
      return bytes
    },
    packed(
      "gzip of a method that nobody knows", .gzip, .unreadable, "archive.not-an-archive"
    ) {
      var bytes = $0
      bytes[2] = 7
      return bytes
    },
    packed(
      "gzip with reserved flags", .gzip, .findings, "archive.corrupt-stream"
    ) {
      var bytes = $0
      bytes[3] = 0xE0
      return bytes
    },
    packed("gzip, and rubbish after it", .gzip, .restorable, "archive.trailing-stream-bytes") {
      $0 + pattern(1000)
    },
    packed(
      "gzip, and a second one that is damaged", .gzip, .restorable, "archive.trailing-stream-bytes"
    ) {
      $0 + [0x1F, 0x8B, 7] + pattern(1000)
    },
    packed("zstd, and rubbish after it", .zstd, .restorable, "archive.trailing-stream-bytes") {
      $0 + pattern(1000)
    },
    packed("zstd, and a frame to be skipped", .zstd, .restorable) {
      $0 + [0x50, 0x2A, 0x4D, 0x18, 4, 0, 0, 0, 1, 2, 3, 4]
    },
    packed(
      "zstd, and a frame to be skipped that claims 4 GiB", .zstd, .findings,
      "archive.trailing-stream-bytes"
    ) { $0 + [0x50, 0x2A, 0x4D, 0x18, 0xFF, 0xFF, 0xFF, 0xFF, 1] },
    packed("gzip in gzip", .gzip, .unreadable, "archive.not-an-archive") {
      (try? compress($0, .gzip)) ?? []
    },
    packed("zstd in xz", .zstd, .unreadable, "archive.not-an-archive") {
      (try? compress($0, .xz)) ?? []
    },
    packed("xz in xz", .xz, .unreadable, "archive.not-an-archive") {
      (try? compress($0, .xz)) ?? []
    },
    Category.compression.raw(
      "zstd with a window of 2 GiB", .unsafe, "archive.limit-exceeded"
    ) {
      // No content size, a window of 2^31 bytes; one raw block.
      [0x28, 0xB5, 0x2F, 0xFD, 0x00, 0xA8, 0x01, 0x10, 0x00] + [UInt8](repeating: 0, count: 512)
    },
    Category.compression.raw(
      "zstd with a dictionary", .findings, "archive.corrupt-stream"
    ) {
      [0x28, 0xB5, 0x2F, 0xFD, 0x01, 0x58, 0x07, 0x01, 0x00, 0x00]
    },
    Category.compression.raw(
      "a magic alone", .findings, "archive.truncated"
    ) {
      [0x28, 0xB5, 0x2F, 0xFD]
    },
    Category.compression.raw(
      "LZ4", .unreadable, "archive.not-an-archive"
    ) {
      [0x04, 0x22, 0x4D, 0x18] + pattern(1000)
    },
    Category.compression.raw(
      "nothing", .unreadable, "archive.not-an-archive"
    ) { [] },
    Category.compression.raw(
      "one byte", .unreadable, "archive.not-an-archive"
    ) { [0x1F] },
  ]
}
