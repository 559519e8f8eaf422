public import Archive
public import Checkpoint
public import Verify

/// Runs a plan: the only code that writes, and never to its input.
///
/// The output is written beside its place, verified, and published only if the verification says
/// so; until then nothing has its name.
public struct Executor: Sendable {
  public struct Target: Sendable {
    public var path: String
    public var form: Output.Form
    public var level: Int?

    public init(path: String, form: Output.Form, level: Int? = nil) {
      self.path = path
      self.form = form
      self.level = level
    }
  }

  /// Why nothing was published.
  public enum Refusal: Error, Sendable {
    /// The result does not verify.
    case notRestorable(Report)
    case archive(ArchiveError)
  }

  public let limits: Limits

  public init(limits: Limits = Limits()) { self.limits = limits }

  /// Writes `input` changed by `actions` to `target` and returns the report about the output.
  public func run(
    _ actions: [Action], input: Checkpoint, donors: [Checkpoint] = [], to target: Target,
    publishes: (Report) -> Bool = { $0.verdict == .restorable }
  ) throws(Refusal) -> Report {
    let outcome: (report: Report, isPublished: Bool)
    do throws(ArchiveError) {
      outcome = try write(actions, input, donors, to: target, publishes: publishes)
    } catch {
      throw .archive(error)
    }
    if !outcome.isPublished { throw .notRestorable(outcome.report) }
    return outcome.report
  }

  private func write(
    _ actions: [Action], _ input: Checkpoint, _ donors: [Checkpoint], to target: Target,
    publishes: (Report) -> Bool
  ) throws(ArchiveError) -> (Report, Bool) {
    var output = try Output(path: target.path, form: target.form, level: target.level)
    let applied = Applied(actions, to: input)
    try copy(input, to: &output) { index, _ in applied.kept[index] }
    for (index, donor) in donors.enumerated() {
      let wanted = Dictionary(
        applied.taken.filter { $0.donor == index }.map { ($0.donorPath, EntryName($0.path)) }
      ) { first, _ in first }
      try copy(donor, to: &output) { _, stored in
        stored.isSuperseded ? nil : wanted[stored.path]
      }
    }
    for (path, bytes) in applied.written { try write(path, bytes, to: &output) }
    try output.end()
    let checkpoint = try Checkpoint.load(
      output.reader(limits: limits), path: target.path, limits: limits)
    let report = Verifier.verify(checkpoint)
    let isPublished = publishes(report)
    if isPublished { try output.publish() }
    return (report, isPublished)
  }

  /// Copies the entries that `name` gives a name, in order. Reading ends after the last of them,
  /// so that damage behind it does not matter.
  private func copy(
    _ checkpoint: Checkpoint, to output: inout Output,
    _ name: (_ position: Int, _ stored: StoredEntry) -> EntryName?
  ) throws(ArchiveError) {
    let names = checkpoint.entries.enumerated().map { name($0.offset, $0.element) }
    guard let last = names.lastIndex(where: { $0 != nil }) else { return }
    var reader = try ArchiveReader(path: checkpoint.source.path, limits: limits)
    for (position, name) in names[...last].enumerated() {
      guard var entry = try reader.next(),
        entry.name == checkpoint.entries[position].entry.name,
        entry.size == checkpoint.entries[position].entry.size
      else {
        throw .notAnArchive(
          path: checkpoint.source.path, reason: "it changed since it was verified")
      }
      guard let name else { continue }
      entry.name = name
      entry.sparse = nil
      try output.begin(entry)
      while let chunk = try reader.nextChunk() { try output.write(chunk) }
    }
  }

  private func write(_ path: String, _ bytes: [UInt8], to output: inout Output)
    throws(ArchiveError)
  {
    var entry = Entry(name: EntryName(path), kind: .file, size: Int64(bytes.count))
    entry.mode = 0o600
    try output.begin(entry)
    // withUnsafeBytes rethrows untyped; carry the typed error out by hand.
    let result: Result<Void, ArchiveError> = bytes.withUnsafeBytes { content in
      do throws(ArchiveError) { return .success(try output.write(content)) } catch {
        return .failure(error)
      }
    }
    try result.get()
  }
}
