import CRIUImages
import SwiftProtobuf
import Testing

/// A record and how many bytes are due behind it.
struct PayloadCase: Sendable, CustomTestStringConvertible {
  var type: ImageType
  var message: any Message
  var count: Int

  var testDescription: String { "\(type) \(count)" }

  static let all: [PayloadCase] = [
    .init(type: .pipesData, message: pipe(0), count: 0),
    .init(type: .pipesData, message: pipe(5), count: 5),
    .init(type: .fifoData, message: pipe(7), count: 7),
    .init(
      type: .socketQueues,
      message: SkPacketEntry.with {
        $0.idFor = 1
        $0.length = 3
      }, count: 3),
    .init(
      type: .tcpStream,
      message: TcpStreamEntry.with {
        $0.inqLen = 2
        $0.inqSeq = 0
        $0.outqLen = 3
        $0.outqSeq = 0
        $0.optMask = 0
        $0.sndWscale = 0
        $0.mssClamp = 0
      }, count: 5),
    .init(type: .bpfmapData, message: map(keys: 4, values: 8), count: 12),
    // CRIU adds in 32 bits.
    .init(type: .bpfmapData, message: map(keys: .max, values: 4), count: 3),
    .init(type: .ipcShm, message: segment(5), count: 8),
    .init(type: .ipcShm, message: segment(5, inPagemaps: true), count: 0),
    .init(type: .ipcSem, message: semaphores(1), count: 8),
    .init(type: .ipcSem, message: semaphores(5), count: 16),
  ]

  static func pipe(_ bytes: UInt32) -> PipeDataEntry {
    .with {
      $0.pipeID = 1
      $0.bytes = bytes
    }
  }

  static func map(keys: UInt32, values: UInt32) -> BpfmapDataEntry {
    .with {
      $0.mapID = 1
      $0.keysBytes = keys
      $0.valuesBytes = values
      $0.count = 1
    }
  }

  static func segment(_ size: UInt64, inPagemaps: Bool = false) -> IpcShmEntry {
    .with {
      $0.desc = Sample.ipc
      $0.size = size
      if inPagemaps { $0.inPagemaps = true }
    }
  }

  static func semaphores(_ count: UInt32) -> IpcSemEntry {
    .with {
      $0.desc = Sample.ipc
      $0.nsems = count
    }
  }
}

@Suite struct PayloadTests {
  func encode(_ type: ImageType, _ records: [(any Message, Int)]) throws -> [UInt8] {
    try ImageEncoder.encode(
      ImageName(type, 1),
      records: records.map { .init($0, payload: [UInt8](repeating: 0xab, count: $1)) })
  }

  @Test(arguments: PayloadCase.all)
  func exact(payload: PayloadCase) throws {
    let isList = payload.type.layout.cardinality == .many
    let records = Array(repeating: (payload.message, payload.count), count: isList ? 2 : 1)
    let image = ImageParser.parse(
      try encode(payload.type, records), as: ImageName(payload.type, 1))
    #expect(image.fault == nil)
    #expect(image.records.map(\.payload) == records.map { UInt64($0.1) })
    #expect(image.trailingBytes == 0)
  }

  @Test(arguments: PayloadCase.all.filter { $0.count > 0 })
  func short(payload: PayloadCase) throws {
    let bytes = try encode(payload.type, [(payload.message, payload.count - 1)])
    let image = ImageParser.parse(bytes, as: ImageName(payload.type, 1))
    let need = UInt64(payload.count)
    #expect(image.fault?.kind == .shortPayload(have: need - 1, need: need))
    #expect(image.fault?.record == 0 && image.fault?.offset == UInt64(bytes.count) - need + 1)
    #expect(image.records.map(\.payload) == [need - 1])
  }

  @Test func hugeSegmentsAreNotAllocated() throws {
    let bytes = try encode(.ipcShm, [(PayloadCase.segment(.max), 4)])
    let image = ImageParser.parse(bytes, as: ImageName(.ipcShm, 1))
    #expect(image.fault?.kind == .shortPayload(have: 4, need: .max - 3))
  }

  static func queue(_ count: UInt32) -> IpcMsgEntry {
    .with {
      $0.desc = Sample.ipc
      $0.qbytes = 16384
      $0.qnum = count
    }
  }

