public import Archive
import CRIUImages
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
    public var describe: @Sendable (Checkpoint) -> ImageDescription = ImageDescription.init(plain:)

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
      try Output(path: path, form: form, level: level, threads: threads)
    }

    /// Reads back what was written, before it is published.
    func load(_ output: borrowing Output, limits: Limits) throws(ArchiveError) -> Checkpoint {
      let checkpoint = try Checkpoint.load(
        output.reader(limits: limits), path: path, limits: limits)
      guard case .image = form else { return checkpoint }
      // No engine minds how a layer is compressed: it unpacks the image.
      var source = checkpoint.source
      source.compression = .none
      return Checkpoint(
        source: source, entries: checkpoint.entries, damage: checkpoint.damage,
        tail: checkpoint.tail)
    }

    func publish(_ output: consuming Output, of checkpoint: Checkpoint) throws(ArchiveError) {
      if case .image = form { try output.describe(describe(checkpoint)) }
      try output.publish()
    }
  }
}

extension ImageDescription {
  /// No annotations.
  public init(plain checkpoint: Checkpoint) {
    let machine = Processes(checkpoint.images).tasks.lazy.compactMap { $0.core?.machine }.first
    self.init(architecture: machine.map(Self.architecture) ?? "unknown", annotations: [:])
  }

  /// What Go calls the architecture of core images; CRIU has no big-endian ports but s390x.
  private static func architecture(_ machine: MachineType) -> String {
    switch machine {
    case .x86: "amd64"
    case .arm: "arm"
    case .aarch64: "arm64"
    case .ppc64: "ppc64le"
    case .s390: "s390x"
    case .mips: "mips64le"
    case .loongarch64: "loong64"
    case .riscv64: "riscv64"
    }
  }
}
