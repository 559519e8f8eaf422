import Archive
import Repair

/// A plan for a person.
struct PlanText {
  let text: String

  init(_ plan: Plan, donors: [Provenance] = [], verbose: Bool) {
    var lines: [String] = []
    for (index, provenance) in donors.enumerated() {
      let items = provenance.items.map(\.description).joined(separator: ", ")
      lines.append(
        "donor \(index + 1): \(provenance.isSameDump ? "the same dump" : "not proven to be the same dump") (\(items.isEmpty ? "nothing to compare" : items))"
      )
    }
    let count = plan.steps.count
    lines.append(
      count == 0 ? "plan: nothing to do" : "plan: \(count) \(count == 1 ? "step" : "steps")")
    for step in plan.steps {
      let risk = step.risk == .safe ? "" : " [\(step.risk.rawValue)]"
      lines.append("  \(step.action)\(risk)")
      if !verbose { continue }
      lines.append("    because \(step.reason)")
      for cause in step.causes { lines.append("    for \(cause.rule) at \(cause.location)") }
      if !step.evidence.isEmpty {
        lines.append("    evidence: \(step.evidence.map(Escape.text).joined(separator: ", "))")
      }
    }
    for item in plan.unresolved {
      lines.append("  not possible: \(item.rule) at \(item.location): \(item.message)")
      if let refusal = item.refusal { lines.append("    never made up: \(refusal)") }
      lines.append("    do: \(item.remedy)")
    }
    text = lines.joined(separator: "\n")
  }
}

extension PlanFile {
  /// Writes the plan to a new file, or to standard output where `path` is `-`.
  func write(to path: String) throws {
    if path == "-" { return Console.out(String(decoding: json(), as: UTF8.self)) }
    do throws(ArchiveError) { try WholeFile.write(json(), to: path) } catch {
      throw Failure(error)
    }
  }
}
