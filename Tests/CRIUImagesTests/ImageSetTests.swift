import CRIUImages
import SwiftProtobuf
import Testing

@Suite struct ImageSetTests {
  static func image(_ name: ImageName, _ messages: [any Message]) throws -> DecodedImage {
    ImageParser.parse(try ImageEncoder.encode(name, messages: messages), as: name)
  }

  @Test func namesAndNumbers() throws {
    var set = ImageSet()
    #expect(set[.utsns, 1] == nil && set.all(.utsns).isEmpty && set.ids(of: .utsns).isEmpty)
    for id in [9, 2, 5] as [UInt64] {
      let name = ImageName(.utsns, id)
      set[name] = try Self.image(name, [Sample.uts])
    }
    set[ImageName(.inventory)] = try Self.image(ImageName(.inventory), [Sample.inventory])
    #expect(set.ids(of: .utsns) == [2, 5, 9])
    #expect(set.all(.utsns).map(\.name.id) == [2, 5, 9])
    #expect(set[.inventory]?.first(InventoryEntry.self)?.imgVersion == 2)
    #expect(
      set.names.map(\.fileName) == ["inventory.img", "utsns-2.img", "utsns-5.img", "utsns-9.img"])
    set[ImageName(.utsns, 5)] = nil
    #expect(set.ids(of: .utsns) == [2, 9])
    #expect(ImageSet(set.all(.utsns)).names == [ImageName(.utsns, 2), ImageName(.utsns, 9)])
  }
}

@Suite struct ImageEncoderTests {
  @Test func bytesOfAnImage() throws {
    let bytes = try ImageEncoder.encode(ImageName(.utsns, 1), messages: [Sample.uts])
    let message: [UInt8] = [0x0a, 4] + Array("host".utf8) + [0x12, 6] + Array("(none)".utf8)
    #expect(bytes == word(0x5456_4319) + word(0x5447_3203) + word(14) + message)
  }

  @Test func rawImagesHaveNoHead() throws {
    #expect(try ImageEncoder.encode(ImageName(.pages, 1), messages: []).isEmpty)
  }

  /// Whatever is parsed without fault is written back as it was.
  @Test func unknownFieldsSurvive() throws {
    let future: [UInt8] = [0x08, 2, 0x1a, 10, 0x08, 1, 0x10, 1, 0x18, 1, 0x20, 1, 0x78, 9]
    let bytes = try image(.inventory, [future + [0xf2, 0x01, 1, 0xff]])
    let parsed = ImageParser.parse(bytes, as: ImageName(.inventory))
    #expect(parsed.fault == nil)
    let again = try ImageEncoder.encode(
      ImageName(.inventory), messages: parsed.records.map(\.message))
    #expect(again == bytes)
  }
}

@Suite struct ChunkingTests {
  /// Images of each kind of framing and payload, sound and not.
  static func samples() throws -> [(ImageName, [UInt8])] {
    func encode(_ type: ImageType, _ records: [(any Message, Int)]) throws -> (ImageName, [UInt8]) {
      let name = ImageName(type, 1)
      let bytes = try ImageEncoder.encode(
        name, records: records.map { .init($0, payload: [UInt8](repeating: 1, count: $1)) })
      return (name, bytes)
    }
    return try [
      encode(.pstree, [(Sample.task(1), 0), (Sample.task(2, parent: 1), 0)]),
      encode(.inventory, [(Sample.inventory, 0)]),
      encode(.seccomp, [(SeccompEntry(), 0)]),
      encode(.utsns, [(Sample.uts, 5)]),
      encode(.pipesData, [(PayloadCase.pipe(5), 5), (PayloadCase.pipe(9), 8)]),
      encode(
        .ipcMsg,
        [(PayloadTests.queue(2), 0), (PayloadTests.text(3), 8), (PayloadTests.text(9), 16)]
      ),
      encode(.ghostFile, [(Sample.ghost(), 30)]),
      encode(
        .ghostFile,
        [
          (Sample.ghost(chunks: true), 0), (Sample.chunk(at: 0, length: 6), 6),
          (Sample.chunk(at: 4096, length: 9), 9),
        ]),
      encode(
        .pagemap,
        [
          (PagemapHead.with { $0.pagesID = 1 }, 0), (Sample.run(0x1000, pages: 1), 0),
          (Sample.run(0x2000, pages: 7), 0), (Sample.run(0x1000, pages: 7), 0),
        ]),
    ]
  }

  @Test func everyChunkSizeGivesTheSame() throws {
    for (name, bytes) in try Self.samples() {
      for end in 0...bytes.count {
        let prefix = Array(bytes[..<end])
        let whole = try outcome(ImageParser.parse(prefix, as: name))
        // The whole file in chunks of every size; what is cut short in some.
        for chunk in end == bytes.count ? Array(1...max(1, end)) : [1, 3, 8] {
          #expect(
            try outcome(parse(prefix, as: name, chunk: chunk)) == whole,
            "\(name) cut to \(end) in chunks of \(chunk)")
        }
      }
    }
  }

  @Test(arguments: 0..<20)
  func noByteTraps(seed: Int) throws {
    var generator = SeededGenerator(state: UInt64(seed))
    for (name, bytes) in try Self.samples() {
      for _ in 0..<50 {
        var damaged = bytes
        for _ in 0..<Int.random(in: 1...4, using: &generator) {
          let index = Int.random(in: 0..<bytes.count, using: &generator)
          damaged[index] = UInt8.random(in: 0...255, using: &generator)
        }
        let whole = try outcome(ImageParser.parse(damaged, as: name))
        #expect(try outcome(parse(damaged, as: name, chunk: 3)) == whole)
      }
    }
  }
}
