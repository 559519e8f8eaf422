import CRIUImages
import SwiftProtobuf
import Testing

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// Each expectation is what protobuf_c_message_unpack does with the same bytes.
@Suite struct StrictDecoderTests {
  /// A task: pid 1, ppid 0, pgid 1, sid 1.
  static let task: [UInt8] = [0x08, 1, 0x10, 0, 0x18, 1, 0x20, 1]
  /// Where the record of the only message of an image starts.
  static let start: UInt64 = 12

  func decode<M: Message>(
    _ bytes: [UInt8], as type: ImageType, limits: ImageLimits = ImageLimits()
  ) throws -> (message: M?, fault: MessageFault?) {
    let image = try ImageParser.parse(
      image(type, [bytes]), as: ImageName(type, 1), limits: limits)
    guard let fault = image.fault else { return (image.first(M.self), nil) }
    guard case .undecodable(let messageFault) = fault.kind else {
      Issue.record("\(fault)")
      return (nil, nil)
    }
    return (nil, messageFault)
  }

  @Test(
    arguments: [
      ([0x28, 5, 0x28, 6], [5, 6]),
      ([0x2a, 3, 5, 0x86, 0x01], [5, 134]),
      ([0x2a, 1, 5, 0x28, 6, 0x2a, 0], [5, 6]),
      ([0x28, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01], [0xffff_ffff]),
      ([0x28, 0x81, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x00], [1]),
    ] as [([UInt8], [UInt32])])
  func repeatedNumbers(field: [UInt8], threads: [UInt32]) throws {
    let result: (message: PstreeEntry?, _: MessageFault?) = try decode(
      Self.task + field, as: .pstree)
    #expect(result.message?.threads == threads)
  }

  @Test(
    arguments: [
      [0x78, 0x80, 1], [0x79, 1, 2, 3, 4, 5, 6, 7, 8], [0x7a, 2, 1, 2], [0x7d, 1, 2, 3, 4],
    ] as [[UInt8]])
  func unknownFieldsAreKept(field: [UInt8]) throws {
    let result: (message: PstreeEntry?, _: MessageFault?) = try decode(
      Self.task + field, as: .pstree)
    #expect(try result.message?.serializedBytes() == Self.task + field)
  }

  @Test(
    arguments: [
      // A number of 32 bits, and 0 in two bytes: no schema has them, but protobuf-c skips them.
      [0xf8, 0xff, 0xff, 0xff, 0x0f, 7], [0x80, 0x00, 7],
    ] as [[UInt8]])
  func oddFieldNumbersAreSkipped(field: [UInt8]) throws {
    let result: (message: PstreeEntry?, _: MessageFault?) = try decode(
      Self.task + field + [0x28, 9], as: .pstree)
    #expect(result.message?.threads == [9])
  }

