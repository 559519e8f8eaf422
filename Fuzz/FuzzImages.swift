import CRIUImages
import Checkpoint
import SwiftProtobuf

/// Reads an image in several chunkings, all of which must give the same, and judges a checkpoint
/// that holds it.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ data: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
  let input = UnsafeBufferPointer(start: data, count: count)
  guard let choice = Choice(input) else { return 0 }
  let bytes = Array(input.dropFirst(2))
  let type = ImageType.allCases[choice.kind % ImageType.allCases.count]
  let images = choice.base.checkpoint.images
  let name = ImageName(type, images.ids(of: type).first ?? 1)

  let whole = ImageParser.parse(bytes, as: name)
  for chunk in [1, 3, 64] { checkSame(whole, parse(bytes, as: name, chunk: chunk)) }
  if choice.judges {
    choice.base.judge("checkpoint/\(name)", .image(whole), size: bytes.count)
  }
  return 0
}

/// The type of an image of that name.
func seedKind(of path: String) -> Int? {
  let file = path.split(separator: "/").last.map(String.init) ?? ""
  guard let type = ImageName(fileName: file)?.type, type.layout.head != .raw else { return nil }
  return ImageType.allCases.firstIndex(of: type)
}

/// What else it is fed with.
let moreSeeds: [(kind: Int, bytes: [UInt8])] = []

private func parse(_ bytes: [UInt8], as name: ImageName, chunk: Int) -> DecodedImage {
  var parser = ImageParser(name: name)
  for start in stride(from: 0, to: bytes.count, by: chunk) {
    parser.consume(Array(bytes[start..<min(start + chunk, bytes.count)]).span.bytes)
  }
  return parser.finish()
}

private func checkSame(_ one: DecodedImage, _ other: DecodedImage) {
  check(one.size == other.size, "sizes \(one.size) and \(other.size)")
  check(one.framing == other.framing, "framings differ")
  check(one.trailingBytes == other.trailingBytes, "trailing bytes differ")
  check(one.fault == other.fault, "faults \(one.fault as Any) and \(other.fault as Any)")
  check(one.pagemap == other.pagemap, "pagemaps differ")
  check(one.ghost == other.ghost, "ghosts differ")
  check(one.records.count == other.records.count, "numbers of records differ")
  for (first, second) in zip(one.records, other.records) {
    check(
      first.index == second.index && first.offset == second.offset && first.size == second.size
        && first.payload == second.payload && first.message.isEqualTo(message: second.message),
      "records \(first.index) and \(second.index) differ")
  }
}
