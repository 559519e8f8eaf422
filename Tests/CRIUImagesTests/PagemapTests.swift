import CRIUImages
import SwiftProtobuf
import Testing

@Suite struct PagemapTests {
  static let name = ImageName(.pagemap, 1)

  static func encode(_ entries: [PagemapEntry]) throws -> [UInt8] {
    let head = PagemapHead.with { $0.pagesID = 3 }
    return try ImageEncoder.encode(name, messages: [head] + entries)
  }

  func summary(_ entries: [PagemapEntry], pageSize: UInt64 = 4096) throws -> PagemapSummary {
    let image = ImageParser.parse(
      try Self.encode(entries), as: Self.name, pageSize: pageSize)
    #expect(image.fault == nil)
    #expect(image.records.count == 1)
    return try #require(image.pagemap)
  }

  @Test func sums() throws {
    let pagemap = try summary([
      Sample.run(0x1000, pages: 2), Sample.run(0x3000, pages: 1, flags: 1),
      Sample.run(0x4000, pages: 1, flags: 6), Sample.run(0x10000, pages: 3, flags: 2),
      Sample.run(0x20000, pages: 1, flags: 1),
    ])
    #expect(pagemap.pagesID == 3)
    #expect(pagemap.entries == 5 && pagemap.entriesWithWideCount == 5)
    #expect(pagemap.presentPages == 3 && pagemap.presentEntries == 2)
    #expect(pagemap.parentEntries == 2)
    #expect(pagemap.lazyEntries == 2 && pagemap.lazyOnlyEntries == 1)
    #expect(pagemap.ranges == [0x1000..<0x5000, 0x10000..<0x13000, 0x20000..<0x21000])
    #expect(pagemap.parentRanges == [0x3000..<0x4000, 0x20000..<0x21000])
    #expect(pagemap.end == 0x21000)
    #expect(pagemap.anomalies.isEmpty && !pagemap.rangesTruncated)
  }

  @Test func noEntries() throws {
    #expect(try summary([]).presentPages == 0)
  }

  /// init_compat_pagemap_entry of criu/pagemap.c.
  @Test(
    arguments: [
      (nil, nil, 4), (false, nil, 4), (true, nil, 1), (true, 4, 5), (false, 2, 2), (nil, 0, 0),
    ] as [(Bool?, UInt32?, UInt32)])
  func oldEntries(inParent: Bool?, flags: UInt32?, effective: UInt32) throws {
    let pagemap = try summary([
      PagemapEntry.with {
        $0.vaddr = 0x1000
        $0.compatNrPages = 3
        if let inParent { $0.inParent = inParent }
        if let flags { $0.flags = flags }
      }
    ])
    let has = PagemapFlags(rawValue: effective)
    #expect(pagemap.presentPages == (has.contains(.present) ? 3 : 0))
    #expect(pagemap.parentEntries == (has.contains(.parent) ? 1 : 0))
    #expect(pagemap.lazyEntries == (has.contains(.lazy) ? 1 : 0))
    #expect(pagemap.entriesWithWideCount == 0)
    #expect((pagemap.anomaly(.badFlags) != nil) == (effective == 0))
  }

  @Test(
    arguments: [
      (0x9000, 1, 0, [.badFlags]),
      (0x9000, 1, 8, [.badFlags]),
      (0x9000, 0, 4, [.zeroLength]),
      (0x9001, 1, 4, [.unaligned]),
      (0x4000, 1, 4, [.outOfOrder]),
      (0x6000, 1, 4, [.overlapping]),
      (0x5000, 1, 4, [.overlapping]),
      (.max - 0xfff, 1, 4, [.wrapping]),
      (0x9000, .max, 4, [.wrapping]),
      (0x9000, 1 << 52, 4, [.wrapping]),
      (0x4001, 0, 9, [.badFlags, .unaligned, .outOfOrder, .zeroLength]),
    ] as [(UInt64, UInt64, UInt32, [PagemapAnomaly.Kind])])
  func anomalies(
    vaddr: UInt64, pages: UInt64, flags: UInt32, kinds: [PagemapAnomaly.Kind]
  ) throws {
    let pagemap = try summary([
      Sample.run(0x5000, pages: 2), Sample.run(vaddr, pages: pages, flags: flags),
    ])
    #expect(pagemap.anomalies.map(\.kind) == kinds)
    let anomaly = try #require(pagemap.anomalies.first)
    #expect(anomaly.index == 2 && anomaly.vaddr == vaddr && anomaly.pages == pages)
  }

