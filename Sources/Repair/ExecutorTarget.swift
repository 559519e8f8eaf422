public import Archive
public import Checkpoint

extension Executor {
  /// Where an output goes, and what it becomes.
  public struct Target: Sendable {
    public var path: String
    public var form: Output.Form
    /// The compressor's level; nil is its default.
    public var level: Int?
    /// How many threads compress.
    public var threads: Int
    /// What an image says of the checkpoint in it.
    public var describe: @Sendable (Checkpoint) -> ImageDescription = {
      ImageDescription(of: $0, for: nil)
    }

    public init(
      path: String, form: Output.Form, level: Int? = nil, threads: Int = Processors.usable
    ) {
      self.path = path
      self.form = form
      self.level = level
      self.threads = threads
    }

    /// Whether it is written to standard output, and cannot be taken back.
    public var isStream: Bool {
      if case .tar = form { path == Output.standardOutput } else { false }
    }

    func open() throws(ArchiveError) -> Output {
      Progress.enter(.writing)
      return try Output(path: path, form: form, level: level, threads: threads)
    }

    /// Reads back what was written, before it is published. What an image says of itself depends on
    /// its layer.
    func load(_ output: inout Output, limits: Limits) throws(ArchiveError) -> Checkpoint {
      Progress.enter(.checking)
      var limits = limits
      // In a folder pages of zeros are holes, too, and those of the input were within the limit.
      if form == .folder { limits.holes = .max }
      let checkpoint = try Checkpoint.load(
        output.reader(limits: limits), path: path, limits: limits)
      guard case .image = form else { return checkpoint }
      try output.describe(describe(checkpoint))
      return try Checkpoint.load(output.reader(limits: limits), path: path, limits: limits)
    }
  }
}
