extension Rule {
  /// Every rule, in the order in which they are applied.
  public static let all: [Rule] =
    (containerRules + entryRules + partRules + originRules + documentRules + specRules
    + podmanRules + criRules + nestedRules
    + memoryRules + mountsRules + masksRules + credentialsRules + optionsRules)
    .sorted { $0.stage < $1.stage }

  public static func named(_ id: String) -> Rule? { all.first { $0.id == id } }
}
