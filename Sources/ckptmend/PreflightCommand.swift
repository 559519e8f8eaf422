import Archive
import ArgumentParser
import Checkpoint
import Host
import Verify

struct PreflightCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "preflight",
    abstract: "Judge checkpoints for a host: this one, or one whose facts were recorded.",
    discussion: """
      Examples:
        ckptmend preflight checkpoint.tar.zst
        ckptmend preflight checkpoint.tar.zst --host node7.json --option tcp-established
        ckptmend preflight *.tar.zst --host node7.json --host node8.json

      `ckptmend host` records the facts about a host. With several hosts the answer is a table of \
      which checkpoint restores where. Nothing here needs root or an engine; what the facts do not \
      tell is listed as not checked.

      Exit codes: 0 restorable on every host, 1 findings, 2 unreadable, 3 unsafe.
      """)

  @Argument(help: "Checkpoint archives or unpacked folders.")
  var paths: [String]

  @Option(help: "Facts from `ckptmend host`, or this. May be given again. Default: this.")
  var host: [String] = []

  @Option(
    help: "Judge for this engine: podman, cri-o or containerd. Default: the one that made it.")
  var engine: Engine?

  @Option(help: "Judge for this runtime: runc or crun. Default: the one that made it.")
  var runtime: Runtime?

  @Option(
    help: ArgumentHelp(
      "What the restore command will be given: \(Self.options). Separate several by commas.",
      valueName: "option,…"))
  var option: [String] = []

  @Option(
    help: ArgumentHelp(
      "The root file system that it is restored into, an unpacked image or a mounted root: are the container's open files there, as they were?",
      valueName: "dir"))
  var rootfs: String?

  @Option(help: "The severity from which on the exit code is 1: error, warning or note.")
  var failOn: Severity = .error

  @OptionGroup var report: ReportOptions
  @OptionGroup var limits: LimitOptions

  private static let options = RestoreOption.allCases.map(\.rawValue).joined(separator: ", ")

  private var given: Set<RestoreOption> {
    Set(option.flatMap { $0.split(separator: ",") }.compactMap { RestoreOption(rawValue: "\($0)") })
  }

  func validate() throws {
    for name in option.flatMap({ $0.split(separator: ",") })
    where RestoreOption(rawValue: String(name)) == nil {
      throw ValidationError("\(Escape.text(String(name))) is none of \(Self.options)")
    }
    if paths.contains("-") {
      throw ValidationError("preflight names its inputs: give files, not standard input")
    }
  }

  func run() throws {
    var status = ExitStatus.restorable
    var cells: [Matrix.Cell] = []
    let hosts = host.isEmpty ? ["this"] : host
    let known = try hosts.map(ChosenHost.init)
    for path in paths {
      do {
        let checkpoint = try Checkpoint.load(path: path, limits: limits.limits)
        let root = try rootfs.map { try look(in: $0, for: checkpoint) }
        for host in known {
          let facts = host.facts(for: checkpoint)
          let verdict = Verifier.verify(
            checkpoint,
            target: Target(
              engine: engine, runtime: runtime, host: facts, root: root, options: given))
          cells.append(Matrix.Cell(host: facts.name, report: verdict))
          status = max(status, ExitStatus(verdict, failOn: failOn))
        }
      } catch let error as ArchiveError {
        Console.note("ckptmend: \(error)")
        status = max(status, ExitStatus(error))
      }
    }
    try print(cells, hosts: hosts.count)
    throw ExitCode(status.rawValue)
  }

  private func print(_ cells: [Matrix.Cell], hosts: Int) throws {
    if cells.isEmpty || report.quiet { return }
    if hosts == 1 { return try report.print(cells.map(\.report)) }
    let matrix = Matrix(cells)
    switch report.format {
    case .text: Console.out(matrix.text)
    case .json: Console.out(try matrix.json())
    }
  }

  private func look(in folder: String, for checkpoint: Checkpoint) throws -> RootFilesystem {
    guard let root = RootFilesystem.probe(folder, paths: Subject(checkpoint).rootPaths) else {
      throw Failure(.unreadable, "cannot read the folder \(Escape.text(folder))")
    }
    return root
  }
}
