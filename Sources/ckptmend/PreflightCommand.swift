import Archive
import ArgumentParser
import Checkpoint
import Host
import Policy
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

  @OptionGroup var inputs: InputOptions

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

  @Option(
    help: "The severity from which on the exit code is 1: error, warning or note. Default: error.")
  var failOn: Severity?

  @OptionGroup var policy: PolicyOptions
  @OptionGroup var output: RunOutputOptions
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
    if inputs.paths.contains("-") {
      throw ValidationError("preflight names its inputs: give files, not standard input")
    }
    if host.count > 1, !output.files.isEmpty || ![.text, .json].contains(output.format) {
      throw ValidationError(
        "for several hosts there is a table: --format text or json, and no --output")
    }
  }

  func run() throws {
    // What a fixture has to be is said of itself, not of a host.
    var policy = try policy.load()
    policy.expect = []
    let judge = Judge(
      policy: policy, limits: limits.limits(under: policy),
      failOn: failOn ?? policy.failOn ?? .error, inspects: output.inspects)
    let known = try (host.isEmpty ? ["this"] : host).map(ChosenHost.init)
    let (engine, runtime) = (engine ?? policy.engine, runtime ?? policy.runtime)
    let (rootfs, options) = (rootfs, given)
    if let rootfs, RootFilesystem.probe(rootfs, paths: []) == nil {
      throw Failure(.unreadable, "cannot read the folder \(Escape.text(rootfs))")
    }
    let found = try inputs.inputs()
    let run = InOrder(items: found, jobs: inputs.jobs, waits: \.isStream) { input in
      judge.outcomes(of: input) { checkpoint in
        let root = rootfs.flatMap {
          RootFilesystem.probe($0, paths: Subject(checkpoint).rootPaths)
        }
        return known.map { host in
          Target(
            engine: engine, runtime: runtime, host: host.facts(for: checkpoint), root: root,
            options: options)
        }
      }
    }
    if known.count > 1 {
      return try table(run, known)
    }
    var output = try RunOutput(
      output, inputs: found, isList: inputs.isList, notices: policy.notices(on: judge.today))
    try run.run { outcomes in
      for outcome in outcomes {
        try outcome.checkInterruption()
        try output.add(outcome)
      }
    }
    throw try output.finish()
  }
  /// Which checkpoint restores on which of several hosts.
  private func table(_ run: InOrder<Input, [Outcome]>, _ hosts: [ChosenHost]) throws {
    var status: Int32 = 0
    var cells: [Matrix.Cell] = []
    try run.run { outcomes in
      for (outcome, host) in zip(outcomes, hosts) {
        try outcome.checkInterruption()
        status = max(status, outcome.exitCode)
        if let error = outcome.error { Console.note("ckptmend: \(error)") }
        if let report = outcome.report {
          cells.append(Matrix.Cell(host: host.name, report: report))
        }
      }
    }
    if !cells.isEmpty, !output.quiet {
      let matrix = Matrix(cells)
      Console.out(output.format == .json ? try matrix.json() : matrix.text)
    }
    throw ExitCode(status)
  }
}
