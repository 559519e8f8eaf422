// Address spaces as bars, with the same in words and as a table.

extension Dump {
  /// For each task a map; of very many tasks the first.
  var memoryMaps: [Markup] {
    let limit = 100
    let spaces = memory ?? []
    let maps = spaces.prefix(limit).flatMap { space in
      space.map(named: processes.first { $0.pid == space.pid }?.name)
    }
    if spaces.count <= limit { return maps }
    let rest = "\(spaces.count - limit) more processes are not shown here; the JSON form has all."
    return maps + [.element("p", ["class": "soft"], .text(rest))]
  }
}

extension Dump.AddressSpace {
  /// Areas of one kind together.
  private struct Sum {
    var kind: Dump.Area.Kind
    var mapped: UInt64 = 0
    var stored: UInt64 = 0
  }

  private var sums: [Sum] {
    Dump.Area.Kind.allCases.map { kind in
      areas.lazy.filter { $0.kind == kind }.reduce(into: Sum(kind: kind)) { sum, area in
        sum.mapped = sum.mapped.clampedSum(area.size)
        sum.stored = sum.stored.clampedSum(area.stored ?? 0)
      }
    }.filter { $0.mapped > 0 }
  }

  fileprivate func map(named name: String?) -> [Markup] {
    let sums = self.sums
    let title = "Process \(pid)" + (name.map { ", \($0)" } ?? "")
    let kept = stored.map { ", \(humanSize($0)) of it in the checkpoint" } ?? ""
    let legend = sums.map { sum in
      Markup.element(
        "li", [:],
        .element("span", ["class": "swatch k-\(sum.kind.rawValue)", "aria-hidden": "true"]),
        .text(
          "\(sum.kind.rawValue) \(humanSize(sum.mapped)), stored \(humanSize(sum.stored))"))
    }
    return [
      .element("h3", [:], .text(title)),
      .element("p", ["class": "soft"], .text("\(humanSize(mapped)) mapped\(kept).")),
      .element(
        "div", ["class": "maps"], bar("Mapped", sums.map { ($0.kind, $0.mapped) }),
        bar("Stored", sums.map { ($0.kind, $0.stored) })),
      .element("ul", ["class": "legend"], legend),
      .folded(counted(areas.count, "area"), table),
    ]
  }

  /// Widths in proportion. The words beside it say the same.
  private func bar(_ label: String, _ parts: [(kind: Dump.Area.Kind, size: UInt64)]) -> Markup {
    let total = parts.reduce(UInt64(0)) { $0.clampedSum($1.size) }
    guard total > 0 else { return .nothing }
    var start = 0.0
    let shapes = parts.filter { $0.size > 0 }.map { part in
      let width = Double(part.size) / Double(total) * 1000
      defer { start += width }
      return Markup.element(
        "rect",
        [
          "class": "k-\(part.kind.rawValue)", "x": Self.number(start), "y": "0",
          "width": Self.number(width), "height": "10",
        ], .element("title", [:], .text("\(part.kind.rawValue) \(humanSize(part.size))")))
    }
    let words = parts.map { "\($0.kind.rawValue) \(humanSize($0.size))" }.joined(separator: ", ")
    let map = Markup.element(
      "svg",
      [
        "class": "map", "viewBox": "0 0 1000 10", "preserveAspectRatio": "none", "role": "img",
        "aria-label": "\(label) by process \(pid): \(words)",
        "xmlns": "http://www.w3.org/2000/svg",
      ], shapes)
    return .element("span", ["class": "soft"], .text(label)) + map
  }

  /// To a hundredth, whatever the locale.
  private static func number(_ value: Double) -> String {
    let hundredths = Int((value * 100).rounded())
    let rest = hundredths % 100
    return "\(hundredths / 100).\(rest < 10 ? "0" : "")\(rest)"
  }

  private var table: Markup {
    let rows = areas.prefix(Markup.rowLimit).map { area -> [Markup] in
      [
        .code("\(hex(area.start))-\(hex(area.end))"), .text(humanSize(area.size)),
        .text(area.stored.map(humanSize) ?? "unknown"), .code(area.access),
        .text(area.kind.rawValue), .code(area.file ?? ""),
      ]
    }
    return .table(
      "Memory areas of process \(pid)",
      [
        .init(title: "Addresses"), .init(title: "Size", isNumber: true),
        .init(title: "Stored", isNumber: true), .init(title: "Access"), .init(title: "Kind"),
        .init(title: "File"),
      ], rows) + Markup.rest(areas.count)
  }
}
