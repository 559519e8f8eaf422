import Archive
import Checkpoint

/// Writes the entries of a result, reading each source from its start as often as it takes: once,
/// unless one entry is stored twice or must be decompressed.
struct PieceWriter {
  typealias Refusal = Executor.Refusal
  private typealias Piece = Applied.Piece

  private let input: Checkpoint
  private let donors: [Checkpoint]
  private let limits: Limits
  private let pieces: [Piece]

  init(_ actions: [Action], input: Checkpoint, donors: [Checkpoint], limits: Limits) {
    pieces = Applied(actions, to: input).pieces
    self.input = input
    self.donors = donors
    self.limits = limits
  }

  func write(to output: inout Output) throws(Refusal) {
    let own = try work { (piece) throws(Refusal) in
      guard case .input(let position) = piece.source else { return nil }
      guard let link = piece.link else { return position }
      return try self.position(of: link, in: input)
    }
    try copy(input, own, to: &output)
    for (index, donor) in donors.enumerated() {
      let taken = try work { (piece) throws(Refusal) in
        guard case .donor(index, let path) = piece.source else { return nil }
        return try position(of: path, in: donor)
      }
      try copy(donor, taken, to: &output)
    }
    for piece in pieces {
      guard case .bytes(let bytes) = piece.source else { continue }
      var entry = Entry(name: piece.name, kind: .file)
      entry.mode = 0o600
      try write(entry, try edited(bytes, by: piece), to: &output)
    }
  }

  /// The pieces that come from one source, each with the position of the entry it reads.
  private func work(_ position: (Piece) throws(Refusal) -> Int?) throws(Refusal)
    -> [(position: Int, piece: Piece)]
  {
    var result: [(position: Int, piece: Piece)] = []
    for piece in pieces {
      if let position = try position(piece) { result.append((position, piece)) }
    }
    return result
  }

  private func position(of path: String, in checkpoint: Checkpoint) throws(Refusal) -> Int {
    guard let position = checkpoint.entries.lastIndex(where: { $0.path == path }) else {
      throw .misfit(path: path)
    }
    return position
  }

  private func copy(
    _ checkpoint: Checkpoint, _ work: [(position: Int, piece: Piece)], to output: inout Output
  ) throws(Refusal) {
    let sizes = try unpackedSizes(
      in: checkpoint, of: Set(work.compactMap { $0.piece.isDecompressed ? $0.position : nil }))
    var rest = work
    while !rest.isEmpty {
      var now: [Int: Piece] = [:]
      rest.removeAll { now.updateValue(now[$0.position] ?? $0.piece, forKey: $0.position) == nil }
      try read(checkpoint, Set(now.keys)) { (position, stored, reader) throws(Refusal) in
        guard let piece = now[position] else { return }
        try store(piece, stored, unpackedSize: sizes[position], &reader, to: &output)
      }
    }
  }

  private func unpackedSizes(in checkpoint: Checkpoint, of positions: Set<Int>) throws(Refusal)
    -> [Int: Int64]
  {
    var sizes: [Int: Int64] = [:]
    try read(checkpoint, positions) { (position, _, reader) throws(Refusal) in
      var size: Int64 = 0
      try archive { () throws(ArchiveError) in
        try reader.decompress { size += Int64($0.count) }
      }
      sizes[position] = size
    }
    return sizes
  }

  /// Reads a source up to the last of some entries, so that damage behind it does not matter.
  private func read(
    _ checkpoint: Checkpoint, _ positions: Set<Int>,
    _ take: (Int, Entry, inout ArchiveReader) throws(Refusal) -> Void
  ) throws(Refusal) {
    guard let last = positions.max() else { return }
    let path = checkpoint.source.path
    var reader: ArchiveReader
    do throws(ArchiveError) {
      reader = try ArchiveReader(path: path, limits: limits)
    } catch { throw .archive(error) }
    for position in 0...last {
      let known = checkpoint.entries[position].entry
      let next = try archive { () throws(ArchiveError) in try reader.next() }
      guard let next, next.name == known.name, next.size == known.size else {
        throw .archive(.notAnArchive(path: path, reason: "it changed since it was verified"))
      }
      if positions.contains(position) { try take(position, next, &reader) }
    }
  }

  private func store(
    _ piece: Piece, _ stored: Entry, unpackedSize: Int64?, _ reader: inout ArchiveReader,
    to output: inout Output
  ) throws(Refusal) {
    var entry = stored
    if case .input(let position) = piece.source, piece.link != nil {
      entry = input.entries[position].entry
      entry.kind = stored.kind
      entry.size = stored.size
    }
    entry.name = piece.name
    entry.sparse = nil
    if !piece.edits.isEmpty {
      try write(entry, try edited(try bytes(piece, stored, &reader), by: piece), to: &output)
      return
    }
    var splicer = Splicer(piece.splice ?? Splice())
    entry.size = (unpackedSize ?? entry.size) + (piece.splice?.growth ?? 0)
    do throws(ArchiveError) {
      if piece.isDecompressed {
        try output.begin(entry)
        try reader.decompress { (chunk) throws(ArchiveError) in
          try splicer.pass(chunk) { (rest) throws(ArchiveError) in try output.write(rest) }
        }
        try splicer.finish { (rest) throws(ArchiveError) in try output.write(rest) }
      } else {
        try output.begin(entry, from: reader)
        try output.writeRest(of: &reader)
      }
    } catch { throw .archive(error) }
  }

  /// The whole content of an entry that is to be edited: a document or a small image.
  private func bytes(_ piece: Piece, _ stored: Entry, _ reader: inout ArchiveReader)
    throws(Refusal) -> [UInt8]
  {
    var bytes: [UInt8] = []
    let limit = limits.keptBytes
    guard stored.size <= limit else { throw .misfit(path: piece.name.path) }
    do throws(ArchiveError) {
      while let chunk = try reader.nextChunk() { bytes += chunk }
    } catch { throw .archive(error) }
    return bytes
  }

  private func edited(_ bytes: [UInt8], by piece: Piece) throws(Refusal) -> [UInt8] {
    var bytes = bytes
    for edits in piece.edits {
      guard let next = edits.applied(to: bytes) else { throw .misfit(path: piece.name.path) }
      bytes = next
    }
    return bytes
  }

  private func write(_ entry: Entry, _ bytes: [UInt8], to output: inout Output) throws(Refusal) {
    var entry = entry
    entry.size = Int64(bytes.count)
    do throws(ArchiveError) {
      try output.begin(entry)
      try output.write(bytes)
    } catch { throw .archive(error) }
  }

  private func archive<Value>(_ work: () throws(ArchiveError) -> Value) throws(Refusal) -> Value {
    do throws(ArchiveError) { return try work() } catch { throw .archive(error) }
  }
}
