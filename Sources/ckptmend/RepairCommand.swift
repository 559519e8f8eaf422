import Archive
public import ArgumentParser
import Checkpoint
public import Repair
import Verify

extension Permission: ExpressibleByArgument {}

struct RepairCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "repair",
    abstract: "Make a checkpoint restorable, from the rest of it and from donors.",
    discussion: """
      Example: ckptmend repair broken.tar --donor copy.tar.zst -o mended.tar.zst

      The input is never changed. The output is verified before it gets its name; without a \
      restorable result there is none.

      Exit codes: 0 published and restorable, 1 published with findings (only with --allow \
      findings), 2 unreadable input, 4 not written, 5 cannot be repaired or a permission is missing.
      """)

  @Argument(help: "The checkpoint: an archive or an unpacked folder.")
  var path: String

  @Option(help: "Another copy of the same dump, whole or in part. May be given again.")
  var donor: [String] = []

  @Option(help: "Allow steps that give something up: \(Self.permissions). May be given again.")
  var allow: [Permission] = []

  @Flag(help: "Print the plan and write nothing.")
  var dryRun = false

  @OptionGroup var output: OutputOptions
  @OptionGroup var report: ReportOptions
  @OptionGroup var limits: LimitOptions

  private static let permissions = Permission.allCases.map(\.rawValue).joined(separator: ", ")

  func validate() throws {
    if ([path] + donor).contains("-") {
      throw ValidationError(
        "repair reads its inputs more than once: give files, not standard input")
    }
  }

  func run() throws {
    let input = try load(path)
    let donors = try donor.map(load)
    let planner = Planner(input, donors: donors, permissions: Set(allow))
    let verdict = planner.report.verdict
    if verdict == .unreadable && donors.isEmpty {
      throw Failure(.unreadable, "\(Escape.text(path)): no checkpoint can be read from it")
    }
    let plan = planner.plan()
    if !report.quiet {
      Console.note(PlanText(plan, planner, verbose: report.verbose || dryRun).text)
    }
    let missing = plan.missingPermissions(given: Set(allow))
    if dryRun { return }
    if !missing.isEmpty {
      let names = missing.map(\.rawValue).sorted().map { "--allow \($0)" }
      throw Failure(
        .notRepaired, "nothing was written: the plan needs \(names.joined(separator: " "))")
    }
    try execute(plan, planner)
  }

  private func load(_ path: String) throws -> Checkpoint {
    do throws(ArchiveError) {
      return try Checkpoint.load(path: path, limits: limits.limits)
    } catch {
      throw Failure(error)
    }
  }

  private func execute(_ plan: Plan, _ planner: Planner) throws {
    guard let form = output.form else { return }
    let executor = Executor(limits: limits.limits)
    let keepsFindings = allow.contains(.findings)
    do {
      let result = try executor.run(
        plan.steps.map(\.action), input: planner.input, donors: planner.donors,
        to: Executor.Target(path: output.output, form: form, level: output.level)
      ) { $0.verdict == .restorable || keepsFindings && $0.verdict != .unsafe }
      try report.print([result])
      throw ExitCode(ExitStatus(result, failOn: .error).rawValue)
    } catch let refusal as Executor.Refusal {
      switch refusal {
      case .archive(let error): throw Failure(error)
      case .notRestorable(let result):
        try report.print([result])
        throw Failure(.notRepaired, "nothing was written: the result would not be restorable")
      }
    }
  }
}

/// The plan for a person.
private struct PlanText {
  let text: String

  init(_ plan: Plan, _ planner: Planner, verbose: Bool) {
    var lines: [String] = []
    for (index, provenance) in planner.provenance.enumerated() {
      let items = provenance.items.map(\.description).joined(separator: ", ")
      lines.append(
        "donor \(index + 1): \(provenance.isSameDump ? "the same dump" : "not proven to be the same dump") (\(items.isEmpty ? "nothing to compare" : items))"
      )
    }
    lines.append(
      plan.steps.isEmpty ? "plan: nothing to mend" : "plan: \(plan.steps.count) steps")
    for step in plan.steps {
      let risk = step.risk == .safe ? "" : " [\(step.risk.rawValue)]"
      lines.append("  \(step.action)\(risk)")
      if verbose {
        lines.append("    because \(step.reason)")
        if !step.rules.isEmpty { lines.append("    for \(step.rules.joined(separator: ", "))") }
      }
    }
    for item in plan.unresolved {
      lines.append("  not mended: \(item.rule) at \(item.location): \(item.message)")
      lines.append("    do: \(item.remedy)")
    }
    text = lines.joined(separator: "\n")
  }
}