  static func text(_ size: UInt32) -> IpcMsg {
    .with {
      $0.mtype = 1
      $0.msize = size
    }
  }

  @Test func messageQueues() throws {
    let bytes = try encode(
      .ipcMsg,
      [(Self.queue(2), 0), (Self.text(3), 8), (Self.text(0), 0), (Self.queue(0), 0)])
    let image = ImageParser.parse(bytes, as: ImageName(.ipcMsg, 1))
    #expect(image.fault == nil)
    #expect(image.messages(IpcMsgEntry.self).map(\.record.index) == [0, 3])
    #expect(image.messages(IpcMsg.self).map(\.message.msize) == [3, 0])
    #expect(image.records.map(\.payload) == [0, 8, 0, 0])
  }

  @Test func messageQueueFaults() throws {
    let missing = ImageParser.parse(
      try encode(.ipcMsg, [(Self.queue(2), 0), (Self.text(8), 8)]), as: ImageName(.ipcMsg, 1))
    #expect(missing.fault?.kind == .missingRecord(need: "IpcMsg"))
    #expect(missing.fault?.record == 2)
    let long = ImageParser.parse(
      try encode(.ipcMsg, [(Self.queue(1), 0), (Self.text(8193), 8200)]),
      as: ImageName(.ipcMsg, 1))
    #expect(long.fault?.kind == .oversizeMessage(have: 8193, limit: 8192))
  }

  @Test func plainGhostContentGoesToTheEnd() throws {
    let bytes = try encode(.ghostFile, [(Sample.ghost(), 9_999)])
    let image = ImageParser.parse(bytes, as: ImageName(.ghostFile, 1))
    let ghost = try #require(image.ghost)
    #expect(image.fault == nil)
    #expect(ghost.length == 9_999 && ghost.declaredSize == 10_000 && !ghost.isChunked)
    #expect(image.records.map(\.payload) == [9_999])
  }

  @Test(arguments: [0o010644, 0o020644, 0o040755, 0o060644, 0o120777] as [UInt32])
  func onlyRegularGhostsHaveContent(mode: UInt32) throws {
    let bytes = try encode(.ghostFile, [(Sample.ghost(mode: mode), 3)])
    let image = ImageParser.parse(bytes, as: ImageName(.ghostFile, 1))
    #expect(image.ghost == nil)
    #expect(image.trailingBytes == 3)
  }

  @Test func ghostChunks() throws {
    let records: [(any Message, Int)] = [
      (Sample.ghost(chunks: true), 0), (Sample.chunk(at: 0, length: 100), 100),
      (Sample.chunk(at: 8192, length: 4096), 4096), (Sample.chunk(at: 12288, length: 1), 1),
    ]
    let image = ImageParser.parse(
      try encode(.ghostFile, records), as: ImageName(.ghostFile, 1))
    let ghost = try #require(image.ghost)
    #expect(image.fault == nil)
    #expect(image.records.count == 1)
    #expect(ghost.isChunked && ghost.chunks == 3)
    #expect(ghost.length == 4197 && ghost.chunksEnd == 12289)
    // The size is 10 000, so that 12 288 is still within the last block.
    #expect(ghost.firstOverrun?.index == 3)
    #expect(ghost.firstOverrun?.position == 12288)
  }

  @Test func ghostChunkFaults() throws {
    let short = ImageParser.parse(
      try encode(
        .ghostFile, [(Sample.ghost(chunks: true), 0), (Sample.chunk(at: 0, length: 100), 99)]),
      as: ImageName(.ghostFile, 1))
    #expect(short.fault?.kind == .shortPayload(have: 99, need: 100))
    #expect(short.fault?.record == 1)
    #expect(short.ghost?.length == 99)
    let sizeless = ImageParser.parse(
      try encode(.ghostFile, [(Sample.ghost(chunks: true, size: nil), 0)]),
      as: ImageName(.ghostFile, 1))
    #expect(sizeless.fault?.kind == .missingGhostSize)
    let far = ImageParser.parse(
      try encode(
        .ghostFile, [(Sample.ghost(chunks: true), 0), (Sample.chunk(at: .max, length: 2), 2)]),
      as: ImageName(.ghostFile, 1))
    #expect(far.fault == nil)
    #expect(far.ghost?.chunksEnd == nil && far.ghost?.firstOverrun != nil)
  }
}
