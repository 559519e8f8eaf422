import CRIUImages
import Checkpoint

/// Rules about memory: pagemaps, pages, address spaces (criu-images.md, §3.3).
extension Rule {
  static let memoryRules: [Rule] = [
    pagesMissing, pagesSize, pagesShared, pagesOrder, pagesUnreferenced, sharedUnreferenced,
    pagesDiffer,
    pagemapOrder, pagemapFlags, pagemapOutside, vdsoPages, sharedRange, lazyAbsent,
    parentMissing, parentCoverage,
    areaShape, areaFile, areaShared, areaSegment, areaSocket, executable, auxiliaryVector,
    addressOrder,
    threadSequences,
  ]
}

extension MemoryContent.Pagemap {
  var isShared: Bool { if case .shared = owner { true } else { false } }

  /// Whose memory it is, for a person.
  var subject: String {
    switch owner {
    case .task(let pid): "task \(pid)"
    case .shared(let id): "shared memory object \(id)"
    }
  }
}

extension MemoryContent {
  /// What CRIU does when the pages image ends after `size` bytes: it loops at the end of the file
  /// wherever it reads in bulk, which it does for all but what a task may share with its parent.
  func consequenceOfShortage(
    _ pagemap: Pagemap, size: UInt64, _ processes: Processes
  ) -> Consequence {
    guard case .task(let pid) = pagemap.owner else { return .silentLoss }
    guard let task = processes.tasks.first(where: { $0.pid == pid }) else { return .hang }
    return isSharedWithParent(task, at: size, of: pagemap) ? .refused : .hang
  }
}

extension Findings {
  /// Names the pagemaps without which the rule is not certain.
  mutating func noteUnreadable(_ memory: MemoryContent) {
    for name in memory.unreadable { notChecked("\(name) is missing or not readable") }
  }
}
