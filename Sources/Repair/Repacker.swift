public import Archive
import Checkpoint
public import Verify

/// Why nothing was repacked.
public enum RepackError: Error, Sendable {
  case archive(ArchiveError)
  /// The archive is hostile.
  case unsafe(Report)
  /// An entry that no output holds, by name and kind.
  case needsRepair(name: EntryName, kind: String)
}

/// Writes the same entries in another container, in one pass over the input.
public struct Repacker: Sendable {
  public let limits: Limits

  public init(limits: Limits = Limits()) { self.limits = limits }

  /// Copies every entry of `path` to `target`, publishes it unless it is unsafe, and returns the
  /// report about it.
  public func repack(_ path: String, to target: Executor.Target) throws(RepackError) -> Report {
    var refused: EntryName?
    var kind = ""
    let outcome: Report?
    do throws(ArchiveError) {
      try Output.check(target.path, isApartFrom: [path])
      var reader = try ArchiveReader(path: path, limits: limits)
      var output = try target.open()
      while refused == nil, let next = try reader.next() {
        switch next.kind {
        case .file, .directory, .symlink:
          var entry = next
          entry.sparse = nil
          try output.begin(entry)
          while let chunk = try reader.nextChunk() { try output.write(chunk) }
        default:
          refused = next.name
          kind = next.kind.noun
        }
      }
      outcome = refused == nil ? try finish(&output, target) : nil
      if let outcome, outcome.verdict != .unsafe { try output.publish() }
    } catch {
      throw .archive(error)
    }
    guard let outcome else {
      throw .needsRepair(name: refused ?? EntryName(""), kind: kind)
    }
    if outcome.verdict == .unsafe { throw .unsafe(outcome) }
    return outcome
  }

  private func finish(_ output: inout Output, _ target: Executor.Target) throws(ArchiveError)
    -> Report
  {
    try output.end()
    let checkpoint = try Checkpoint.load(
      output.reader(limits: limits), path: target.path, limits: limits)
    return Verifier.verify(checkpoint)
  }
}
