/// Which of several names was meant.
public enum Nearest {
  /// The name with the fewest letters to change, add or leave out.
  public static func name(to text: String, among names: some Sequence<String>) -> String? {
    names.min { distance($0, text) < distance($1, text) }
  }

  /// Levenshtein's distance.
  private static func distance(_ left: String, _ right: String) -> Int {
    var row = Array(0...right.count)
    for (i, a) in left.enumerated() {
      var diagonal = row[0]
      row[0] = i + 1
      for (j, b) in right.enumerated() {
        let cost = diagonal + (a == b ? 0 : 1)
        diagonal = row[j + 1]
        row[j + 1] = min(cost, diagonal + 1, row[j] + 1)
      }
    }
    return row[right.count]
  }
}
