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

  /// Whether the ranges of the summary are all of them, and ascend.
  var isInOrder: Bool { hasRanges && !contradictsItself }

  var contradictsItself: Bool {
    let faults: [PagemapAnomaly.Kind] = [.outOfOrder, .overlapping, .unaligned, .wrapping]
    return faults.contains { summary.anomaly($0) != nil }
  }

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

  /// What CRIU does at an entry that goes back. It looks for the mapping from that of the entry
  /// before on, and finds none behind it, unless it is still the same: then it reads on.
  func consequence(of anomaly: PagemapAnomaly, in pagemap: Pagemap, _ subject: Subject)
    -> Consequence
  {
    guard case .task(let pid) = pagemap.owner, anomaly.kind != .zeroLength else {
      return .silentLoss
    }
    guard [.outOfOrder, .overlapping].contains(anomaly.kind),
      let areas = spaces[pid]?.areas,
      let area = areas.first(where: { $0.start <= anomaly.vaddr && anomaly.vaddr < $0.end }),
      area.start < anomaly.precedingEnd, anomaly.precedingEnd <= area.end
    else { return .refused }
    guard let need = pagemap.pagesSize, let size = subject.checkpoint.images[pagemap.pages]?.size,
      size < need
    else { return .silentLoss }
    return consequenceOfShortage(pagemap, size: size, subject.processes)
  }

  /// Pages of a task that lie in none of its private mappings, where that can be told.
  func strays(of pagemap: Pagemap) -> [Range<UInt64>] {
    guard case .task(let pid) = pagemap.owner, let space = spaces[pid], pagemap.isInOrder else {
      return []
    }
    let allowed = space.privateRanges
    return pagemap.summary.ranges.compactMap { allowed.firstGap(in: $0) }
  }

  /// Whether an entry that a pagemap has lost must have come before those of the vDSO, so that CRIU
  /// reads the vDSO from the wrong place: every mapping behind it has pages.
  func losesVdso(_ pagemap: Pagemap) -> Bool {
    guard case .task(let pid) = pagemap.owner, pagemap.isInOrder, let areas = spaces[pid]?.areas,
      let vdso = areas.first(where: { $0.kind.contains(.vdso) })
    else { return false }
    let ranges = pagemap.summary.ranges
    return areas.filter { $0.start >= vdso.start && $0.isPrivate }.allSatisfy { area in
      ranges.contains { area.start < $0.upperBound && $0.lowerBound < area.end }
    }
  }
}

extension Findings {
  /// Names the pagemaps without which the rule is not certain.
  mutating func noteUnreadable(_ memory: MemoryContent) {
    for name in memory.unreadable { notChecked("\(name) is missing or not readable") }
  }
}
