/// The digest of each entry's bytes, made while somebody else reads them: the archive is read once,
/// and memory grows with the number of entries only.
///
/// ```
/// let digests = EntryDigests()
/// reader.digest(into: digests)
/// ```
public final class EntryDigests {
  /// In the order of the entries; nil for what is no file. Where reading failed within a file, its
  /// digest is that of what was read, and says so.
  public private(set) var values: [String?] = []

  /// How many bytes of holes are hashed as the zeros that they stand for. A sparse entry may promise
  /// more than any machine hashes; beyond this, the length of a hole stands for it.
  private static let hashedHoles: Int64 = 1 << 30

  private var hash: SHA256?
  private var holes: Int64 = 0

  public init() {}

  fileprivate func begin(_ entry: Entry) {
    values.append(nil)
    hash = entry.kind == .file ? SHA256() : nil
  }

  fileprivate func add(_ chunk: Chunk) throws(ArchiveError) {
    switch chunk {
    case .bytes(let bytes): hash?.update(bytes)
    case .hole(let length) where length <= Self.hashedHoles - holes:
      holes += length
      var rest = length
      while rest > 0 {
        try Interruption.check()
        let zeros = Zeros.atMost(rest)
        hash?.update(zeros)
        rest -= Int64(zeros.count)
      }
    case .hole(let length):
      Array("hole of \(length) bytes".utf8).withUnsafeBytes { hash?.update($0) }
    }
  }

  fileprivate func end(isCut: Bool = false) {
    guard let hash = hash.take(), !values.isEmpty else { return }
    values[values.count - 1] = (isCut ? "start only, " : "") + hash.digest()
  }
}

extension ArchiveReader {
  /// From now on, adds up the bytes of every entry, also of those that the caller passes over.
  public mutating func digest(into digests: EntryDigests) {
    replaceBackend { DigestBackend($0, digests) }
  }
}

/// Reads all of each entry, whatever is asked for, and hashes it on the way.
private final class DigestBackend: EntryBackend {
  private let upstream: any EntryBackend
  private let digests: EntryDigests

  init(_ upstream: any EntryBackend, _ digests: EntryDigests) {
    self.upstream = upstream
    self.digests = digests
  }

  var tail: Tail? { upstream.tail }
  var headerStart: Int64? { upstream.headerStart }

  func next() throws(ArchiveError) -> Entry? {
    while try nextChunkOrHole() != nil { try Interruption.check() }
    digests.end()
    let entry = try upstream.next()
    if let entry { digests.begin(entry) }
    return entry
  }

  func nextChunk() throws(ArchiveError) -> UnsafeRawBufferPointer? {
    let bytes = try marking { () throws(ArchiveError) in try upstream.nextChunk() }
    if let bytes { try digests.add(.bytes(bytes)) }
    return bytes
  }

  func nextChunkOrHole() throws(ArchiveError) -> Chunk? {
    let chunk = try marking { () throws(ArchiveError) in try upstream.nextChunkOrHole() }
    if let chunk { try digests.add(chunk) }
    return chunk
  }

  private func marking<Value>(_ read: () throws(ArchiveError) -> Value) throws(ArchiveError)
    -> Value
  {
    do throws(ArchiveError) {
      return try read()
    } catch {
      digests.end(isCut: true)
      throw error
    }
  }
}
