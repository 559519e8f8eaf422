extension Comparison {
  /// The comparison as part of a page: the answer, the two sides, then what changed.
  var article: Markup {
    let count = sections.reduce(0) { $0 + $1.changes.count }
    let (style, words) =
      switch answer {
      case .same: ("good", "The same")
      case .sameContent: ("good", "The same content, in another archive")
      case .different: ("note", "Different")
      }
    let box = Markup.element(
      "div", ["class": "verdict \(style)"],
      .element("strong", [:], .text(words)),
      .element(
        "p", [:],
        .text(
          answer == .different
            ? "\(counted(count, "change"))\(verdictChange)."
            : "Every entry has the same bytes, mode, owner, time and attributes.")))
    let header = Markup.element(
      "header", [:], .element("p", ["class": "eyebrow"], .text("Comparison of two checkpoints")),
      .element(
        "h1", [:], .text(shown(before.path)), .text(" "),
        .element(
          "span", ["class": "line"], .element("span", ["class": "arrow"], .text("\u{2192}")),
          .text(shown(after.path)))), box)
    let parts =
      [("sides", "The two", sides), ("archive", "Archive", archiveTable)]
      + [("findings", "Findings", findingList)] + tables
    let shown = parts.filter { !$0.2.allSatisfy(\.source.isEmpty) }
    let links = shown.map { id, title, _ in
      Markup.element("li", [:], .element("a", ["href": "#\(id)"], .text(title)))
    }
    let contents = Markup.element(
      "nav", ["aria-label": "Contents"], .element("ul", [:], links))
    return .element(
      "article", ["id": "top"], [header, contents] + shown.map { .section($0, $1, $2) })
  }

  private var verdictChange: String {
    before.verdict == after.verdict
      ? ""
      : "; the verdict was \(before.verdict.words.lowercased()) and is \(after.verdict.words.lowercased())"
  }

  private var sides: [Markup] {
    let facts: [(String, (Summary) -> String?)] = [
      ("Verdict", { $0.verdict.words }), ("Engine", { $0.engine }), ("Runtime", { $0.runtime }),
      ("Form", { $0.format }), ("Compression", { $0.compression }), ("Layout", { $0.layout }),
      ("Entries", { "\($0.entries)" }), ("Size", { $0.size.map(humanSize) }),
      ("Damage", { $0.damage }),
    ]
    let rows = facts.compactMap { name, value -> [Markup]? in
      let (old, new) = (value(before), value(after))
      if old == nil, new == nil { return nil }
      return [.text(name), .text(old ?? ""), .text(new ?? "")]
    }
    return [
      .table(
        "Both sides", [.init(title: "What"), .init(title: "Before"), .init(title: "After")], rows,
        style: "sides")
    ]
  }

  private var archiveTable: [Markup] { [table("How the archives differ", archive)] }

  private var findingList: [Markup] {
    func list(_ title: String, _ findings: [Finding]) -> [Markup] {
      if findings.isEmpty { return [] }
      let shown = findings.prefix(Markup.rowLimit).map(\.markup)
      return [.element("h3", [:], .text(title))] + shown + [Markup.rest(findings.count)]
    }
    return list("Gone: \(findings.gone.count)", findings.gone)
      + list("New: \(findings.new.count)", findings.new)
  }

  private var tables: [(String, String, [Markup])] {
    sections.enumerated().map { index, section in
      (
        "changes-\(index + 1)", section.title,
        [table(counted(section.changes.count, "change"), section.changes)]
      )
    }
  }

  private func table(_ caption: String, _ changes: [Change]) -> Markup {
    let rows = changes.prefix(Markup.rowLimit).map { change -> [Markup] in
      [
        .code(change.name),
        .element(
          "span", ["class": change.kind.rawValue],
          .text("\(change.kind.mark) \(change.kind.rawValue)")),
        .joined(change.fields.map { $0.markup(in: change.kind) }),
      ]
    }
    return .table(
      caption, [.init(title: "Which"), .init(title: "Change"), .init(title: "What")], rows,
      style: "changes")
      + Markup.rest(changes.count)
  }
}

extension Change.Field {
  /// A change has a line of its own; what is known of a thing flows.
  fileprivate func markup(in kind: Change.Kind) -> Markup {
    let label: Markup =
      name == "value"
      ? .nothing : .element("span", ["class": "soft"], .text("\(name) "))
    let value: Markup
    if isHidden {
      value = .text(kind == .changed ? "differs" : "not shown")
    } else if kind == .changed {
      value =
        .code(before?.plain ?? "none")
        + .element("span", ["class": "arrow"], .text("\u{2192}"))
        + .code(after?.plain ?? "none")
    } else {
      value = .code(before?.plain ?? after?.plain ?? "")
    }
    return .element(
      "span", ["class": kind == .changed ? "line" : "fact"], label, value, .text(" "))
  }
}
