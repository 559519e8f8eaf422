/// How far the bytes of one tar entry have been handed out, and what they must add up to.
///
/// libarchive takes a sparse map from the archive as it is: blocks may overlap, go backwards or lie
/// beyond the size. Go's reader refuses all that, so each block is checked.
struct TarBody {
  private let name: EntryName?
  private let size: Int64
  /// Where the stored bytes begin in the tar.
  let start: Int64
  /// The stored bytes: the size without the holes.
  let stored: Int64
  /// Stored bytes handed out.
  private(set) var taken: Int64 = 0
  /// The place in the entry up to which all is handed out, or about to be.
  private var place: Int64 = 0
  /// What is to be handed out next, in this order.
  private var hole: Int64 = 0
  private var block: UnsafeRawBufferPointer?
  /// Whether all was read.
  private(set) var isEnded: Bool

  /// No entry, and nothing to hand out.
  init() {
    name = nil
    size = 0
    start = 0
    stored = 0
    isEnded = true
  }

  init(of entry: Entry, start: Int64, stored: Int64) {
    name = entry.name
    size = entry.size
    self.start = start
    self.stored = stored
    isEnded = size == 0 && stored == 0
  }

  /// The length of a body with the zeros that fill its last 512-byte block.
  static func padded(_ count: Int64) -> Int64 {
    count + (HeaderBlock.size - count % HeaderBlock.size) % HeaderBlock.size
  }

  var holes: Int64 { size - stored }

  /// Takes a block that libarchive says lies at `offset`, after `consumed` bytes of the tar.
  mutating func add(_ bytes: UnsafeRawBufferPointer, at offset: Int64, consumed: Int64)
    throws(ArchiveError)
  {
    if bytes.isEmpty { return }
    let (end, overflow) = offset.addingReportingOverflow(Int64(bytes.count))
    guard offset >= place else {
      throw damage(.badHeader, offset, place, "the blocks of a sparse entry overlap")
    }
    guard !overflow, end <= size else {
      throw damage(.badSize, overflow ? .max : end, size, "an entry exceeds its size")
    }
    guard consumed - start == taken, taken + Int64(bytes.count) <= stored else {
      throw damage(
        .badHeader, consumed - start + Int64(bytes.count), stored,
        "an entry stores bytes that it declares a hole")
    }
    hole = offset - place
    block = bytes
    place = end
    taken += Int64(bytes.count)
  }

  /// Ends the body, after all that is stored: what remains of the size is a hole.
  mutating func end() throws(ArchiveError) {
    isEnded = true
    guard taken == stored else {
      throw damage(.badSize, taken, stored, "an entry stores less than it declares")
    }
    hole = size - place
    place = size
  }

  /// Whether something is to be handed out before more is read.
  var hasNext: Bool { hole > 0 || block != nil }

  mutating func next() -> Chunk? {
    if hole > 0 {
      defer { hole = 0 }
      return .hole(hole)
    }
    defer { block = nil }
    return block.map(Chunk.bytes)
  }

  /// The same, with a hole as zeros, in steps.
  mutating func nextBytes() -> UnsafeRawBufferPointer? {
    if hole > 0 {
      let zeros = Zeros.atMost(hole)
      hole -= Int64(zeros.count)
      return zeros
    }
    defer { block = nil }
    return block
  }

  private func damage(_ kind: Damage.Kind, _ have: Int64, _ need: Int64, _ detail: String)
    -> ArchiveError
  {
    .damaged(
      Damage(
        kind, entry: name, have: UInt64(clamping: have), need: UInt64(clamping: need),
        detail: detail))
  }
}
