import Archive
import ArgumentParser
import Checkpoint
import Policy
import Verify

struct VerifyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "verify",
    abstract: "Judge checkpoint archives or unpacked folders from what they contain.",
    discussion: """
      Examples:
        ckptmend verify checkpoint.tar.zst
        ckptmend verify --recursive fixtures/ -o sarif:report.sarif
        find . -name '*.tar' -print0 | ckptmend verify --from-file - --null --format ndjson

      Several inputs are judged at a time and reported in the order in which they were named. One \
      that cannot be read stops none of the others. A policy, \(Policy.fileName), says what is \
      accepted and what is expected; the verdict does not depend on it.

      Exit codes: 0 restorable or as expected, 1 findings or not as expected, 2 unreadable, \
      3 unsafe, 4 a report could not be written. With several inputs the highest wins.
      """)

  @OptionGroup var inputs: InputOptions

  @Option(
    help: "Judge for this engine: podman, cri-o or containerd. Default: the one that made it.")
  var engine: Engine?

  @Option(help: "Judge for this runtime: runc or crun. Default: the one that made it.")
  var runtime: Runtime?

  @Option(
    help: "The severity from which on the exit code is 1: error, warning or note. Default: error.")
  var failOn: Severity?

  @OptionGroup var policy: PolicyOptions
  @OptionGroup var output: RunOutputOptions
  @OptionGroup var limits: LimitOptions

  func run() throws {
    let policy = try policy.load()
    let judge = Judge(
      policy: policy, limits: limits.limits(under: policy),
      failOn: failOn ?? policy.failOn ?? .error, inspects: output.inspects)
    let target = Target(engine: engine ?? policy.engine, runtime: runtime ?? policy.runtime)
    let found = try inputs.inputs()
    let gone =
      inputs.recursive
      ? policy.notices(
        lookingThrough: inputs.paths, found: found.map(\.path), in: WorkingFolder.path) : []
    var output = try RunOutput(
      output, inputs: found, isList: inputs.isList,
      notices: policy.notices(on: judge.today) + gone)
    let run = InOrder(items: found, jobs: inputs.jobs, waits: \.isStream) { input in
      judge.outcomes(of: input) { _ in [target] }
    }
    try run.run { outcomes in
      for outcome in outcomes {
        try outcome.checkInterruption()
        try output.add(outcome)
      }
    }
    throw try output.finish()
  }
}
