/// Rows of cells, printed in columns that are as wide as they must be and two spaces apart.
struct TextTable {
  enum Alignment { case left, right }

  private var rows: [[String]] = []
  private let columns: [Alignment]

  init(_ columns: [(title: String, alignment: Alignment)]) {
    self.columns = columns.map(\.alignment)
    rows = [columns.map(\.title)]
  }

  /// Names and values, without titles.
  init() { columns = [.left, .left] }

  mutating func add(_ cells: String?...) { rows.append(cells.map { $0 ?? "-" }) }

  /// Indented by two spaces. No line ends in spaces.
  var lines: [String] {
    let widths = columns.indices.map { column in
      rows.lazy.map { $0[column].count }.max() ?? 0
    }
    return rows.map { row in
      var line = ""
      for (text, (alignment, width)) in zip(row, zip(columns, widths)) {
        let padding = String(repeating: " ", count: width - text.count)
        line += "  " + (alignment == .left ? text + padding : padding + text)
      }
      while line.last == " " { line.removeLast() }
      return line
    }
  }
}

/// A size in the units people use, to three or four digits: `512 B`, `1.2 MiB`.
func humanSize(_ bytes: some BinaryInteger) -> String {
  let units = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"]
  guard bytes >= 1024 else { return "\(bytes) B" }
  var (whole, rest) = (UInt64(clamping: bytes), UInt64(0))
  var unit = -1
  repeat {
    (whole, rest) = (whole >> 10, whole & 1023)
    unit += 1
  } while whole >= 1024
  let tenths = rest * 10 / 1024
  return whole < 100 && tenths > 0 ? "\(whole).\(tenths) \(units[unit])" : "\(whole) \(units[unit])"
}

/// What a tree looks like before each of its rows, which come parents first.
///
/// Deeper levels than a terminal has room for are drawn at the last one.
func treePrefixes(_ depths: [Int]) -> [String] {
  let deepest = 16
  var prefixes: [String] = []
  /// For each level, whether a row of that level follows below the same parent.
  var follows: [Bool] = []
  for depth in depths.reversed().map({ min($0, deepest) }) {
    let isLast = depth < follows.count ? !follows[depth] : true
    follows = Array(follows.prefix(depth))
    follows += Array(repeating: false, count: depth - follows.count)
    let stem = follows.dropFirst().map { $0 ? "|  " : "   " }.joined()
    prefixes.append(depth == 0 ? "" : stem + (isLast ? "`- " : "|- "))
    follows.append(true)
  }
  return prefixes.reversed()
}
