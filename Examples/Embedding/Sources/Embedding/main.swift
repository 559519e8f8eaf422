// A program of its own that judges checkpoints with the library.
import Checkpoint
import Verify

for path in CommandLine.arguments.dropFirst() {
  let checkpoint = try Checkpoint.load(path: path)
  let report = Verifier.verify(checkpoint)
  print("\(path): \(report.verdict.rawValue)")
  for finding in report.findings where finding.severity == .error {
    print("  \(finding.rule) at \(finding.location): \(finding.message)")
  }
}
