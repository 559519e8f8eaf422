public import CRIUImages

/// The pagemaps that a restore reads, and the pages images they name.
public struct MemoryContent: Sendable {
  public enum Owner: Sendable, Hashable {
    case task(UInt32)
    /// A shared memory object: a memfd, a System V segment, an anonymous shared mapping.
    case shared(UInt64)
  }

  public struct Pagemap: Sendable {
    public let owner: Owner
    public let image: ImageName
    public let summary: PagemapSummary
    /// The page size of the dump, where an address space says so.
    public let pageSize: UInt64

    public var pages: ImageName { ImageName(.pages, UInt64(summary.pagesID)) }

    /// Whether the ranges of the summary are in units of the right page size.
    public var hasRanges: Bool { pageSize == summary.pageSize && !summary.rangesTruncated }

    /// Bytes that the pages image must have; nil if that is beyond 64 bits.
    public var pagesSize: UInt64? {
      guard let pages = summary.presentPages else { return nil }
      let (size, overflow) = pages.multipliedReportingOverflow(by: pageSize)
      return overflow ? nil : size
    }
  }

  /// Tasks in the order of the tree, then shared objects.
  public let pagemaps: [Pagemap]
  public let spaces: [UInt32: AddressSpace]
  /// Pagemaps that should be read and are absent or not readable.
  public let unreadable: [ImageName]

  /// `read` names the images that a restore opens.
  public init(_ images: ImageSet, _ processes: Processes, read: Set<ImageName>) {
    var spaces: [UInt32: AddressSpace] = [:]
    for task in processes.live { spaces[task.pid] = AddressSpace(images, pid: task.pid) }
    let common = processes.live.lazy.compactMap { spaces[$0.pid]?.pageSize }.first ?? 4096
    var pagemaps: [Pagemap] = []
    var unreadable: [ImageName] = []
    func add(_ owner: Owner, _ name: ImageName, _ pageSize: UInt64?) {
      guard read.contains(name) else { return }
      guard let image = images[name], image.fault == nil, let summary = image.pagemap else {
        return unreadable.append(name)
      }
      pagemaps.append(
        Pagemap(owner: owner, image: name, summary: summary, pageSize: pageSize ?? common))
    }
    for task in processes.live {
      add(
        .task(task.pid), ImageName(.pagemap, UInt64(task.pid)), spaces[task.pid]?.pageSize)
    }
    for name in read.filter({ $0.type == .shmemPagemap }).sorted() {
      add(.shared(name.id), name, nil)
    }
    self.spaces = spaces
    self.pagemaps = pagemaps
    self.unreadable = unreadable
  }

  /// Whether the page at `offset` of a task's pages image may be one that it shares with its parent
  /// since it forked. CRIU fills such areas page by page, to keep them shared (prepare_cow_vmas in
  /// criu/mem.c).
  public func isSharedWithParent(_ task: Processes.Task, at offset: UInt64, of pagemap: Pagemap)
    -> Bool
  {
    guard let own = spaces[task.pid], let parent = spaces[task.entry.ppid],
      own.entry.exeFileID == parent.entry.exeFileID
    else { return false }
    guard let address = pagemap.address(at: offset) else { return true }
    let area = own.areas.first { $0.start <= address && address < $0.end }
    return parent.areas.contains { area?.mayShare($0) == true }
  }
}

extension MemoryContent.Pagemap {
  /// To which address the bytes at `offset` of the pages image belong; nil if that is not known.
  fileprivate func address(at offset: UInt64) -> UInt64? {
    guard hasRanges, summary.presentEntries == summary.entries else { return nil }
    var rest = offset
    for range in summary.ranges {
      let length = range.upperBound - range.lowerBound
      if rest < length { return range.lowerBound + rest }
      rest -= length
    }
    return nil
  }
}

extension VmaEntry {
  /// check_cow_vmas in criu/mem.c
  fileprivate func mayShare(_ other: VmaEntry) -> Bool {
    let (growsDown, anonymous, huge): (UInt32, UInt32, UInt32) = (0x100, 0x20, 0x4_0000)
    return start == other.start && end == other.end && isPrivate && other.isPrivate
      && (flags | other.flags) & huge == 0
      && (flags ^ other.flags) & (growsDown | anonymous) == 0
      && (flags & anonymous != 0 || shmid == other.shmid)
  }
}
