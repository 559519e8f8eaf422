import Support

extension HostileCase {
  /// Many of one thing.
  static let bombs: [HostileCase] = [
    Category.bomb.with("200 001 entries", .unsafe, "archive.limit-exceeded") { tar in
      for index in 0..<200_001 { tar.add(TarBuilder.Header("e/\(index)")) }
    },
    Category.bomb.with("the same name 100 000 times", .restorable, "archive.duplicate-entry") {
      tar in
      let block = TarBuilder.Header("e").block
      for _ in 0..<100_000 { tar.raw(block) }
    },
  ]
}
