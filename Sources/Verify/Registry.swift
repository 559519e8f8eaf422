extension Rule {
  /// Every rule, in the order in which they are applied.
  public static let all: [Rule] =
    (containerRules + imageFaultRules + imageMissingRules + treeRules + coreRules + sessionRules
    + namespaceRules + fileReferenceRules + queueReferenceRules + namespaceReferenceRules).sorted {
      $0.stage < $1.stage
    }

  public static func named(_ id: String) -> Rule? { all.first { $0.id == id } }
}
