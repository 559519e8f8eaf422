import Support

extension HostileCase {
  /// Those that are small enough for every run; the large ones are in `BombTests`.
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
