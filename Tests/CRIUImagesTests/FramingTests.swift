import CRIUImages
import SwiftProtobuf
import Testing

@Suite struct FramingTests {
  static let head = word(0x5456_4319)
  static let pstree = word(0x5027_3030)

  @Test(arguments: [ImageFraming.headMagic, .typeMagicOnly])
  func bothFramings(framing: ImageFraming) throws {
    let tasks = [Sample.task(1), Sample.task(2, parent: 1)]
    let bytes = try ImageEncoder.encode(ImageName(.pstree), messages: tasks, framing: framing)
    let image = ImageParser.parse(bytes, as: ImageName(.pstree))
    #expect(image.fault == nil)
    #expect(image.framing == framing)
    #expect(image.messages(PstreeEntry.self).map(\.message) == tasks)
    #expect(image.size == UInt64(bytes.count))
    let first = framing == .headMagic ? 8 : 4
    #expect(image.records.map(\.offset) == [UInt64(first), UInt64(first + 14)])
    #expect(image.records.map(\.size) == [10, 10])
  }

  @Test func inventoryAndServiceImages() throws {
    let inventory = try ImageEncoder.encode(ImageName(.inventory), messages: [Sample.inventory])
    #expect(Array(inventory.prefix(4)) == word(0x5831_3116))
    #expect(ImageParser.parse(inventory, as: ImageName(.inventory)).fault == nil)
    let stats = try ImageEncoder.encode(ImageName(.dumpStats), messages: [StatsEntry()])
    #expect(Array(stats.prefix(4)) == word(0x5510_5940))
    #expect(ImageParser.parse(stats, as: ImageName(.dumpStats)).framing == .headMagic)
  }

  @Test(
    arguments: [
      (.pstree, [], .emptyFile, nil, 0),
      (.inventory, [], .emptyFile, nil, 0),
      (.inventory, [0x16, 0x31], .shortHead(have: 2, need: 4), nil, 0),
      (.pstree, [0x19], .shortHead(have: 1, need: 8), nil, 0),
      (.pstree, head, .shortHead(have: 4, need: 8), nil, 0),
      (.pstree, head + [0x30], .shortHead(have: 5, need: 8), nil, 0),
      (
        .pstree, word(0xdead_beef), .badHeadMagic(have: 0xdead_beef, need: 0x5456_4319), nil, 0
      ),
      (
        .pstree, word(0x5510_5940), .badHeadMagic(have: 0x5510_5940, need: 0x5456_4319), nil, 0
      ),
      (
        .dumpStats, head, .badHeadMagic(have: 0x5456_4319, need: 0x5510_5940), nil, 0
      ),
      (
        .pstree, head + word(0xdead_beef),
        .badTypeMagic(have: 0xdead_beef, need: 0x5027_3030, others: []), nil, 4
      ),
      (
        .pstree, head + word(0x5749_2820),
        .badTypeMagic(have: 0x5749_2820, need: 0x5027_3030, others: [.mm]), nil, 4
      ),
      (
        .pstree, word(0x5608_4025),
        .badTypeMagic(have: 0x5608_4025, need: 0x5027_3030, others: [.pagemap, .shmemPagemap]), nil,
        0
      ),
      (
        .inventory, head, .badTypeMagic(have: 0x5456_4319, need: 0x5831_3116, others: []), nil, 0
      ),
      (
        .pstree, word(0x1943_5654), .byteSwapped(have: 0x1943_5654, need: 0x5456_4319), nil, 0
      ),
      (
        .pstree, head + word(0x3030_2750), .byteSwapped(have: 0x3030_2750, need: 0x5027_3030), nil,
        4
      ),
      (
        .inventory, word(0x1631_3158), .byteSwapped(have: 0x1631_3158, need: 0x5831_3116), nil, 0
      ),
      (.pstree, head + pstree + [1], .strayBytes(have: 1), 0, 8),
      (.pstree, head + pstree + [1, 2, 3], .strayBytes(have: 3), 0, 8),
      (.pstree, head + pstree + word(8), .shortRecord(have: 0, need: 8), 0, 8),
      (.pstree, head + pstree + word(8) + [8, 1], .shortRecord(have: 2, need: 8), 0, 8),
      (
        .pstree, head + pstree + word(0xffff_fff0),
        .oversizeRecord(have: 0xffff_fff0, limit: 64 << 20), 0, 8
      ),
      (.mm, head + word(0x5749_2820), .missingRecord(need: "MmEntry"), 0, 8),
      (.timens, head + word(0x4311_4433), .missingRecord(need: "TimensEntry"), 0, 8),
      (.pagemap, head + word(0x5608_4025), .missingRecord(need: "PagemapHead"), 0, 8),
    ] as [(ImageType, [UInt8], ImageFault.Kind, Int?, UInt64)])
  func faults(
    type: ImageType, bytes: [UInt8], kind: ImageFault.Kind, record: Int?, offset: UInt64
  ) {
    let image = ImageParser.parse(bytes, as: ImageName(type, 1))
    #expect(image.fault?.kind == kind)
    #expect(image.fault?.record == record && image.fault?.offset == offset)
    #expect(image.size == UInt64(bytes.count))
  }

  @Test(arguments: [ImageType.pstree, .files, .seccomp, .cgroup, .pidns, .ids])
  func noRecordIsNoFaultWhereCRIUTakesItForNoFile(type: ImageType) throws {
    let bytes = try image(type, [])
    #expect(ImageParser.parse(bytes, as: ImageName(type, 1)).fault == nil)
  }

  @Test func faultInALaterRecord() throws {
    let bytes = try image(.pstree, [StrictDecoderTests.task, [0x08, 1]])
    let image = ImageParser.parse(bytes, as: ImageName(.pstree))
    #expect(image.records.count == 1)
    #expect(image.fault?.record == 1)
    #expect(
      image.fault?.description == """
        record 1 at offset 20: PstreeEntry field 2 (ppid) at offset 24: the required field is missing
        """)
  }

  @Test func whatFollowsTheOnlyRecordIsIgnored() throws {
    let whole = try ImageEncoder.encode(ImageName(.utsns, 9), messages: [Sample.uts])
    let image = ImageParser.parse(whole + [1, 2, 3], as: ImageName(.utsns, 9))
    #expect(image.fault == nil)
    #expect(image.trailingBytes == 3)
    #expect(image.first(UtsnsEntry.self)?.nodenameText == "host")
  }

  @Test func rawImagesAreCounted() {
    for bytes in [[], [1], [UInt8](repeating: 7, count: 5000)] as [[UInt8]] {
      let image = ImageParser.parse(bytes, as: ImageName(.pages, 1))
      #expect(image.fault == nil)
      #expect(image.size == UInt64(bytes.count))
      #expect(image.framing == nil && image.trailingBytes == 0)
    }
  }

  @Test func recordLimitIsAParameter() throws {
    var limits = ImageLimits()
    limits.recordBytes = 9
    let bytes = try image(.pstree, [StrictDecoderTests.task, [UInt8](repeating: 0, count: 10)])
    let image = ImageParser.parse(bytes, as: ImageName(.pstree), limits: limits)
    #expect(image.fault?.kind == .oversizeRecord(have: 10, limit: 9))
  }

  @Test func descriptionsNameBothValues() {
    let bytes = Self.head + word(0x5608_4025)
    #expect(
      ImageParser.parse(bytes, as: ImageName(.pstree)).fault?.description == """
        offset 4: the magic is 0x56084025, that of pagemap-N.img and pagemap-shmem-N.img, \
        but must be 0x50273030
        """)
  }
}
