/// The runtime of SwiftProtobuf keeps names and labels to itself; this reads our own generated copy,
/// to describe a fault and to judge a repeated submessage.
extension FieldTable {
  struct Field {
    var number: Int
    var isRequired: Bool
    var name: String
  }

  /// The fields of a message in the order of the schema; none for a message the schemas lack.
  static func fields(of message: String) -> [Field] { fieldsByMessage[message] ?? [] }

  private static let fieldsByMessage = [String: [Field]](
    text.split(separator: "\n").map { line in
      let words = line.split(separator: " ")
      return (String(words[0]), words.dropFirst().compactMap(Field.init))
    }
  ) { first, _ in first }
}

extension FieldTable.Field {
  /// A word such as `1!pid` or `5:threads`.
  fileprivate init?(_ word: Substring) {
    guard
      let mark = word.firstIndex(where: { $0 == "!" || $0 == ":" }),
      let number = Int(word[..<mark])
    else { return nil }
    self.number = number
    isRequired = word[mark] == "!"
    name = String(word[word.index(after: mark)...])
  }
}
