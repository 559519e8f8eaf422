public import Archive
import Checkpoint
public import Verify

/// Why nothing was repacked.
public enum RepackError: Error, Sendable {
  case archive(ArchiveError)
  /// The archive is hostile.
  case unsafe(Report)
  /// An entry that no output may hold.
  case needsRepair(EntryName, reason: String)
}

/// Writes the same entries in another container, in one pass over the input.
public struct Repacker: Sendable {
  public let limits: Limits

  public init(limits: Limits = Limits()) { self.limits = limits }

  /// Copies every entry of `path` to `target`, publishes it unless it is unsafe, and returns the
  /// report about it.
  public func repack(_ path: String, to target: Executor.Target) throws(RepackError) -> Report {
    let copy: ArchiveCopy
    do throws(ArchiveError) {
      try Output.check(target.path, isApartFrom: [path])
      let input = try ArchiveReader(path: path, limits: limits)
      copy = ArchiveCopy(input, to: try target.open(), limits: limits)
    } catch {
      throw .archive(error)
    }
    let report: Report
    do throws(ArchiveError) {
      report = try target.isStream ? stream(copy, target) : write(copy, target)
    } catch {
      guard case .refused(let entry, let reason) = error else { throw .archive(error) }
      if let report = unsafeReport(path) { throw .unsafe(report) }
      throw .needsRepair(entry, reason: reason)
    }
    if report.verdict == .unsafe { throw .unsafe(report) }
    return report
  }

  /// The report about an input that can be read again, if it is unsafe: what no output may hold
  /// mostly is, and the rest of the archive was not looked at.
  private func unsafeReport(_ path: String) -> Report? {
    guard !ArchiveReader.isStream(path),
      let checkpoint = try? Checkpoint.load(path: path, limits: limits)
    else { return nil }
    let report = Verifier.verify(checkpoint)
    return report.verdict == .unsafe ? report : nil
  }

  /// Writes, judges what was written, and publishes it.
  private func write(_ copy: ArchiveCopy, _ target: Executor.Target) throws(ArchiveError) -> Report
  {
    try copy.finish()
    var output = try copy.take()
    let checkpoint = try target.load(&output, limits: limits)
    let report = Verifier.verify(checkpoint)
    if report.verdict != .unsafe { try output.publish() }
    return report
  }

  /// Judges while the entries pass, and completes the stream only then.
  private func stream(_ copy: ArchiveCopy, _ target: Executor.Target) throws(ArchiveError) -> Report
  {
    let checkpoint = try Checkpoint.load(copy.reader(), path: target.path, limits: limits)
    if let failure = copy.failure { throw failure }
    let report = Verifier.verify(checkpoint)
    if report.verdict != .unsafe {
      try copy.finish()
      try copy.take().publish()
    }
    return report
  }
}
