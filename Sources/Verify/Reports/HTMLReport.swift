/// A report as one HTML page that needs nothing else: no network, no script, no other file.
///
/// It is well-formed XML, too. Everything from an archive is escaped twice: as every report does,
/// and for HTML.
public struct HTMLReport: Sendable {
  private let title: String
  private let content: [Markup]

  /// The verdict on a checkpoint and what is in it, as far as `inspection` was asked for it.
  public init(_ report: Report, _ inspection: Inspection) { self.init([(report, inspection)]) }

  /// Several on one page, with a table of them at the top, and with those that could not be read.
  public init(
    _ reports: [(report: Report, inspection: Inspection)],
    unread: [(path: String, reason: String)] = []
  ) {
    let pages = reports.enumerated().map { index, pair in
      HTMLCheckpoint(
        report: pair.report, inspection: pair.inspection,
        prefix: reports.count + unread.count == 1 ? "" : "c\(index + 1)-")
    }
    if pages.count == 1, unread.isEmpty {
      title = "\(pages[0].name): \(pages[0].report.verdict.words)"
      content = [pages[0].article]
    } else {
      title = "\(pages.count + unread.count) checkpoints"
      content = [Self.overview(pages, unread, title)] + pages.map(\.article)
    }
  }

  /// What changed between two checkpoints.
  public init(_ comparison: Comparison) {
    title = "\(shown(comparison.before.path)) and \(shown(comparison.after.path))"
    content = [comparison.article]
  }

  private static func overview(
    _ pages: [HTMLCheckpoint], _ unread: [(path: String, reason: String)], _ title: String
  ) -> Markup {
    .section(
      "overview", title,
      [
        .table(
          "Verdicts",
          [.init(title: "Checkpoint"), .init(title: "Verdict"), .init(title: "Findings")],
          pages.map { page in
            [
              .element("a", ["href": "#\(page.prefix)top"], .text(page.name)),
              .text(page.report.verdict.words), .text(page.tally),
            ]
          }
            + unread.map { input in
              [.text(shown(input.path)), .text(Verdict.unreadable.words), .text(input.reason)]
            })
      ])
  }

  /// Nothing may be loaded, run or sent: what a hostile name could do, had it not been escaped.
  private static let policy =
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"

  /// The page.
  public var text: String {
    let head = Markup.element(
      "head", [:], .void("meta", ["charset": "utf-8"]),
      .void("meta", ["http-equiv": "Content-Security-Policy", "content": Self.policy]),
      .void("meta", ["name": "viewport", "content": "width=device-width, initial-scale=1"]),
      .void("meta", ["name": "color-scheme", "content": "light dark"]),
      .void("meta", ["name": "generator", "content": "ckptmend \(Report.toolVersion)"]),
      .element("title", [:], .text(title)),
      .element("style", [:], .trusted(HTMLStyle.sheet)))
    let body = Markup.element(
      "body", [:], .element("a", ["class": "skip", "href": "#main"], .text("To the report")),
      .element("main", ["id": "main"], content),
      .element("footer", [:], .text("Made by ckptmend \(Report.toolVersion).")))
    let page = Markup.element(
      "html", ["lang": "en", "xmlns": "http://www.w3.org/1999/xhtml"], head, body)
    return "<!DOCTYPE html>\n" + page.source + "\n"
  }
}

extension Verdict {
  /// As a heading says it.
  var words: String {
    switch self {
    case .restorable: "Restorable"
    case .restorableWithLoss: "Restorable, with loss"
    case .notRestorable: "Not restorable"
    case .unsafe: "Unsafe"
    case .unreadable: "Unreadable"
    }
  }

  fileprivate var meaning: String {
    switch self {
    case .restorable: "Nothing that was checked keeps a restore from giving the container back."
    case .restorableWithLoss: "A restore will report success, but state is lost or wrong."
    case .notRestorable: "The engine, the runtime or CRIU will refuse, crash or hang."
    case .unsafe: "The content is hostile or exceeds a limit: do not hand it to an engine."
    case .unreadable: "This is no checkpoint, or it cannot be read far enough to judge it."
    }
  }

  /// A sign and a colour, beside the words.
  fileprivate var look: (sign: String, style: String) {
    switch self {
    case .restorable: ("\u{2713}", "good")
    case .restorableWithLoss: ("!", "loss")
    case .notRestorable, .unsafe, .unreadable: ("\u{2715}", "bad")
    }
  }

  /// The answer at the top of a page.
  func box(_ lines: [String]) -> Markup {
    .element(
      "div", ["class": "verdict \(look.style)"],
      [
        .element(
          "strong", [:], .element("span", ["aria-hidden": "true"], .text("\(look.sign) ")),
          .text(words)),
        .element("p", [:], .text(meaning)),
      ] + lines.map { .element("p", [:], .text($0)) })
  }
}
