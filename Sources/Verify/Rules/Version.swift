/// A version of dotted numbers; what follows them does not count.
struct Version: Comparable, CustomStringConvertible {
  private let numbers: [Int]

  init(_ text: String) {
    numbers = text.prefix { $0.isNumber || $0 == "." }.split(separator: ".").map { Int($0) ?? 0 }
  }

  /// It begins with a number.
  var isKnown: Bool { !numbers.isEmpty }

  var description: String { numbers.map { "\($0)" }.joined(separator: ".") }

  static func == (left: Version, right: Version) -> Bool { !(left < right) && !(right < left) }

  static func < (left: Version, right: Version) -> Bool {
    let count = max(left.numbers.count, right.numbers.count)
    func padded(_ numbers: [Int]) -> [Int] {
      numbers + [Int](repeating: 0, count: count - numbers.count)
    }
    return padded(left.numbers).lexicographicallyPrecedes(padded(right.numbers))
  }
}
