/// A text that logs of failed restores have, and the rules that explain it.
public struct LogPattern: Sendable {
  /// What the line contains; `…` stands for any text, such as a number, an id or a path.
  public let text: String
  public let rules: [String]
  /// What to look at, where the rules do not say it.
  public let advice: String?
  private let pieces: [[UInt8]]

  init(_ text: String, _ rules: String..., advice: String? = nil) {
    self.init(text, rules: rules, advice: advice)
  }

  init(_ text: String, rules: [String], advice: String? = nil) {
    self.text = text
    self.rules = rules
    self.advice = advice
    pieces = LogText.plain(text).split(separator: "…").map { Array($0.utf8) }
  }

  /// How many bytes of the line are given.
  var weight: Int { pieces.reduce(0) { $0 + $1.count } }

  /// Whether the pieces occur in `line`, one after the other. `line` comes from `LogText.plain`.
  func matches(_ line: [UInt8]) -> Bool {
    var rest = line[...]
    for piece in pieces {
      guard let end = Self.end(of: piece, in: rest) else { return false }
      rest = rest[end...]
    }
    return true
  }

  private static func end(of piece: [UInt8], in line: ArraySlice<UInt8>) -> Int? {
    guard let first = piece.first else { return line.startIndex }
    var start = line.startIndex
    while start + piece.count <= line.endIndex {
      if line[start] == first, line[start..<start + piece.count].elementsEqual(piece) {
        return start + piece.count
      }
      start += 1
    }
    return nil
  }
}

/// Log lines in the form in which they are compared and shown.
enum LogText {
  /// Case and quotation marks say nothing: engines quote each other's messages, and themselves.
  static func plain(_ text: some StringProtocol) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"", "`", "“", "”", "\\": break
      case "’": result += "'"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result.lowercased()
  }

  /// The line without the time stamp and the process number that CRIU puts before it, and without
  /// blanks around it.
  static func message(of line: some StringProtocol) -> String {
    var rest = Substring(line).trimmed
    if rest.first == "(", let end = rest.firstIndex(of: ")"),
      rest[..<end].dropFirst().allSatisfy({ $0.isNumber || $0 == "." })
    {
      rest = rest[end...].dropFirst().trimmed
    }
    if let end = rest.firstIndex(of: ":"), end > rest.startIndex,
      rest[..<end].allSatisfy(\.isNumber)
    {
      rest = rest[end...].dropFirst().trimmed
    }
    return String(rest)
  }
}

extension Substring {
  fileprivate var trimmed: Substring {
    var result = drop(while: \.isWhitespace)
    while result.last?.isWhitespace == true { result.removeLast() }
    return result
  }
}
