extension Rule {
  /// Every rule, in the order in which they are applied.
  public static let all: [Rule] = families.flatMap { $0 }.sorted { $0.stage < $1.stage }

  private static let families: [[Rule]] = [
    containerRules, entryRules, partRules, originRules, documentRules, specRules, podmanRules,
    criRules, imageRules, convertRules, nestedRules, imageFaultRules, imageMissingRules,
    imageOrphanRules,
    treeRules, coreRules, sessionRules, groupRules, namespaceRules, fileRules, fileShapeRules,
    fileOrderRules, memoryFileRules, fileReferenceRules, queueReferenceRules, connectionRules,
    namespaceReferenceRules, memoryRules,
    terminalRules, mountsRules, masksRules, credentialsRules, optionsRules, hostRules,
  ]

  public static func named(_ id: String) -> Rule? { all.first { $0.id == id } }
}
