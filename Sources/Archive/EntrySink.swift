/// What an output is made of: entries, in order, each followed by its bytes.
protocol EntrySink: AnyObject {
  /// `stored` is where its bytes lie, if they may come by `copy`.
  func begin(_ entry: Entry, stored: StoredBytes?) throws(ArchiveError)
  func write(_ bytes: UnsafeRawBufferPointer) throws(ArchiveError)
  /// Writes so many zeros, or leaves a hole where the output can hold one.
  func writeHole(_ count: Int64) throws(ArchiveError)
  /// Takes the bytes from a file; false, and nothing done, where they must be written.
  func copy(_ bytes: StoredBytes) throws(ArchiveError) -> Bool
  /// Ends the last entry, which must have all its bytes.
  func endEntry() throws(ArchiveError)
  /// Writes what is still to be written. Nothing may follow.
  func end() throws(ArchiveError)
}

extension EntrySink {
  func copy(_ bytes: StoredBytes) throws(ArchiveError) -> Bool { false }

  func begin(_ entry: Entry) throws(ArchiveError) { try begin(entry, stored: nil) }

  func write(_ bytes: RawSpan) throws(ArchiveError) {
    try bytes.withUnsafeBytes { (bytes) throws(ArchiveError) in try write(bytes) }
  }

  func writeHole(_ count: Int64) throws(ArchiveError) {
    var rest = count
    while rest > 0 {
      try Interruption.check()
      let zeros = Zeros.atMost(rest)
      try write(zeros)
      rest -= Int64(zeros.count)
    }
  }
}

/// The entry that an output stands at, and how much of it is still to come: libarchive fills what
/// is missing with zeros and drops what is too much.
struct Writing {
  private let path: String
  private(set) var entry: Entry?
  private(set) var rest: Int64 = 0

  init(path: String) { self.path = path }

  /// Starts an entry that can be written, after one that is complete.
  mutating func begin(_ entry: Entry) throws(ArchiveError) {
    try end()
    if let reason = Self.refusal(of: entry) {
      throw .refused(entry: entry.name, reason: reason)
    }
    self.entry = entry
    rest = entry.size
  }

  mutating func add(_ count: Int64) throws(ArchiveError) {
    guard count <= rest else {
      let name = entry?.name.description ?? "no entry"
      throw .cannotWrite(path: path, reason: "\(count) bytes for \(name), which takes \(rest)")
    }
    rest -= count
  }

  mutating func end() throws(ArchiveError) {
    if let entry, rest > 0 {
      throw .cannotWrite(
        path: path,
        reason: "\(entry.name) got \(entry.size - rest) of \(entry.size) bytes")
    }
    entry = nil
  }

  /// Why neither form of output can hold it, or would hold it otherwise than asked.
  private static func refusal(of entry: Entry) -> String? {
    if entry.name.bytes.isEmpty { return "has no name" }
    if entry.name.bytes.contains(0) { return "holds a NUL byte" }
    if case .symlink(let target) = entry.kind, target.isEmpty || target.contains(0) {
      return "has a target that no link can have"
    }
    if entry.size < 0 || entry.size > 0 && entry.kind != .file {
      return "cannot have a size of \(entry.size)"
    }
    if !(0..<1_000_000_000).contains(entry.modified.nanoseconds) {
      return "has a time with \(entry.modified.nanoseconds) nanoseconds"
    }
    return entry.mode > 0o7777 ? "has a mode of \(entry.mode)" : nil
  }
}
