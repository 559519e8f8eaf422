import Testing

@testable import Archive

/// What reading an archive to its end came to.
struct Outcome: Equatable, CustomTestStringConvertible {
  struct Read: Equatable {
    var entry: Entry
    var bytes: [UInt8]
  }

  var reads: [Read] = []
  var tail: Tail?
  var damage: Damage?

  var names: [String] { reads.map(\.entry.name.path) }
  /// Nothing to report.
  var isClean: Bool { damage == nil && tail?.isClean == true }

  var testDescription: String {
    "\(names), \(damage.map(String.init(describing:)) ?? "no damage"), "
      + (tail.map { "tail of \($0.bytes)" } ?? "no tail")
  }
}

/// How a test takes the bytes of the entries.
enum Taking: String, CaseIterable, CustomTestStringConvertible {
  case all, skipping, start
  var testDescription: String { rawValue }
}

func read(
  _ bytes: [UInt8], _ taking: Taking = .all, dribbling step: Int? = nil,
  limits: Limits = Limits()
) -> Outcome {
  outcome(taking) { () throws(ArchiveError) in
    if let step { return try ArchiveReader(Dribble(bytes, step: step), limits: limits) }
    return try ArchiveReader(bytes: bytes, limits: limits)
  }
}

func outcome(_ taking: Taking = .all, _ open: () throws(ArchiveError) -> ArchiveReader) -> Outcome {
  var outcome = Outcome()
  do throws(ArchiveError) {
    var reader = try open()
    while let entry = try reader.next() {
      outcome.reads.append(Outcome.Read(entry: entry, bytes: []))
      if taking == .skipping { continue }
      while let chunk = try reader.nextChunk() {
        outcome.reads[outcome.reads.count - 1].bytes += chunk
        if taking == .start { break }
      }
    }
    outcome.tail = reader.tail
  } catch {
    guard case .damaged(let damage) = error else {
      Issue.record(error)
      return outcome
    }
    outcome.damage = damage
  }
  return outcome
}

/// A source of unknown length that delivers little at a time, as a pipe may.
final class Dribble: ByteSource {
  private var rest: ArraySlice<UInt8>
  private let step: Int

  init(_ bytes: [UInt8], step: Int) {
    rest = bytes[...]
    self.step = step
  }

  var length: Int64? { nil }
  func skip(_ count: Int64) -> Int64 { 0 }

  func read(into buffer: UnsafeMutableRawBufferPointer) -> Int {
    let count = min(step, buffer.count, rest.count)
    buffer.copyBytes(from: rest.prefix(count))
    rest = rest.dropFirst(count)
    return count
  }
}
