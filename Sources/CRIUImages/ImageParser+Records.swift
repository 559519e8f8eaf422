internal import SwiftProtobuf

extension ImageParser {
  /// The message of the record at hand.
  var expectedMessage: any Message.Type {
    if messagesLeft > 0 { return IpcMsg.self }
    if image.ghost != nil { return GhostChunkEntry.self }
    return index == 0 ? layout.messages[0] : layout.messages[layout.messages.count - 1]
  }

  /// Whether the record at hand is an entry of a pagemap.
  var isInPagemap: Bool { image.pagemap != nil }

  /// What comes when the last record and its payload are over.
  var afterRecord: State {
    switch layout.cardinality {
    case .one, .upToOne: image.ghost?.isChunked == true ? .size : .trailing
    case .many, .headThenMany, .none: .size
    }
  }

  mutating func readSize(_ size: UInt32) {
    guard size <= limits.recordBytes else {
      return fail(
        .oversizeRecord(have: UInt64(size), limit: UInt64(limits.recordBytes)), at: recordOffset)
    }
    recordSize = size
    state = .body
    // No further byte need come, and a message without fields is none.
    if size == 0 { finishRecord(UnsafeRawBufferPointer(start: nil, count: 0)) }
  }

  /// Decodes from the chunk itself if the record is all in it.
  mutating func takeBody(_ rest: inout Slice<UnsafeRawBufferPointer>) {
    let size = Int(recordSize)
    if body.isEmpty, rest.count >= size {
      let record = rest.prefix(size)
      rest = rest.dropFirst(size)
      return finishRecord(UnsafeRawBufferPointer(rebasing: record))
    }
    let part = rest.prefix(size - body.count)
    rest = rest.dropFirst(part.count)
    body.append(contentsOf: part)
    guard body.count == size else { return }
    // Taken out, so that the buffer is not in use while the parser changes.
    let record = body
    body = []
    record.withUnsafeBytes { finishRecord($0) }
  }

  private mutating func finishRecord(_ bytes: UnsafeRawBufferPointer) {
    do throws(MessageFault) {
      if isInPagemap {
        // Entries are not kept, and the schema bounds what one takes.
        var spare = DecodingBudget(limits.decodedBytes)
        let entry = try StrictDecoder.decode(
          PagemapEntry.self, from: bytes, at: recordOffset + 4, budget: &spare)
        image.pagemap?.add(PagemapRun(entry), index: index, offset: recordOffset)
        index += 1
        state = .size
      } else {
        let message = try decode(expectedMessage, bytes)
        accept(message)
      }
    } catch {
      fail(.undecodable(error), at: recordOffset)
    }
  }

  private mutating func decode<M: Message>(
    _ type: M.Type, _ bytes: UnsafeRawBufferPointer
  ) throws(MessageFault) -> any Message {
    if type == GhostChunkEntry.self {
      var spare = DecodingBudget(limits.decodedBytes)
      return try StrictDecoder.decode(type, from: bytes, at: recordOffset + 4, budget: &spare)
    }
    return try StrictDecoder.decode(type, from: bytes, at: recordOffset + 4, budget: &budget)
  }

  /// Keeps a message and finds out what follows it.
  private mutating func accept(_ message: any Message) {
    if image.ghost != nil, let chunk = message as? GhostChunkEntry {
      image.ghost?.add(
        .init(index: index, offset: recordOffset, position: chunk.off, length: chunk.len))
      return expectPayload(chunk.len)
    }
    image.records.append(
      ImageRecord(
        index: index, offset: recordOffset, size: recordSize, message: message, payload: 0))
    if layout.cardinality == .headThenMany, let head = message as? PagemapHead {
      image.pagemap = PagemapSummary(
        pagesID: head.pagesID, pageSize: pageSize, rangeLimit: limits.pagemapRanges)
    }
    switch Following(message, in: image.name.type) {
    case .nothing: expectPayload(0)
    case .bytes(let count): expectPayload(count)
    case .messages(let count):
      messagesLeft = count
      expectPayload(0)
    case .message(let count):
      guard count <= Following.longestMessage else {
        return fail(
          .oversizeMessage(have: count, limit: Following.longestMessage), at: recordOffset)
      }
      messagesLeft -= 1
      expectPayload(UInt64(count).roundedUp(to: 8))
    case .ghost(let content):
      guard !content.isChunked || content.declaredSize != nil else {
        return fail(.missingGhostSize, at: recordOffset)
      }
      image.ghost = content
      index += 1
      state = content.isChunked ? .size : .ghostTail
    }
  }

  private mutating func expectPayload(_ count: UInt64) {
    index += 1
    payloadNeed = count
    payloadLeft = count
    state = count == 0 ? afterRecord : .payload
  }

  /// Books the payload of the last record.
  mutating func notePayload(_ count: UInt64) {
    if image.ghost != nil {
      image.ghost?.length &+= count
    } else if !image.records.isEmpty {
      image.records[image.records.count - 1].payload = count
    }
  }
}

/// What lies behind a record.
enum Following {
  case nothing
  case bytes(UInt64)
  /// So many System V messages.
  case messages(UInt32)
  /// The text of a System V message.
  case message(UInt32)
  /// A ghost file's content.
  case ghost(GhostContent)

  /// MSGMAX, the size of the buffer in criu/ipc_ns.c.
  static let longestMessage: UInt32 = 8192

  init(_ message: any Message, in type: ImageType) {
    self =
      switch (type, message) {
      // criu/pipes.c
      case (.pipesData, let entry as PipeDataEntry), (.fifoData, let entry as PipeDataEntry):
        .bytes(UInt64(entry.bytes))
      // criu/sk-queue.c
      case (.socketQueues, let entry as SkPacketEntry): .bytes(UInt64(entry.length))
      // criu/sk-tcp.c: the receive queue, then the send queue.
      case (.tcpStream, let entry as TcpStreamEntry):
        .bytes(UInt64(entry.inqLen) + UInt64(entry.outqLen))
      // criu/bpfmap.c adds in 32 bits, so that the sum may wrap.
      case (.bpfmapData, let entry as BpfmapDataEntry):
        .bytes(UInt64(entry.keysBytes &+ entry.valuesBytes))
      // criu/ipc_ns.c
      case (.ipcShm, let entry as IpcShmEntry):
        entry.inPagemaps ? .nothing : .bytes(entry.size.roundedUp(to: 4))
      case (.ipcSem, let entry as IpcSemEntry):
        .bytes((UInt64(entry.nsems) * 2).roundedUp(to: 8))
      case (.ipcMsg, let entry as IpcMsgEntry): .messages(entry.qnum)
      case (.ipcMsg, let entry as IpcMsg): .message(entry.msize)
      // criu/files-reg.c
      case (.ghostFile, let entry as GhostFileEntry):
        entry.isRegular ? .ghost(GhostContent(entry)) : .nothing
      default: .nothing
      }
  }
}

extension GhostFileEntry {
  /// create_ghost_dentry in criu/files-reg.c takes for regular what is no FIFO, character device,
  /// directory, block device or symbolic link.
  fileprivate var isRegular: Bool {
    switch mode & 0o170000 {
    case 0o010000, 0o020000, 0o040000, 0o060000, 0o120000: false
    default: true
    }
  }
}

extension GhostContent {
  fileprivate init(_ entry: GhostFileEntry) {
    declaredSize = entry.hasSize ? entry.size : nil
    isChunked = entry.chunks
  }
}
