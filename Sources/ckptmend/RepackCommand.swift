import Archive
import ArgumentParser
import Checkpoint
import Host
import Repair
import Verify

struct RepackCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "repack",
    abstract: "Write a checkpoint in another container, or for another engine, runtime or host.",
    discussion: """
      Examples:
        ckptmend repack checkpoint.tar.zst -o checkpoint.tar
        ckptmend repack checkpoint.tar.zst -o oci:images:web
        ckptmend repack podman.tar.zst --engine cri-o --host node7.json -o crio.tar
        ckptmend repack checkpoint.tar --map-mount /srv/a=/data/a -o moved.tar
        ssh node ckptmend repack - -o - --to zstd < checkpoint.tar > checkpoint.tar.zst

      Without --engine, --runtime and --map-mount, entries keep bytes, modes, owners, times and \
      extended attributes, and the input is read once. With them, what changes is listed, and \
      every value that the checkpoint does not tell is named as invented.

      What goes to standard output is judged while it passes, and is left without its end if it \
      is damaged or unsafe; the report then goes to standard error.

      Exit codes: 0 written and restorable, 1 written with findings, 2 unreadable input, 3 unsafe, \
      4 not written, 5 an entry needs repair first, or it cannot be converted.
      """)

  @Argument(
    help: "The checkpoint: an archive, an unpacked folder, an OCI image, or - for standard input.")
  var path: String

  @Option(help: "Make it a checkpoint of this engine: podman, cri-o or containerd.")
  var engine: Engine?

  @Option(help: "Make it a checkpoint of this runtime: runc or crun.")
  var runtime: Runtime?

  @Option(
    help: ArgumentHelp(
      "Move the sources of bind mounts from one place to another. May be given again.",
      valueName: "old=new"))
  var mapMount: [String] = []

  @Option(help: "Where it is to be restored: facts from `ckptmend host`, or this.")
  var host: String?

  @Option(
    help: ArgumentHelp(
      "The base image, unpacked: what a folder that containerd emptied had in it.",
      valueName: "dir"))
  var rootfs: String?

  @Option(help: "Allow what gives something up: \(Self.permissions). May be given again.")
  var allow: [Permission] = []

  @Flag(help: "Print what would change and write no output.")
  var dryRun = false

  @Option(
    help: ArgumentHelp(
      "Write what changes, and every invented value, as JSON to this new file, or to standard output with -.",
      valueName: "file"))
  var plan: String?

  @OptionGroup var output: OutputOptions
  @OptionGroup var report: ReportOptions
  @OptionGroup var limits: LimitOptions

  private static let permissions = [Permission.lossy, .unprovenMasks, .findings]
    .map(\.rawValue).joined(separator: ", ")

  private var request: Conversion.Request {
    Conversion.Request(
      engine: engine, runtime: runtime, mounts: mapMount.compactMap(MountMap.init),
      permissions: Set(allow))
  }

  func validate() throws {
    if output.target == nil, !dryRun {
      throw ValidationError("say where the output goes with -o")
    }
    if output.target?.isStream == true {
      if !request.isEmpty {
        throw ValidationError("a conversion is verified before it is published: name a file")
      }
      if Console.isTerminal {
        throw ValidationError("standard output is a terminal: send the archive elsewhere")
      }
    }
    for map in mapMount where MountMap(map) == nil {
      throw ValidationError(
        "--map-mount \(Escape.text(map)): give two absolute paths as OLD=NEW")
    }
    if plan == "-", !dryRun {
      throw ValidationError("--plan - needs --dry-run: a report would follow the plan")
    }
    if engine == .docker {
      throw ValidationError("Docker imports no checkpoint: choose podman, cri-o or containerd")
    }
    if case .tar(let compression)? = output.target?.form, engine == .containerd,
      compression != .none
    {
      throw ValidationError("containerd reads only uncompressed archives: end the name in .tar")
    }
    if !request.isEmpty, path == "-" {
      throw ValidationError("a conversion reads its input more than once: give a file")
    }
  }

  func run() throws {
    let chosen = try host.map(ChosenHost.init)
    var target = output.target
    let engine = engine
    target?.describe = { checkpoint in
      ImageDescription(of: checkpoint, for: engine, host: chosen?.facts(for: checkpoint))
    }
    if !request.isEmpty || dryRun || plan != nil {
      try convert(to: target, for: chosen)
    } else if let target {
      try copy(to: target)
    }
  }

  private func copy(to target: Executor.Target) throws {
    let outcome = target.isStream ? "the output is not complete" : "nothing was written"
    let result: Report
    do throws(RepackError) {
      result = try Repacker(limits: limits.limits).repack(path, to: target)
    } catch {
      switch error {
      case .archive(let error): throw Failure(error)
      case .unsafe(let result):
        try report.print([result], aside: target.isStream)
        throw Failure(.unsafe, "\(outcome): the archive is unsafe")
      case .needsRepair(let name, let reason):
        throw Failure(
          .notRepaired, "\(outcome): \(name) \(reason); `repair` can deal with it")
      }
    }
    try finish(result)
  }

  private func convert(to target: Executor.Target?, for chosen: ChosenHost?) throws {
    try Rereading.check(path, for: "a conversion")
    let input: Checkpoint
    do throws(ArchiveError) {
      input = try Checkpoint.load(path: path, limits: limits.limits)
    } catch {
      throw Failure(error)
    }
    let before = Verifier.verify(input)
    guard before.verdict == .restorable || allow.contains(.findings) else {
      try report.print([before])
      throw Failure(
        before.verdict == .unsafe ? .unsafe : .notRepaired,
        "nothing was written: mend it with `ckptmend repair` first")
    }
    var request = request
    if let rootfs {
      request.base = RootFilesystem.list(rootfs, folders: Conversion.foldersOfBase(in: input))
      if request.base == nil {
        throw Failure(.unreadable, "cannot read the folder \(Escape.text(rootfs))")
      }
    }
    let converter = Converter(input, request, host: chosen?.facts(for: input))
    if !report.quiet { Console.note(PlanText(converter.plan, verbose: true).text) }
    try plan.map { try PlanFile(converter.plan, input: input, donors: []).write(to: $0) }
    guard converter.plan.unresolved.isEmpty else {
      throw Failure(.notRepaired, "nothing was written: it cannot be converted")
    }
    let missing = converter.plan.missingPermissions(given: Set(allow))
    if !missing.isEmpty {
      let names = missing.map(\.rawValue).sorted().map { "--allow \($0)" }
      throw Failure(
        .notRepaired, "nothing was written: the conversion needs \(names.joined(separator: " "))")
    }
    guard !dryRun, let target else { return }
    let result: Report
    do throws(Executor.Refusal) {
      result = try converter.run(to: target, with: Executor(limits: limits.limits))
    } catch {
      switch error {
      case .archive(let error): throw Failure(error)
      case .misfit(let path):
        throw Failure(
          .notRepaired, "nothing was written: \(Escape.text(path)) changed meanwhile")
      case .notRestorable(let result):
        try report.print([result])
        throw Failure(.notRepaired, "nothing was written: the result would not be restorable")
      }
    }
    try finish(result)
  }

  private func finish(_ result: Report) throws {
    try report.print([result], aside: output.target?.isStream ?? false, isPublished: true)
    throw ExitCode(ExitStatus(result, failOn: .error).rawValue)
  }
}
