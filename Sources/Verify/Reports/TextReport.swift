import Archive

extension Report {
  /// The report for a person: the verdict first, then each finding with its entry, what a restore
  /// does about it and what to do.
  public func text(showingNotes: Bool = false, colour: Bool = false) -> String {
    lines(showingNotes: showingNotes, colour: colour).map { Defence.log($0) + "\n" }.joined()
  }

  func lines(showingNotes: Bool, colour: Bool) -> [String] {
    let paint = Paint(isOn: colour)
    var lines = [headline(paint)]
    for finding in findings where showingNotes || finding.severity > .note {
      lines.append("")
      lines.append(
        "  \(paint.severity(finding.severity)) \(paint.bold(finding.rule))  \(finding.location)")
      lines.append("    \(finding.message)")
      if let phrase = finding.consequence.phrase { lines.append("    then: \(phrase)") }
      for remedy in finding.remedies { lines.append("    do: \(remedy.instruction)") }
    }
    if !notChecked.isEmpty { lines.append("") }
    for skipped in notChecked {
      lines.append(
        "  not checked: \(count(skipped.rules.count, "rule")), because \(skipped.reason)")
    }
    if !showingNotes, counts.note > 0 {
      lines.append("")
      lines.append("  \(count(counts.note, "note")) not shown (-v shows them)")
    }
    return lines
  }

  private func headline(_ paint: Paint) -> String {
    var facts = [subject.engine, subject.runtime].compactMap { $0 }
    if facts.isEmpty { facts = [subject.layout] }
    facts.append("\(subject.entries) entries")
    let found = [(counts.error, "error"), (counts.warning, "warning")]
      .filter { $0.0 > 0 }.map { count($0.0, $0.1) }
    let summary = found.isEmpty ? "" : ": " + found.joined(separator: ", ")
    let name = Escape.text(subject.path)
    return "\(name): \(paint.verdict(verdict))\(summary) (\(facts.joined(separator: ", ")))"
  }

  private func count(_ number: Int, _ noun: String) -> String {
    "\(number) \(noun)\(number == 1 ? "" : "s")"
  }
}

extension Consequence {
  /// What happens at restore, as the continuation of “then: ”.
  var phrase: String? {
    switch self {
    case .refused: "the restore is refused"
    case .crash: "the restore crashes"
    case .hang: "the restore hangs"
    case .silentLoss: "the restore reports success, but state is lost or wrong"
    case .security: "something outside the container may be touched; do not restore it"
    case .unreadable, .none: nil
    }
  }
}

/// Colour for a terminal, or nothing.
private struct Paint {
  let isOn: Bool

  func bold(_ text: String) -> String { wrap(text, "1") }

  func severity(_ severity: Severity) -> String {
    wrap(severity.rawValue, severity == .error ? "31" : severity == .warning ? "33" : "36")
  }

  func verdict(_ verdict: Verdict) -> String {
    wrap(verdict.rawValue, verdict == .restorable ? "1;32" : "1;31")
  }

  private func wrap(_ text: String, _ code: String) -> String {
    isOn ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text
  }
}
