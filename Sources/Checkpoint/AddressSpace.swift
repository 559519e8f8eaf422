public import CRIUImages

/// The address space of a task: what its `mm` image says about mappings.
public struct AddressSpace: Sendable {
  public let pid: UInt32
  public let image: ImageName
  public let record: ImageRecord
  public let entry: MmEntry
  /// In stored order; from `vmas-N.img` if an old dump has them there.
  public let areas: [VmaEntry]

  public init?(_ images: ImageSet, pid: UInt32) {
    let name = ImageName(.mm, UInt64(pid))
    guard let (record, entry) = images[name]?.messages(MmEntry.self).first else { return nil }
    self.pid = pid
    image = name
    self.record = record
    self.entry = entry
    areas =
      entry.vmas.isEmpty
      ? images[.vmas, UInt64(pid)]?.messages(VmaEntry.self).map(\.message) ?? [] : entry.vmas
  }

  /// AT_PAGESZ of the auxiliary vector, the only place where a dump states its page size.
  public var pageSize: UInt64? {
    let pageSizeKey: UInt64 = 6
    let words = entry.mmSavedAuxv
    for index in stride(from: 0, to: words.count - 1, by: 2) where words[index] == pageSizeKey {
      let size = words[index + 1]
      return size.nonzeroBitCount == 1 ? size : nil
    }
    return nil
  }

  /// Where CRIU accepts pages (`vma_entry_is_private` in criu/include/vma.h): adjacent areas
  /// joined, in ascending order.
  public var privateRanges: [Range<UInt64>] {
    areas.lazy.filter(\.isPrivate).compactMap(\.range)
      .sorted { $0.lowerBound < $1.lowerBound }
      .reduce(into: []) { ranges, range in
        if let last = ranges.last, range.lowerBound <= last.upperBound {
          ranges[ranges.count - 1] =
            last.lowerBound..<max(last.upperBound, range.upperBound)
        } else {
          ranges.append(range)
        }
      }
  }
}

extension VmaEntry {
  public var isPrivate: Bool {
    let isMapped =
      kind.contains(.regular) && !kind.isDisjoint(with: [.anonymousPrivate, .filePrivate])
    return isMapped || !kind.isDisjoint(with: [.shadowStack, .aioRing])
  }

  /// nil for an area that ends before it starts. One that grows down takes the page below it, too:
  /// older kernels hid the guard page there.
  public var range: Range<UInt64>? {
    guard start < end else { return nil }
    let growsDown: UInt32 = 0x100
    return (flags & growsDown != 0 && start >= 4096 ? start - 4096 : start)..<end
  }
}

extension [Range<UInt64>] {
  /// The first part of `range` that none of these covers. They ascend and do not overlap.
  public func firstGap(in range: Range<UInt64>) -> Range<UInt64>? {
    var low = 0
    var high = count
    while low < high {
      let middle = (low + high) / 2
      if self[middle].upperBound <= range.lowerBound { low = middle + 1 } else { high = middle }
    }
    var position = range.lowerBound
    while low < count, self[low].lowerBound <= position {
      position = self[low].upperBound
      if position >= range.upperBound { return nil }
      low += 1
    }
    let end = low < count ? Swift.min(self[low].lowerBound, range.upperBound) : range.upperBound
    return position..<end
  }
}
