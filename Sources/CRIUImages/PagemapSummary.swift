/// The entries of a pagemap, added up.
///
/// A pagemap may have millions of entries, so that they are not kept. What needs the page size was
/// reckoned with ``pageSize``; if the dump turns out to have another (`AT_PAGESZ` in the mm image),
/// parse again with that one.
public struct PagemapSummary: Hashable, Sendable {
  /// Number of the pages image.
  public let pagesID: UInt32
  /// The page size that addresses were reckoned with: a power of two.
  public let pageSize: UInt64

  public internal(set) var entries: UInt64 = 0
  /// Entries whose count is in field 5, `nr_pages`: written by CRIU 4.2 or newer.
  public internal(set) var entriesWithWideCount: UInt64 = 0
  /// Pages with the flag PRESENT, thus in the pages image; nil if the sum is beyond 64 bits.
  public internal(set) var presentPages: UInt64? = 0
  public internal(set) var presentEntries: UInt64 = 0
  public internal(set) var parentEntries: UInt64 = 0
  public internal(set) var lazyEntries: UInt64 = 0
  /// LAZY without PRESENT: the pages are with a page server.
  public internal(set) var lazyOnlyEntries: UInt64 = 0
  /// The first anomaly of each kind.
  public internal(set) var anomalies: [PagemapAnomaly] = []
  /// Byte addresses that entries cover, adjacent entries joined, in the order of the file. They
  /// ascend and do not overlap unless an anomaly says so.
  public internal(set) var ranges: [Range<UInt64>] = []
  /// The same for entries with the flag PARENT.
  public internal(set) var parentRanges: [Range<UInt64>] = []
  /// Whether there were more ranges than ``ImageLimits/pagemapRanges``; the rest is missing.
  public internal(set) var rangesTruncated = false
  /// End of the furthest entry.
  public internal(set) var end: UInt64 = 0

  /// End of the entry before, and where it started.
  private var lastEnd: UInt64 = 0
  private var lastStart: UInt64 = 0
  private var anomaliesSeen: UInt8 = 0
  private let rangeLimit: Int

  init(pagesID: UInt32, pageSize: UInt64, rangeLimit: Int) {
    self.pagesID = pagesID
    self.rangeLimit = rangeLimit
    self.pageSize = pageSize.nonzeroBitCount == 1 ? pageSize : 4096
  }

  /// The first anomaly of `kind`.
  public func anomaly(_ kind: PagemapAnomaly.Kind) -> PagemapAnomaly? {
    anomalies.first { $0.kind == kind }
  }
}

/// An entry that CRIU never writes.
public struct PagemapAnomaly: Hashable, Sendable {
  public enum Kind: UInt8, Hashable, Sendable {
    /// Flags that are 0 or have bits beyond PARENT, LAZY and PRESENT.
    case badFlags
    /// No pages.
    case zeroLength
    /// An address that is no multiple of the page size.
    case unaligned
    /// An end beyond 64 bits.
    case wrapping
    /// An address below that of the entry before.
    case outOfOrder
    /// An address within the entry before.
    case overlapping
  }

  public let kind: Kind
  /// Index of the record; the head is record 0.
  public let index: Int
  /// Offset in the file of the record's size word.
  public let offset: UInt64
  public let vaddr: UInt64
  public let pages: UInt64
  public let flags: UInt32
  /// Where the entry before ends.
  public let precedingEnd: UInt64
}

/// Flags of a pagemap entry (criu/include/pagemap.h).
public struct PagemapFlags: OptionSet, Hashable, Sendable {
  public let rawValue: UInt32

  public init(rawValue: UInt32) { self.rawValue = rawValue }

  /// The pages are in the pagemap of the parent dump.
  public static let parent = PagemapFlags(rawValue: 1)
  /// The pages may be fetched after the restore.
  public static let lazy = PagemapFlags(rawValue: 2)
  /// The pages are in the pages image.
  public static let present = PagemapFlags(rawValue: 4)
}

