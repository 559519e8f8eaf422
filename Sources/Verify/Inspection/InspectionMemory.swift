import CRIUImages
import Checkpoint

extension Dump {
  /// The address space of a task.
  public struct AddressSpace: Sendable, Hashable, Encodable {
    public var pid: UInt32
    /// Bytes of all areas.
    public var mapped: UInt64
    /// Bytes in the pages image; nil if its pagemap cannot be read.
    public var stored: UInt64?
    /// In stored order.
    public var areas: [Area]

    /// In the order of the tasks. A zombie has none.
    static func all(_ subject: Subject) -> [AddressSpace] {
      let names = Dictionary(
        subject.openFiles.all(RegFileEntry.self).map {
          (UInt64($0.content.id), shown(name: $0.content.name))
        }
      ) { first, _ in first }
      let pagemaps = Dictionary(
        subject.memory.pagemaps.map { ($0.owner, $0) }
      ) { first, _ in first }
      return subject.processes.live.compactMap { task in
        guard let space = subject.memory.spaces[task.pid] else { return nil }
        let pagemap = pagemaps[.task(task.pid)]
        let ranges = pagemap.flatMap(StoredRanges.init)
        let areas = space.areas.map { Area($0, names: names, stored: ranges) }
        return AddressSpace(
          pid: task.pid, mapped: areas.reduce(0) { $0.clampedSum($1.size) },
          stored: pagemap?.pagesSize, areas: areas)
      }
    }
  }

  /// A mapping of an address space.
  public struct Area: Sendable, Hashable, Encodable {
    public enum Kind: String, Sendable, Hashable, Encodable, CaseIterable {
      case heap
      case stack
      case anonymous
      case file
      /// Memory that other tasks may share.
      case shared
      /// What the kernel gives every task: the vDSO and its data.
      case kernel
      case other
    }

    public var start: UInt64
    public var end: UInt64
    public var kind: Kind
    /// As in `/proc/PID/maps`: `rw-p`, say.
    public var access: String
    /// What it shows, if that is a file of `files.img`.
    public var file: String?
    /// Bytes from the start of the file.
    public var offset: UInt64?
    /// Bytes of it that its pagemap lists; nil if that is not known.
    public var stored: UInt64?

    public var size: UInt64 { end > start ? end - start : 0 }

    fileprivate init(_ entry: VmaEntry, names: [UInt64: String], stored ranges: StoredRanges?) {
      start = entry.start
      end = entry.end
      kind = Self.kind(of: entry.kind)
      let letters: [(UInt32, String)] = [(1, "r"), (2, "w"), (4, "x")]
      let shared: UInt32 = 1
      access =
        letters.map { entry.prot & $0 != 0 ? $1 : "-" }.joined()
        + (entry.flags & shared != 0 ? "s" : "p")
      if !entry.kind.isDisjoint(with: [.filePrivate, .fileShared]) {
        file = names[entry.shmid]
        offset = entry.pgoff
      }
      stored = entry.start < entry.end ? ranges?.bytes(in: entry.start..<entry.end) : nil
    }

    private static let kinds: [(VMAStatus, Kind)] = [
      (.heap, .heap), (.stack, .stack), ([.vdso, .vvar, .vsyscall], .kernel),
      ([.anonymousShared, .systemVShared, .memfd], .shared), ([.filePrivate, .fileShared], .file),
      (.anonymousPrivate, .anonymous),
    ]

    private static func kind(of status: VMAStatus) -> Kind {
      kinds.first { !status.isDisjoint(with: $0.0) }?.1 ?? .other
    }
  }
}

/// The ranges of a pagemap that ascend and do not overlap, for adding up what lies in an area.
private struct StoredRanges {
  private let ranges: [Range<UInt64>]
  /// For each range, the bytes of all before it.
  private let before: [UInt64]

  init?(_ pagemap: MemoryContent.Pagemap) {
    let ranges = pagemap.summary.ranges
    let ascend = zip(ranges, ranges.dropFirst()).allSatisfy { $0.upperBound <= $1.lowerBound }
    guard pagemap.hasRanges, ascend else { return nil }
    self.ranges = ranges
    var sum: UInt64 = 0
    before = ranges.map { range in
      defer { sum += range.upperBound - range.lowerBound }
      return sum
    }
  }

  func bytes(in area: Range<UInt64>) -> UInt64 {
    bytes(below: area.upperBound) - bytes(below: area.lowerBound)
  }

  private func bytes(below address: UInt64) -> UInt64 {
    var low = 0
    var high = ranges.count
    while low < high {
      let middle = (low + high) / 2
      if ranges[middle].lowerBound < address { low = middle + 1 } else { high = middle }
    }
    guard low > 0 else { return 0 }
    let last = ranges[low - 1]
    return before[low - 1] + min(address, last.upperBound) - last.lowerBound
  }
}

extension UInt64 {
  /// Sizes in images are whatever they claim.
  func clampedSum(_ other: UInt64) -> UInt64 {
    let (sum, overflow) = addingReportingOverflow(other)
    return overflow ? .max : sum
  }
}
