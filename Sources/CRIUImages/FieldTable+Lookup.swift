/// The runtime of SwiftProtobuf keeps names and labels to itself; this reads our own generated copy.
/// Used only to describe a fault and to judge a repeated submessage, so a linear search will do.
extension FieldTable {
  struct Field {
    var number: Int
    var isRequired: Bool
    var name: String
  }

  /// The fields of a message in the order of the schema; none for a message the schemas lack.
  static func fields(of message: String) -> [Field] {
    let row = text.split(separator: "\n").first { line in
      line.prefix { $0 != " " } == message
    }
    guard let row else { return [] }
    return row.split(separator: " ").dropFirst().compactMap { word in
      guard
        let mark = word.firstIndex(where: { $0 == "!" || $0 == ":" }),
        let number = Int(word[..<mark])
      else { return nil }
      return Field(
        number: number, isRequired: word[mark] == "!",
        name: String(word[word.index(after: mark)...]))
    }
  }
}
