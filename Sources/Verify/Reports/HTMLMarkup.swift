/// Markup that cannot be built wrong: text is escaped, elements are closed, and what results is
/// well-formed XML as well as HTML.
struct Markup: Sendable {
  private(set) var source: String

  private init(source: String) { self.source = source }

  static let nothing = Markup(source: "")

  /// Text, from wherever. Text of an archive went through `Escape.text` before, which leaves no
  /// character that XML forbids; elsewhere such are shown as they would be there.
  static func text(_ text: String) -> Markup {
    var source = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": source += "&amp;"
      case "<": source += "&lt;"
      case ">": source += "&gt;"
      case "\"": source += "&quot;"
      case "'": source += "&#39;"
      case "\n": source += "\n"
      default:
        if isAllowed(scalar) {
          source.unicodeScalars.append(scalar)
        } else {
          source += "\\u{\(String(scalar.value, radix: 16))}"
        }
      }
    }
    return Markup(source: source)
  }

  /// Control characters, and what is no character at all.
  private static func isAllowed(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0..<0x20, 0x7F..<0xA0, 0x200E...0x200F, 0x202A...0x202E, 0x2066...0x2069: false
    default: !scalar.properties.isNoncharacterCodePoint
    }
  }

  /// The program's own text, for a style sheet: nothing of it is escaped.
  static func trusted(_ text: StaticString) -> Markup { Markup(source: "\(text)") }

  static func element(
    _ name: StaticString, _ attributes: KeyValuePairs<StaticString, String> = [:],
    _ content: Markup...
  ) -> Markup { element(name, attributes, content) }

  static func element(
    _ name: StaticString, _ attributes: KeyValuePairs<StaticString, String> = [:],
    _ content: [Markup]
  ) -> Markup {
    var source = "<\(name)"
    for (key, value) in attributes { source += " \(key)=\"\(text(value).source)\"" }
    source += ">"
    for part in content { source += part.source }
    return Markup(source: source + "</\(name)>")
  }

  /// An element that holds nothing, and has no end tag in HTML.
  static func void(_ name: StaticString, _ attributes: KeyValuePairs<StaticString, String>)
    -> Markup
  {
    var source = "<\(name)"
    for (key, value) in attributes { source += " \(key)=\"\(text(value).source)\"" }
    return Markup(source: source + "/>")
  }

  static func joined(_ parts: [Markup]) -> Markup {
    Markup(source: parts.map(\.source).joined())
  }

  static func + (left: Markup, right: Markup) -> Markup {
    Markup(source: left.source + right.source)
  }
}

// What pages are made of.
extension Markup {
  /// A section with a heading; nothing if there is nothing in it.
  static func section(_ id: String, _ title: String, _ content: [Markup]) -> Markup {
    if content.allSatisfy({ $0.source.isEmpty }) { return .nothing }
    return .element(
      "section", ["id": id, "aria-labelledby": "\(id)-title"],
      [.element("h2", ["id": "\(id)-title"], .text(title))] + content)
  }

  /// Names and values; those without a value are left out.
  static func facts(_ items: [(name: String, value: String?)]) -> Markup {
    let rows = items.flatMap { name, value -> [Markup] in
      guard let value else { return [] }
      // What is too long for a column has a row of its own.
      let style = value.unicodeScalars.count > 30 ? "wide" : "short"
      return [
        .element(
          "div", ["class": style], .element("dt", [:], .text(name)),
          .element("dd", [:], .text(value)))
      ]
    }
    return rows.isEmpty ? .nothing : .element("dl", ["class": "facts"], rows)
  }

  /// A column of a table.
  struct Column: Sendable {
    var title: String
    var isNumber = false
  }

  /// A table with a caption, whose first column names the row. It scrolls by itself where it is
  /// wider than the page, by keyboard, too.
  static func table(
    _ caption: String, _ columns: [Column], _ rows: [[Markup]], style: String = "list"
  ) -> Markup {
    if rows.isEmpty { return .nothing }
    let head = columns.map { column in
      Markup.element(
        "th", ["scope": "col", "class": column.isNumber ? "number" : "text"], .text(column.title))
    }
    let body = rows.map { cells in
      let cells = zip(columns, cells).enumerated().map { index, cell in
        let style = cell.0.isNumber ? "number" : "text"
        return index == 0
          ? Markup.element("th", ["scope": "row", "class": style], cell.1)
          : Markup.element("td", ["class": style], cell.1)
      }
      return Markup.element("tr", [:], cells)
    }
    return .element(
      "div",
      ["class": "scroll", "role": "region", "tabindex": "0", "aria-label": caption],
      .element(
        "table", ["class": style], .element("caption", [:], .text(caption)),
        .element("thead", [:], .element("tr", [:], head)), .element("tbody", [:], body)))
  }

  /// What is folded away until somebody asks.
  static func folded(_ summary: String, _ content: Markup...) -> Markup {
    .element("details", [:], [.element("summary", [:], .text(summary))] + content)
  }

  /// A sentence of ours, in which backquotes enclose what to type.
  static func prose(_ text: String) -> Markup {
    let parts = text.split(separator: "`", omittingEmptySubsequences: false)
    // An odd one is no quotation.
    if parts.count % 2 == 0 { return .text(text) }
    return .joined(
      parts.enumerated().map { index, part in
        index % 2 == 0 ? .text(String(part)) : .code(String(part))
      })
  }

  static func code(_ text: String) -> Markup { .element("code", [:], .text(text)) }
}
