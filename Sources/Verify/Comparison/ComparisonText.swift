import Archive

extension Comparison {
  /// The comparison for a person at a terminal. Of long sections the first changes are shown, unless
  /// `showingAll`.
  public func text(showingAll: Bool = false, colour: Bool = false) -> String {
    let paint = ChangePaint(isOn: colour)
    var lines = ["\(shown(before.path)) -> \(shown(after.path)): \(answer.phrase)"]
    if before.verdict != after.verdict {
      lines.append("  verdict: \(before.verdict.rawValue) -> \(after.verdict.rawValue)")
    }
    func add(_ title: String, _ body: [String]) {
      if body.isEmpty { return }
      let limit = showingAll ? body.count : 30
      lines += ["", title] + body.prefix(limit)
      if body.count > limit { lines.append("  … and \(body.count - limit) more (-v shows them)") }
    }
    add("Archive", archive.map { line($0, paint) })
    add(
      "Findings",
      findings.gone.map { line($0, .removed, paint) } + findings.new.map { line($0, .added, paint) }
    )
    for section in sections { add(section.title, section.changes.map { line($0, paint) }) }
    return lines.joined(separator: "\n") + "\n"
  }

  private func line(_ change: Change, _ paint: ChangePaint) -> String {
    let facts = change.fields.map { $0.phrase(in: change.kind) }.joined(separator: ", ")
    let rest = facts.isEmpty ? "" : ": \(facts)"
    return "  " + paint.mark(change.kind, change.kind.mark + " " + change.name) + rest
  }

  private func line(_ finding: Finding, _ kind: Change.Kind, _ paint: ChangePaint) -> String {
    let title = "\(kind.mark) \(finding.severity.rawValue) \(finding.rule)"
    return "  \(paint.mark(kind, title))  \(finding.location): \(finding.message)"
  }
}

extension Comparison.Answer {
  var phrase: String {
    switch self {
    case .same: "the same"
    case .sameContent: "the same content, in another archive"
    case .different: "different"
    }
  }
}

extension ChangeSection {
  var title: String { kind.title + (part.map { ": \($0)" } ?? "") }
}

extension Change.Kind {
  /// As in other programs that compare.
  var mark: String {
    switch self {
    case .removed: "-"
    case .changed: "~"
    case .added: "+"
    }
  }
}

extension Change.Field {
  /// A field that has no other beside it needs no name.
  private var label: String { name == "value" ? "" : name + " " }

  func phrase(in kind: Change.Kind) -> String {
    let (old, new) = (before?.plain, after?.plain)
    return switch kind {
    case _ where isHidden: label + (kind == .changed ? "differs" : "not shown")
    case .changed: "\(label)\(old ?? "none") -> \(new ?? "none")"
    case .removed, .added: label + (old ?? new ?? "")
    }
  }
}

extension Evidence {
  /// As a person reads it.
  var plain: String {
    switch self {
    case .text(let text): text
    case .number(let number): "\(number)"
    case .unsigned(let number): "\(number)"
    case .flag(let flag): flag ? "yes" : "no"
    case .list(let texts): texts.isEmpty ? "none" : texts.joined(separator: " ")
    }
  }
}

/// Colour for a terminal, or nothing.
private struct ChangePaint {
  let isOn: Bool

  func mark(_ kind: Change.Kind, _ text: String) -> String {
    let code = kind == .removed ? "31" : kind == .added ? "32" : "33"
    return isOn ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text
  }
}
