import Archive
import ArgumentParser
import Checkpoint
import Host
import Policy
import SystemPackage
import Verify

/// Options that say which policy holds.
struct PolicyOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The policy. Default: \(Policy.fileName) in the working folder, if there is one.",
      valueName: "file"))
  var policy: String?

  @Flag(help: "Take no policy.")
  var noPolicy = false

  func validate() throws {
    if noPolicy, policy != nil { throw ValidationError("give --policy or --no-policy, not both") }
  }

  func load() throws -> Policy {
    if noPolicy { return Policy() }
    do {
      return try Policy.read(policy ?? Policy.fileName)
    } catch ArchiveError.cannotRead(_, .noSuchFileOrDirectory) where policy == nil {
      return Policy()
    } catch {
      throw Failure(.usage, "\(error)")
    }
  }
}

/// What is done with each input of a run; runs on any thread.
struct Judge: Sendable {
  var policy: Policy
  var limits: Limits
  var failOn: Severity
  /// Whether a form of the report shows what is in a checkpoint.
  var inspects: Bool
  var today = Day.today

  /// Reads an input and verifies it for each of the targets that `targets` makes of it.
  func outcomes(
    of input: Input, for targets: (Checkpoint) -> [Target]
  ) -> [Outcome] {
    do throws(ArchiveError) {
      if let error = input.error { throw error }
      let checkpoint = try Checkpoint.load(path: input.path, limits: limits)
      let inspection =
        inspects ? Inspection(checkpoint, details: .all) : nil
      return targets(checkpoint).map { target in
        var outcome = outcome(input, .success(Verifier.verify(checkpoint, target: target)))
        outcome.inspection = inspection
        return outcome
      }
    } catch {
      return [outcome(input, .failure(error))]
    }
  }

  private func outcome(_ input: Input, _ result: Result<Report, ArchiveError>) -> Outcome {
    var outcome = Outcome(path: input.path, result, failOn: failOn)
    policy.apply(to: &outcome, in: WorkingFolder.path, on: today)
    return outcome
  }
}

extension Outcome {
  /// Throws if the input was left because of a signal: then the whole run ends.
  func checkInterruption() throws {
    if case .failure(.interrupted(let signal)) = result {
      throw Failure(.interrupted(signal: signal))
    }
  }
}