  @Test func onlyTheFirstAnomalyOfAKindIsKept() throws {
    let zero = [0x1000, 0x2000, 0x3000].map { Sample.run($0, pages: 0) }
    let pagemap = try summary(zero)
    #expect(pagemap.anomalies.count == 1)
    #expect(pagemap.anomaly(.zeroLength)?.index == 1)
    #expect(pagemap.anomaly(.zeroLength)?.offset == 14)
  }

  @Test func pageSumMayOverflow() throws {
    let pagemap = try summary([Sample.run(0, pages: .max), Sample.run(0, pages: 1)])
    #expect(pagemap.presentPages == nil)
  }

  @Test(arguments: [(65536, 65536), (4096, 4096), (0, 4096), (5000, 4096)] as [(UInt64, UInt64)])
  func pageSize(asked: UInt64, used: UInt64) throws {
    let pagemap = try summary([Sample.run(0x10000, pages: 2)], pageSize: asked)
    #expect(pagemap.pageSize == used)
    #expect(pagemap.ranges == [0x10000..<0x10000 + 2 * used])
  }

  @Test func rangesAreCapped() throws {
    var limits = ImageLimits()
    limits.pagemapRanges = 4
    let entries = (0..<6).map { Sample.run($0 << 16, pages: 1, flags: $0 == 1 ? 5 : 4) }
    let pagemap = try #require(
      ImageParser.parse(try Self.encode(entries), as: Self.name, limits: limits).pagemap)
    #expect(pagemap.ranges.map(\.lowerBound) == [0, 0x10000, 0x20000])
    #expect(pagemap.parentRanges.map(\.lowerBound) == [0x10000])
    #expect(pagemap.rangesTruncated && pagemap.presentPages == 6)
  }

  @Test func faultsNameTheEntry() throws {
    let good = try Self.encode([Sample.run(0x1000, pages: 1)])
    let bytes = good + word(2) + [0x08, 1]
    let image = ImageParser.parse(bytes, as: Self.name)
    #expect(image.pagemap?.entries == 1)
    #expect(image.fault?.record == 2)
    guard case .undecodable(let fault) = image.fault?.kind else {
      Issue.record("\(String(describing: image.fault))")
      return
    }
    #expect(fault.field?.name == "compat_nr_pages")
    let short = ImageParser.parse(Array(good.dropLast()), as: Self.name)
    #expect(short.fault?.record == 1)
  }

  /// Entries that arrive in pieces are left to the strict decoder, so that both ways can be held
  /// against each other.
  @Test(arguments: 0..<200)
  func fastPathAgreesWithStrictDecoder(seed: Int) throws {
    var generator = SeededGenerator(state: UInt64(seed))
    var bytes = try Self.encode([])
    for _ in 0..<Int.random(in: 1...20, using: &generator) {
      var record = Self.randomEntry(using: &generator)
      if !record.isEmpty, Int.random(in: 0..<40, using: &generator) == 0 {
        let index = record.indices.randomElement(using: &generator) ?? 0
        record[index] = UInt8.random(in: 0...255, using: &generator)
      }
      bytes += word(UInt32(record.count)) + record
    }
    if Bool.random(using: &generator) { bytes.removeLast(Int.random(in: 0...3, using: &generator)) }
    let whole = try outcome(ImageParser.parse(bytes, as: Self.name))
    #expect(try outcome(parse(bytes, as: Self.name, chunk: 1)) == whole)
    #expect(try outcome(parse(bytes, as: Self.name, chunk: 17)) == whole)
  }

  /// Fields mostly in order, with varints of any width, now and then longer than need be.
  private static func randomEntry(using generator: inout SeededGenerator) -> [UInt8] {
    var fields: [[UInt8]] = (UInt8(1)...5).compactMap { number in
      guard number < 3 || Bool.random(using: &generator) else { return nil }
      let bits = UInt64.random(in: 0...63, using: &generator)
      let value = number == 4 ? generator.next() & 15 : generator.next() >> bits
      var varint: [UInt8] = []
      var rest = value
      repeat {
        varint.append(UInt8(rest & 0x7f) | 0x80)
        rest >>= 7
      } while rest > 0
      while varint.count < 10, Int.random(in: 0..<20, using: &generator) == 0 {
        varint.append(0x80)
      }
      varint[varint.count - 1] &= 0x7f
      return [number << 3] + varint
    }
    if Int.random(in: 0..<10, using: &generator) == 0 { fields.shuffle(using: &generator) }
    if Int.random(in: 0..<10, using: &generator) == 0 { fields.append([0x78, 1]) }
    return fields.flatMap(\.self)
  }
}