  @Test(
    arguments: [
      ([0x00], nil, .malformedTag),
      ([0x07], nil, .malformedTag),
      ([0xff, 0xff, 0xff, 0xff, 0xff, 0x00], nil, .malformedTag),
      ([0x88], nil, .malformedTag),
      ([0x7b], 15, .unsupportedWireType(have: 3)),
      ([0x7c], 15, .unsupportedWireType(have: 4)),
      ([0x7e], 15, .unsupportedWireType(have: 6)),
      ([0x7f], 15, .unsupportedWireType(have: 7)),
      ([0x0d, 0, 0, 0, 0], 1, .wrongWireType(have: .fixed32, need: .varint)),
      ([0x09, 0, 0, 0, 0, 0, 0, 0, 0], 1, .wrongWireType(have: .fixed64, need: .varint)),
      ([0x0a, 0], 1, .wrongWireType(have: .lengthDelimited, need: .varint)),
      ([0x2d, 0, 0, 0, 0], 5, .wrongWireType(have: .fixed32, need: .varint)),
      ([0x08], 1, .unterminatedVarint),
      ([0x08, 0x80], 1, .unterminatedVarint),
      ([0x08] + [UInt8](repeating: 0x80, count: 10) + [0], 1, .unterminatedVarint),
      ([0x2a, 2, 1, 0x80], 5, .unterminatedVarint),
      ([0x7a], 15, .unterminatedLength),
      ([0x7a, 0xff, 0xff, 0xff, 0xff, 0xff, 0], 15, .unterminatedLength),
      ([0x7a, 3, 1, 2], 15, .truncated(have: 2, need: 3)),
      ([0x7a, 0xff, 0xff, 0xff, 0xff, 0x7f], 15, .truncated(have: 0, need: 0x7_ffff_ffff)),
      ([0x79, 1, 2], 15, .truncated(have: 2, need: 8)),
      ([0x7d, 1, 2, 3], 15, .truncated(have: 3, need: 4)),
    ] as [([UInt8], Int?, MessageFault.Problem)])
  func refused(field: [UInt8], number: Int?, problem: MessageFault.Problem) throws {
    let result: (message: PstreeEntry?, fault: MessageFault?) = try decode(
      Self.task + field, as: .pstree)
    let fault = try #require(result.fault)
    #expect(fault.problem == problem)
    #expect(fault.message == "PstreeEntry")
    #expect(fault.offset == Self.start + 8)
    if number != nil { #expect(fault.field?.number == number) }
  }

  @Test(arguments: zip(0..<4, ["pid", "ppid", "pgid", "sid"]))
  func requiredFields(index: Int, name: String) throws {
    var bytes = Self.task
    bytes.removeSubrange(index * 2..<index * 2 + 2)
    let result: (message: PstreeEntry?, fault: MessageFault?) = try decode(bytes, as: .pstree)
    let fault = try #require(result.fault)
    #expect(fault.problem == .missingRequired)
    #expect(fault.field?.name == name)
    #expect(fault.offset == Self.start)
  }

  @Test(arguments: ImageType.allCases.filter { $0.layout.head != .raw })
  func emptyRecords(type: ImageType) throws {
    let message = try #require(type.layout.messages.first)
    let image = try ImageParser.parse(image(type, [[]]), as: ImageName(type, 1))
    if message.init().isInitialized {
      #expect(image.fault == nil)
      #expect(image.records.count == 1)
    } else {
      guard case .undecodable(let fault) = image.fault?.kind else {
        Issue.record("\(image.fault?.description ?? "no fault")")
        return
      }
      #expect(fault.problem == .missingRequired)
      #expect(fault.field?.name != nil)
    }
  }

  /// protobuf-c looks at no wire type here, and takes the length for a byte of the value.
  @Test(
    arguments: [
      ([0x50, 1], true), ([0x50, 0x80, 0], false), ([0x52, 1, 0], true), ([0x52, 0], false),
      ([0x55, 0, 0, 0, 0x80], false), ([0x51, 0, 0, 0, 0, 0, 0, 0, 2], true),
    ] as [([UInt8], Bool)])
  func booleansOfAnyWireType(field: [UInt8], value: Bool) throws {
    let result: (message: InventoryEntry?, _: MessageFault?) = try decode(
      [0x08, 2] + field, as: .inventory)
    #expect(result.message?.tcpClose == value)
  }

  @Test func signedNumbers() throws {
    let file = RegFileEntry.with { $0.mntID = -1 }
    let mapping = VmaEntry.with { $0.fd = .min }
    let lock = FileLockEntry.with {
      $0.flag = 1
      $0.type = 0
      $0.pid = -1
      $0.fd = .min
      $0.start = -5
      $0.len = .min
    }
    let bytes: [UInt8] = try lock.serializedBytes()
    let result: (message: FileLockEntry?, _: MessageFault?) = try decode(bytes, as: .fileLocks)
    #expect(result.message == lock)
    for (type, message) in [(ImageType.regFiles, file as any Message), (.vmas, mapping)] {
      let partial: [UInt8] = try message.serializedBytes(partial: true)
      let result: (message: VmaEntry?, fault: MessageFault?) = try decode(partial, as: type)
      #expect(result.fault?.problem == .missingRequired)
    }
  }

  @Test func nestedMessagesMustBeComplete() throws {
    let clock: [UInt8] = [0x08, 1, 0x10, 2]
    let whole = [0x0a, 4] + clock + [0x12, 4] + clock
    let lacking: [UInt8] = [0x0a, 2, 0x08, 5]
    let good: (message: TimensEntry?, _: MessageFault?) = try decode(whole, as: .timens)
    #expect(good.message?.boottime.tvNsec == 2)
    // The first of two is complete, and so would be their merger.
    let bad: (message: TimensEntry?, fault: MessageFault?) = try decode(
      whole + lacking, as: .timens)
    #expect(bad.fault?.problem == .missingRequired && bad.fault?.offset == Self.start + 14)
    #expect(bad.fault?.message == "TimespecEntry" && bad.fault?.field?.name == "tv_nsec")
  }

  @Test func nestedMessagesAreMerged() throws {
    let plugin: [UInt8] = [0x62, 3, 0x62, 1, 0x61]
    let result: (message: InventoryEntry?, _: MessageFault?) = try decode(
      [0x08, 2] + plugin + plugin, as: .inventory)
    #expect(result.message?.pluginsEntry.pluginTexts == ["a", "a"])
  }

  /// A complete message repeated often costs no more than its bytes, and keeps what is unknown.
  @Test func manyMergers() throws {
    let clock: [UInt8] = [0x0a, 6, 0x08, 1, 0x10, 2, 0x78, 3]
    let bytes = Array(repeating: clock, count: 20_000).flatMap(\.self)
    let result: (message: TimensEntry?, _: MessageFault?) = try decode(
      bytes + [0x12, 4, 0x08, 1, 0x10, 2], as: .timens)
    #expect(result.message?.monotonic.unknownFields.data.count == 40_000)
  }

  @Test(arguments: [(64, true), (65, false)])
  func nesting(depth: Int, isAccepted: Bool) throws {
    // A directory has a name and a directory; the outer two levels are not directories.
    var bytes: [UInt8] = [0x0a, 0]
    for level in (0..<depth).reversed() {
      let name: [UInt8] = level > 1 ? [0x0a, 0] : []
      bytes = name + [0x12] + varint(bytes.count) + bytes
    }
    let result: (message: CgroupEntry?, fault: MessageFault?) = try decode(bytes, as: .cgroup)
    #expect(result.fault?.problem == (isAccepted ? nil : .tooDeep(limit: 64)))
  }

  @Test func packedFixedValuesFillTheirLength() throws {
    let options =
      try SkOptsEntry.with {
        $0.soSndbuf = 1
        $0.soRcvbuf = 1
        $0.soSndTmoSec = 0
        $0.soSndTmoUsec = 0
        $0.soRcvTmoSec = 0
        $0.soRcvTmoUsec = 0
      }.serializedBytes() as [UInt8]
    func socket(filter: [UInt8]) throws -> MessageFault? {
      let nested = options + [0x82, 0x01, UInt8(filter.count)] + filter
      let result: (message: UnixSkEntry?, fault: MessageFault?) = try decode(
        [0x52, UInt8(nested.count)] + nested, as: .unixSockets)
      return result.fault
    }
    #expect(try socket(filter: [UInt8](repeating: 1, count: 16))?.problem == .missingRequired)
    #expect(try socket(filter: [1, 2, 3])?.problem == .packedLength(have: 3, unit: 8))
  }

  @Test func decodedMemoryIsBounded() throws {
    // Two bytes of file for each controller.
    let bytes = Array(repeating: [0x12, 0] as [UInt8], count: 10_000).flatMap(\.self)
    var limits = ImageLimits()
    limits.decodedBytes = 1 << 20
    let result: (message: CgroupEntry?, fault: MessageFault?) = try decode(
      bytes, as: .cgroup, limits: limits)
    #expect(result.fault?.problem == .tooLarge(limit: 1 << 20))
  }

  @Test func descriptionNamesFieldAndBothValues() throws {
    let result: (message: PstreeEntry?, fault: MessageFault?) = try decode(
      [0x0d, 0, 0, 0, 0], as: .pstree)
    #expect(
      result.fault?.description
        == "PstreeEntry field 1 (pid) at offset 12: the value is a 32-bit value, but must be a varint"
    )
  }

  private func varint(_ value: Int) -> [UInt8] {
    value < 0x80 ? [UInt8(value)] : [UInt8(value & 0x7f) | 0x80] + varint(value >> 7)
  }
}
