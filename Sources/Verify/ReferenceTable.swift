/// Every cross reference that CRIU follows and nothing but the images is needed to check, by the
/// rule that reports it.
extension Reference {
  static func rows(of rule: String) -> [Reference] {
    table.filter { $0.rule == rule }.map(\.row)
  }

  static let table: [(rule: String, row: Reference)] = memory
}
