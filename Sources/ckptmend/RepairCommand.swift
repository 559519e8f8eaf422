import Archive
public import ArgumentParser
import Checkpoint
import Host
public import Repair
import Verify

extension Permission: ExpressibleByArgument {}

struct RepairCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "repair",
    abstract: "Make a checkpoint restorable, from the rest of it and from donors.",
    discussion: """
      Examples:
        ckptmend repair broken.tar --donor copy.tar.zst -o mended.tar.zst
        ckptmend repair moved.tar --host node7.json -o moved-clean.tar
        ckptmend repair broken.tar --dry-run --plan plan.json
        ckptmend repair broken.tar --apply plan.json -o mended.tar
        ckptmend repair DIR -o mended/ --link DIR
        ckptmend repair --unlink DIR

      The input is never changed. The output is verified before it gets its name; without a \
      restorable result there is none.

      Permissions for --allow:
      \(Self.permissions)

      Exit codes: 0 published and restorable, 1 published, with findings about the host that only a \
      person can mend, or with others under --allow findings, 2 unreadable input, 4 not written, 5 cannot be repaired or a permission is missing.
      """)

  @Argument(help: "The checkpoint: an archive or an unpacked folder.")
  var path: String?

  @Option(help: "Another copy of the same dump, whole or in part. May be given again.")
  var donor: [String] = []

  @Option(help: "Where it is to be restored: facts from `ckptmend host`, or this.")
  var host: String?

  @Option(help: "Allow steps that give something up, by the names above. May be given again.")
  var allow: [Permission] = []

  @Flag(help: "Print the plan and write no output.")
  var dryRun = false

  @Option(help: "Write the plan as JSON to this new file, or to standard output with -.")
  var plan: String?

  @Option(help: "Run a plan that --plan wrote, instead of making one.")
  var apply: String?

  @Option(
    help: ArgumentHelp(
      "Once the output, a folder, is published, make checkpoint and spec.dump of this container folder links to it. What was there is kept aside.",
      valueName: "dir"))
  var link: String?

  @Option(help: ArgumentHelp("Undo --link, and do nothing else.", valueName: "dir"))
  var unlink: String?

  @OptionGroup var output: OutputOptions
  @OptionGroup var report: ReportOptions
  @OptionGroup var limits: LimitOptions

  private static let permissions = Permission.allCases.map {
    "  \($0.rawValue): \($0.explanation)"
  }.joined(separator: "\n")

  /// What an engine's container folder has in common with an archive, and its restore reads.
  private static let linked = ["checkpoint", "spec.dump"]

  func validate() throws {
    if unlink != nil {
      if path != nil { throw ValidationError("--unlink takes no checkpoint") }
      return
    }
    guard let path else { throw ValidationError("name the checkpoint to repair") }
    if ([path] + donor).contains("-") {
      throw ValidationError(
        "repair reads its inputs more than once: give files, not standard input")
    }
    if output.target?.isStream == true {
      throw ValidationError(
        "repair reads its output before it publishes it: give a file, not standard output")
    }
    if link != nil, output.target?.form != .folder {
      throw ValidationError("--link needs an output that is a folder: -o DIR/")
    }
    if output.output == nil, !dryRun {
      throw ValidationError("say where the output goes with -o, or give --dry-run")
    }
    if plan == "-", !dryRun {
      throw ValidationError("--plan - needs --dry-run: a report would follow the plan")
    }
    if plan != nil, apply != nil { throw ValidationError("give --plan or --apply, not both") }
  }

  func run() throws {
    if let unlink { return try undoLinks(in: unlink) }
    guard let path else { return }
    let file = try apply.map(readPlan)
    let input = try load(path)
    let donors = try (donor.isEmpty ? file?.donors.map(\.path) ?? [] : donor).map(load)
    let facts = try host.map { try ChosenHost($0).facts(for: input) }
    let planner = Planner(input, donors: donors, host: facts, permissions: Set(allow))
    if planner.report.verdict == .unreadable && donors.isEmpty {
      throw Failure(.unreadable, "\(Escape.text(path)): no checkpoint can be read from it")
    }
    let steps = try file.map { try fitting($0, input, donors) } ?? planner.plan()
    if !report.quiet {
      Console.note(
        PlanText(steps, donors: planner.provenance, verbose: report.verbose || dryRun).text)
    }
    if let plan {
      try PlanFile(steps, input: input, donors: donors).write(to: plan)
    }
    if dryRun { return }
    let missing = steps.missingPermissions(given: Set(allow))
    if !missing.isEmpty {
      let names = missing.map(\.rawValue).sorted().map { "--allow \($0)" }
      throw Failure(
        .notRepaired, "nothing was written: the plan needs \(names.joined(separator: " "))")
    }
    try execute(steps, planner)
  }

  private func load(_ path: String) throws -> Checkpoint {
    try Rereading.check(path, for: "repair")
    do throws(ArchiveError) {
      return try Checkpoint.load(path: path, limits: limits.limits)
    } catch {
      throw Failure(error)
    }
  }

  private func readPlan(_ path: String) throws -> PlanFile {
    do {
      return try PlanFile(json: WholeFile.read(path))
    } catch let error as ArchiveError {
      throw Failure(error)
    } catch let error as PlanFile.Fault {
      throw Failure(.unreadable, "\(Escape.text(path)): \(error)")
    }
  }

  private func fitting(_ file: PlanFile, _ input: Checkpoint, _ donors: [Checkpoint]) throws
    -> Plan
  {
    do throws(PlanFile.Fault) {
      return try file.plan(for: input, donors: donors)
    } catch {
      throw Failure(.notRepaired, "nothing was written: \(error)")
    }
  }

  private func execute(_ plan: Plan, _ planner: Planner) throws {
    guard let target = output.target else { return }
    let executor = Executor(limits: limits.limits)
    let keepsFindings = allow.contains(.findings)
    let result: Report
    do throws(Executor.Refusal) {
      result = try executor.run(
        plan.actions, input: planner.input, donors: planner.donors,
        for: Target(host: planner.host), to: target
      ) {
        $0.archiveVerdict == .restorable || keepsFindings && $0.verdict != .unsafe
      }
    } catch {
      switch error {
      case .archive(let error): throw Failure(error)
      case .misfit(let path):
        throw Failure(
          .notRepaired, "nothing was written: the plan does not fit \(Escape.text(path))")
      case .notRestorable(let result):
        try report.print([result])
        throw Failure(.notRepaired, "nothing was written: the result would not be restorable")
      }
    }
    if let link {
      do throws(ArchiveError) {
        try FolderLinks(path: link).link(Self.linked, to: target.path)
      } catch {
        throw Failure(error)
      }
    }
    try report.print([result], isPublished: true)
    throw ExitCode(ExitStatus(result, failOn: .error).rawValue)
  }

  private func undoLinks(in folder: String) throws {
    do throws(ArchiveError) {
      let undone = try FolderLinks(path: folder).unlink(Self.linked)
      if !report.quiet {
        Console.note(
          undone.isEmpty
            ? "nothing to undo in \(Escape.text(folder))"
            : "brought back: \(undone.joined(separator: ", "))")
      }
    } catch {
      throw Failure(error)
    }
  }
}
