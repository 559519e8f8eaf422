import CRIUImages
import SwiftProtobuf

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// Bytes of an image with `records` that need not be messages at all.
func image(
  _ type: ImageType, _ records: [[UInt8]], framing: ImageFraming = .headMagic
) throws -> [UInt8] {
  let head = try ImageEncoder.encode(ImageName(type), messages: [], framing: framing)
  return head + records.flatMap { word(UInt32($0.count)) + $0 }
}

/// A 32-bit word as it is in a file.
func word(_ value: UInt32) -> [UInt8] {
  (0..<4).map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) }
}

/// Feeds `bytes` in chunks.
func parse(_ bytes: [UInt8], as name: ImageName, chunk: Int) -> DecodedImage {
  var parser = ImageParser(name: name)
  for start in stride(from: 0, to: bytes.count, by: chunk) {
    parser.consume(Array(bytes[start..<min(start + chunk, bytes.count)]).span.bytes)
  }
  return parser.finish()
}

/// What two parses must agree on.
func outcome(_ image: DecodedImage) throws -> [String] {
  let records = try image.records.map { record in
    let bytes: [UInt8] = try record.message.serializedBytes(partial: true)
    return "\(record.index) \(record.offset) \(record.size) \(record.payload) \(bytes)"
  }
  return records + [
    "\(image.size) \(String(describing: image.framing)) \(image.trailingBytes)",
    String(describing: image.fault), String(describing: image.pagemap),
    String(describing: image.ghost),
  ]
}

/// A generator that gives the same numbers every time (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
    return mixed ^ (mixed >> 31)
  }
}

/// Small messages with every required field.
enum Sample {
  static func task(_ pid: UInt32, parent: UInt32 = 0) -> PstreeEntry {
    .with {
      $0.pid = pid
      $0.ppid = parent
      $0.pgid = pid
      $0.sid = pid
      $0.threads = [pid]
    }
  }

  static func run(_ vaddr: UInt64, pages: UInt64, flags: UInt32? = 4) -> PagemapEntry {
    .with {
      $0.vaddr = vaddr
      $0.compatNrPages = 0
      if let flags { $0.flags = flags }
      $0.nrPages = pages
    }
  }

  static let inventory = InventoryEntry.with {
    $0.imgVersion = 2
    $0.fdinfoPerID = true
  }

  static let uts = UtsnsEntry.with {
    $0.nodename = Data("host".utf8)
    $0.domainname = Data("(none)".utf8)
  }

  static let owner = FownEntry.with {
    $0.uid = 0
    $0.euid = 0
    $0.signum = 0
    $0.pidType = 0
    $0.pid = 0
  }

  static let ipc = IpcDescEntry.with {
    $0.key = 1
    $0.uid = 0
    $0.gid = 0
    $0.cuid = 0
    $0.cgid = 0
    $0.mode = 0o600
    $0.id = 7
  }

  static func ghost(
    mode: UInt32 = 0o100644, chunks: Bool = false, size: UInt64? = 10_000
  ) -> GhostFileEntry {
    .with {
      $0.uid = 0
      $0.gid = 0
      $0.mode = mode
      if chunks { $0.chunks = true }
      if let size { $0.size = size }
    }
  }

  static func chunk(at offset: UInt64, length: UInt64) -> GhostChunkEntry {
    .with {
      $0.off = offset
      $0.len = length
    }
  }
}
