/// A pattern of paths: `*` stands for any text without a slash, `?` for one character but a slash,
/// `**` for any text, `**/` for any folders or none. Everything else stands for itself.
public struct Glob: Sendable, Hashable {
  private enum Token: Sendable, Hashable {
    case literal(Unicode.Scalar)
    case one
    case many
    case anything
    /// Goes past the folders, or into them.
    case mayEnter
    case folders
  }

  public let pattern: String
  private let tokens: [Token]

  public init(_ pattern: String) {
    self.pattern = pattern
    var tokens: [Token] = []
    var rest = Substring(pattern).unicodeScalars
    while let scalar = rest.popFirst() {
      switch scalar {
      case "?": tokens.append(.one)
      case "*" where rest.first == "*":
        rest.removeFirst()
        if rest.first == "/", tokens.isEmpty || [.literal("/"), .folders].contains(tokens.last) {
          rest.removeFirst()
          tokens += [.mayEnter, .folders]
        } else {
          tokens.append(.anything)
        }
      case "*": tokens.append(.many)
      default: tokens.append(.literal(scalar))
      }
    }
    self.tokens = tokens
  }

  /// The folders that it names without a wildcard: all that it matches lies below them. Ends in a
  /// slash, unless it is empty.
  var folder: Substring {
    let literal = pattern.prefix { $0 != "*" && $0 != "?" }
    return literal[
      ..<(literal.lastIndex(of: "/").map { literal.index(after: $0) } ?? literal.startIndex)]
  }

  /// Whether the pattern stands for all of `text`. Takes as many steps as both are long, whatever
  /// the pattern.
  public func matches(_ text: String) -> Bool {
    var places: Set<Int> = [0]
    settle(&places)
    for scalar in text.unicodeScalars {
      var next: Set<Int> = []
      for place in places where place < tokens.count {
        switch tokens[place] {
        case .literal(let wanted): if scalar == wanted { next.insert(place + 1) }
        case .one: if scalar != "/" { next.insert(place + 1) }
        case .many: if scalar != "/" { next.insert(place) }
        case .anything: next.insert(place)
        case .mayEnter: break
        case .folders:
          next.insert(place)
          if scalar == "/" { next.insert(place + 1) }
        }
      }
      settle(&next)
      places = next
    }
    return places.contains(tokens.count)
  }

  /// Adds the places that are reached without a character.
  private func settle(_ places: inout Set<Int>) {
    for place in 0..<tokens.count where places.contains(place) {
      switch tokens[place] {
      case .many, .anything: places.insert(place + 1)
      case .mayEnter: places.formUnion([place + 1, place + 2])
      case .literal, .one, .folders: break
      }
    }
  }
}
