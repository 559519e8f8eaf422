import Archive
public import Checkpoint

/// Applies every rule to a checkpoint.
public enum Verifier {
  /// Judges `checkpoint` for the engine and runtime that made it, or for those of `target`; if that
  /// names a host, also whether it can restore there.
  public static func verify(_ checkpoint: Checkpoint, target: Target = Target()) -> Report {
    let subject = Subject(checkpoint, target: target)
    var findings: [Finding] = []
    var skipped: [(reason: String, rule: String)] = []
    for rule in Rule.all {
      switch rule.availability(in: subject) {
      case .present:
        var collected = Findings(rule)
        rule.check(subject, &collected)
        collected.end()
        findings += collected.all
        skipped += collected.skipped.map { ($0, rule.id) }
      case .missing(let reason): skipped.append((reason, rule.id))
      case .notApplicable: break
      }
    }
    if case .pod(let containers) = checkpoint.layout {
      for name in containers {
        var inner = verify(checkpoint.below(name), target: target)
        for index in inner.findings.indices { inner.findings[index].location.prefix(with: name) }
        findings += inner.findings
        skipped += inner.notChecked.flatMap { item in
          item.rules.map { ("\(name): \(item.reason)", $0) }
        }
      }
    }
    // A stable order: errors first, and within one severity the order of the rules.
    let sorted = findings.enumerated().sorted {
      ($1.element.severity, $0.offset) < ($0.element.severity, $1.offset)
    }
    return Report(
      subject: Report.Subject(subject), verdict: Verdict(findings),
      findings: sorted.map(\.element), notChecked: grouped(skipped))
  }

  private static func grouped(_ skipped: [(reason: String, rule: String)]) -> [Report.NotChecked] {
    var result: [Report.NotChecked] = []
    var places: [String: Int] = [:]
    for (reason, rule) in skipped {
      if let index = places[reason] {
        result[index].rules.append(rule)
      } else {
        places[reason] = result.count
        result.append(Report.NotChecked(rules: [rule], reason: reason))
      }
    }
    return result
  }
}

extension Location {
  fileprivate mutating func prefix(with folder: String) {
    path = path.map { "\(folder)/\($0)" } ?? folder
  }
}

extension Report.Subject {
  fileprivate init(_ subject: Subject) {
    let source = subject.checkpoint.source
    self.init(
      path: source.path, format: source.form.rawValue, compression: source.compression.rawValue,
      layout: subject.checkpoint.layout.name, engine: subject.engine?.rawValue,
      runtime: subject.runtime?.rawValue, evidence: subject.identity.evidence.map(\.description),
      entries: subject.checkpoint.entries.count, size: source.storedSize)
  }
}
