/// One checkpoint on a page: the verdict first, then why, then what it is and what is in it.
struct HTMLCheckpoint: Sendable {
  let report: Report
  let inspection: Inspection
  /// Before every id, so that several fit on a page.
  let prefix: String

  var name: String { inspection.source.path }

  /// How many findings there are, in words.
  var tally: String {
    let counts = report.counts
    let parts = [(counts.error, "error"), (counts.warning, "warning"), (counts.note, "note")]
      .filter { $0.0 > 0 }.map { counted($0.0, $0.1) }
    return parts.isEmpty ? "no findings" : parts.joined(separator: ", ")
  }

  private typealias Part = (id: String, title: String, content: [Markup])

  var article: Markup {
    let parts = self.parts.filter { part in part.content.contains { !$0.source.isEmpty } }
    let header = Markup.element(
      "header", [:], .element("p", ["class": "eyebrow"], .text("Checkpoint report")),
      .element("h1", [:], .text(name)),
      report.verdict.box([tally.prefix(1).uppercased() + tally.dropFirst() + "."]))
    let links = parts.map { part in
      Markup.element(
        "li", [:], .element("a", ["href": "#\(prefix)\(part.id)"], .text(part.title)))
    }
    let contents = Markup.element(
      "nav", ["aria-label": "Contents"], .element("ul", [:], links))
    let sections = parts.map { Markup.section(prefix + $0.id, $0.title, $0.content) }
    return .element("article", ["id": "\(prefix)top"], [header, contents] + sections)
  }

  private var parts: [Part] {
    var parts: [Part] = [
      ("findings", "Findings", findings), ("not-checked", "Not checked", notChecked),
      ("archive", "Archive", [archive]),
    ]
    let many = inspection.dumps.count > 1
    for (index, dump) in inspection.dumps.enumerated() {
      let id = many ? "-\(index + 1)" : ""
      let name = many ? dump.folder.map { " of \(shown($0))" } ?? "" : ""
      let inner: [Part] = [
        ("container", "Container", dump.containerFacts),
        ("processes", "Processes", dump.processTable),
        ("memory", "Memory", dump.memoryMaps), ("files", "Open files", dump.fileTables),
        ("sockets", "Sockets", dump.socketTable), ("mounts", "Mounts", dump.mountTable),
        ("namespaces", "Namespaces", dump.namespaceTable),
        ("secrets", "Arguments and environment", dump.secretLists),
        ("gaps", "Missing or damaged", dump.gapList),
      ]
      parts += inner.map { ($0.id + id, $0.title + name, $0.content) }
    }
    parts.append(("entries", "Entries", [entries]))
    return parts
  }

  // MARK: Findings

  private var findings: [Markup] {
    if report.findings.isEmpty {
      return [.element("p", [:], .text("None: nothing that was checked is wrong or unusual."))]
    }
    return Severity.allCases.reversed().flatMap { severity -> [Markup] in
      let found = report.findings.filter { $0.severity == severity }
      if found.isEmpty { return [] }
      let title = counted(found.count, severity.rawValue)
      let shown = found.prefix(Markup.rowLimit).map(\.markup)
      let heading = Markup.element("h3", [:], .text(title))
      // Notes change nothing about a restore, and are in the way of what does.
      if severity == .note { return [heading, .folded("Show", .joined(shown))] }
      return [heading] + shown + [Markup.rest(found.count)]
    }
  }

  private var notChecked: [Markup] {
    if report.notChecked.isEmpty { return [] }
    let reasons = report.notChecked.map { item in
      let rules = item.rules.map { Markup.element("li", [:], .code($0)) }
      return Markup.element(
        "li", [:], .text(shown(item.reason)),
        .folded(counted(item.rules.count, "rule"), .element("ul", ["class": "columns"], rules)))
    }
    return [
      .element("p", [:], .text("What could not be judged is neither right nor wrong.")),
      .element("ul", ["class": "reasons"], reasons),
    ]
  }

  // MARK: The archive

  private var archive: Markup {
    let source = inspection.source
    let forms = [
      "tar": "tar archive", "folder": "folder", "oci": "OCI image", "oci-archive": "OCI archive",
    ]
    return .facts([
      ("Form", forms[source.format] ?? source.format),
      ("Compression", source.compression), ("Layout", source.layout),
      ("Size", source.size.map(humanSize)), ("Entries", "\(source.entries)"),
      ("Damage", source.damage),
      (
        "Recognised by",
        report.subject.evidence.isEmpty
          ? nil : report.subject.evidence.map(shown).joined(separator: "; ")
      ),
    ])
  }

  private var entries: Markup {
    let items = inspection.contents ?? []
    let rows = items.prefix(Markup.rowLimit).map { item -> [Markup] in
      let path = Markup.code(item.path)
      let note = item.isSuperseded ? Markup.text(" (superseded by a later one)") : .nothing
      return [
        path + note, .text(item.kind),
        .text(item.kind == "regular file" ? humanSize(item.size) : ""),
        .code(modeText(item.mode)), .text("\(item.owner):\(item.group)"),
        .text(item.modified ?? "unknown"),
      ]
    }
    return .table(
      "Entries in stored order",
      [
        .init(title: "Name"), .init(title: "Type"), .init(title: "Size", isNumber: true),
        .init(title: "Mode", isNumber: true), .init(title: "Owner", isNumber: true),
        .init(title: "Modified"),
      ], rows) + Markup.rest(items.count)
  }
}

extension Markup {
  /// Rows beyond this make a page that no browser likes.
  static let rowLimit = 2000

  /// Says that some are not shown, if so.
  static func rest(_ count: Int) -> Markup {
    count <= rowLimit
      ? .nothing
      : .element(
        "p", ["class": "soft"],
        .text("\(count - rowLimit) more are not shown here; the JSON form has all."))
  }
}

extension Finding {
  /// A card: the rule in words, where, what, and what to do.
  var markup: Markup {
    let style = severity == .error ? "error" : severity == .warning ? "warning" : "info"
    let tone = severity == .error ? "bad" : severity == .warning ? "loss" : "note"
    var content: [Markup] = [
      .element(
        "h4", [:], .element("span", ["class": "tag \(tone)"], .text(severity.rawValue)),
        .text(message.prefix(1).uppercased() + message.dropFirst())),
      .element("p", ["class": "where"], .code("\(location)")),
    ]
    if let title = Rule.named(rule)?.title {
      content.append(
        .element(
          "p", [:], .element("b", [:], .text("Must hold: ")), .text("\(title). "),
          .element("span", ["class": "soft"], .code(rule))))
    }
    if let phrase = consequence.phrase {
      content.append(
        .element("p", [:], .element("b", [:], .text("Then: ")), .text("\(phrase).")))
    }
    let order = ["have", "need"]
    let names =
      order.filter { evidence[$0] != nil }
      + evidence.keys.filter { !order.contains($0) }.sorted()
    let values = names.map { name in
      Markup.element(
        "div", [:], .element("dt", [:], .text(Self.words(name))),
        .element("dd", [:], .text(shown(evidence[name]?.plain ?? ""))))
    }
    if !values.isEmpty { content.append(.element("dl", ["class": "values"], values)) }
    let steps = remedies.map { Markup.element("li", [:], .prose($0.instruction)) }
    if !steps.isEmpty { content.append(.element("ul", ["class": "do"], steps)) }
    return .element("div", ["class": "finding \(style)"], content)
  }

  /// `lastGood` as people write it.
  private static func words(_ name: String) -> String {
    name.reduce(into: "") { $0 += $1.isUppercase ? " \($1.lowercased())" : "\($1)" }
  }
}