/// The fields of a pagemap entry that matter, after CRIU's adjustment of old ones.
struct PagemapRun: Equatable {
  var vaddr: UInt64
  var pages: UInt64
  var flags: UInt32
  var hasWideCount: Bool

  /// init_compat_pagemap_entry in criu/pagemap.c: `in_parent` adds its flag, and only without it
  /// absent flags mean PRESENT; field 5, if there, is the count.
  @inline(__always)
  init(vaddr: UInt64, compatPages: UInt32, inParent: Bool, flags: UInt32?, pages: UInt64?) {
    self.vaddr = vaddr
    self.pages = pages ?? UInt64(compatPages)
    self.flags =
      inParent
      ? (flags ?? 0) | PagemapFlags.parent.rawValue : flags ?? PagemapFlags.present.rawValue
    hasWideCount = pages != nil
  }
}

extension PagemapRun {
  init(_ entry: PagemapEntry) {
    self.init(
      vaddr: entry.vaddr, compatPages: entry.compatNrPages, inParent: entry.inParent,
      flags: entry.hasFlags ? entry.flags : nil, pages: entry.hasNrPages ? entry.nrPages : nil)
  }
}

extension PagemapSummary {
  /// Adds the entry that is record `index`, at `offset` of the file.
  mutating func add(_ run: PagemapRun, index: Int, offset: UInt64) {
    let flags = PagemapFlags(rawValue: run.flags)
    entries += 1
    if run.hasWideCount { entriesWithWideCount += 1 }
    if flags.contains(.present) {
      presentEntries += 1
      if let pages = presentPages {
        let (sum, overflow) = pages.addingReportingOverflow(run.pages)
        presentPages = overflow ? nil : sum
      }
    }
    if flags.contains(.parent) { parentEntries += 1 }
    if flags.contains(.lazy) {
      lazyEntries += 1
      if !flags.contains(.present) { lazyOnlyEntries += 1 }
    }

    let precedingEnd = lastEnd
    func note(_ kind: PagemapAnomaly.Kind) {
      guard anomaliesSeen & (1 << kind.rawValue) == 0 else { return }
      anomaliesSeen |= 1 << kind.rawValue
      anomalies.append(
        PagemapAnomaly(
          kind: kind, index: index, offset: offset, vaddr: run.vaddr, pages: run.pages,
          flags: run.flags, precedingEnd: precedingEnd))
    }

    if run.flags == 0 || run.flags > 7 { note(.badFlags) }
    if run.vaddr & (pageSize - 1) != 0 { note(.unaligned) }
    if run.vaddr < lastStart {
      note(.outOfOrder)
    } else if run.vaddr < lastEnd {
      note(.overlapping)
    }
    let (length, tooLong) = run.pages.multipliedReportingOverflow(by: pageSize)
    let (end, tooFar) = run.vaddr.addingReportingOverflow(length)
    lastStart = run.vaddr
    guard !tooLong, !tooFar else {
      lastEnd = .max
      return note(.wrapping)
    }
    lastEnd = end
    guard run.pages > 0 else { return note(.zeroLength) }
    self.end = max(self.end, end)
    let room = rangeLimit - ranges.count - parentRanges.count
    var fits = Self.extend(&ranges, by: run.vaddr..<end, ifAnyOf: room)
    if flags.contains(.parent) {
      let room = rangeLimit - ranges.count - parentRanges.count
      fits = Self.extend(&parentRanges, by: run.vaddr..<end, ifAnyOf: room) && fits
    }
    if !fits { rangesTruncated = true }
  }

  /// Joins `range` to the last one or appends it; false if there is no room.
  @inline(__always)
  private static func extend(
    _ list: inout [Range<UInt64>], by range: Range<UInt64>, ifAnyOf room: Int
  ) -> Bool {
    if let last = list.last, last.upperBound == range.lowerBound {
      list[list.count - 1] = last.lowerBound..<range.upperBound
    } else if room > 0 {
      // From here on, doubling would copy and touch as much again as the ranges take in the end.
      if list.count == 1 << 16 { list.reserveCapacity(list.count + room) }
      list.append(range)
    } else {
      return false
    }
    return true
  }
}
