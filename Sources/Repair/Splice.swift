import Archive

/// A change of the bytes of a large entry while they pass; offsets count decompressed bytes.
public struct Splice: Sendable, Hashable, Codable {
  /// What is left out: ascending, and apart from each other.
  public var cuts: [Range<Int64>]
  /// Where `insertion` goes; it is in no cut.
  public var offset: Int64
  public var insertion: Content

  public init(cuts: [Range<Int64>] = [], offset: Int64 = 0, insertion: [UInt8] = []) {
    self.cuts = cuts
    self.offset = offset
    self.insertion = Content(insertion)
  }

  /// What becomes of the size of the entry.
  var growth: Int64 {
    cuts.reduce(Int64(insertion.bytes.count)) { $0 - Int64($1.count) }
  }
}

extension Splice: CustomStringConvertible {
  public var description: String {
    [
      cuts.isEmpty ? nil : "leave out \(-cuts.reduce(0) { $0 - $1.count }) bytes",
      insertion.bytes.isEmpty ? nil : "add \(insertion.bytes.count) bytes",
    ].compactMap { $0 }.joined(separator: " and ")
  }
}

/// Makes a splice of bytes that come in pieces.
struct Splicer {
  private let splice: Splice
  private var cuts: ArraySlice<Range<Int64>>
  private var position: Int64 = 0
  private var isInserted: Bool

  init(_ splice: Splice) {
    self.splice = splice
    cuts = splice.cuts[...]
    isInserted = splice.insertion.bytes.isEmpty
  }

  /// Hands on what becomes of `bytes`, which follow those before.
  mutating func pass(
    _ bytes: UnsafeRawBufferPointer, to take: (UnsafeRawBufferPointer) throws(ArchiveError) -> Void
  ) throws(ArchiveError) {
    var rest = bytes
    while !rest.isEmpty {
      if !isInserted, position == splice.offset { try insert(take) }
      while let cut = cuts.first, cut.upperBound <= position { cuts.removeFirst() }
      let cut = cuts.first
      let isCut = cut?.contains(position) ?? false
      var stop = isCut ? cut?.upperBound : cut?.lowerBound
      if !isInserted, splice.offset > position { stop = min(stop ?? .max, splice.offset) }
      let step = stop.map { Int(clamping: min($0 - position, Int64(rest.count))) } ?? rest.count
      if !isCut { try take(UnsafeRawBufferPointer(rebasing: rest.prefix(step))) }
      rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(step))
      position += Int64(step)
    }
  }

  /// Adds what belongs at the very end.
  mutating func finish(
    _ take: (UnsafeRawBufferPointer) throws(ArchiveError) -> Void
  ) throws(ArchiveError) {
    if !isInserted { try insert(take) }
  }

  private mutating func insert(
    _ take: (UnsafeRawBufferPointer) throws(ArchiveError) -> Void
  ) throws(ArchiveError) {
    isInserted = true
    // withUnsafeBytes rethrows untyped; carry the typed error out by hand.
    let result: Result<Void, ArchiveError> = splice.insertion.bytes.withUnsafeBytes { bytes in
      do throws(ArchiveError) { return .success(try take(bytes)) } catch { return .failure(error) }
    }
    try result.get()
  }
}
