import CRIUImages
import Checkpoint

extension Rule {
  /// criu-images.md, §3.7; engines-measured.md, §3.1
  static let pagesDiffer = Rule(
    id: "criu.stats-pages-differ", severity: .warning, consequence: .silentLoss, stage: .memory,
    title: "The pages images hold as many pages as the dump's statistics count",
    why: """
      The statistics count the pages that CRIU wrote. That they differ while every pagemap agrees \
      with its pages image means that a pair of both is gone, or that images of two dumps are mixed.
      """,
    remedy: .donor("all pagemap and pages images of the same dump"),
    needs: [.wholeArchive, .images],
    examples: [
      .fires("one page less", .counting(2)),
      .silent("equal", .counting(1)),
      .silent("no statistics", .minimal),
      .silent("short pages", .counting(1).resizing("checkpoint/pages-1.img", by: -1)),
    ]
  ) { subject, findings in
    guard let statistics = subject.statistics, let have = subject.pagesInDump,
      have != statistics.pages
    else { return }
    let images = subject.checkpoint.images
    // What is wrong with a single pair is another rule's finding.
    for pagemap in subject.memory.pagemaps where pagemap.summary.presentEntries > 0 {
      guard let need = pagemap.pagesSize, images[pagemap.pages]?.size == need else {
        return findings.notChecked("\(pagemap.image) and \(pagemap.pages) differ")
      }
    }
    findings.report(
      statistics.location,
      "pages_written and shpages_written are \(statistics.pages) in all, but the pages images hold \(have) pages",
      have: .unsigned(have), need: .unsigned(statistics.pages),
      evidence: ["field": "pages_written"])
  }
}

extension Subject {
  /// How many pages CRIU says that it wrote.
  var statistics: (location: Location, pages: UInt64)? {
    guard let (location, entry) = dumpStatistics else { return nil }
    let (pages, overflow) = entry.pagesWritten.addingReportingOverflow(entry.shpagesWritten)
    return overflow ? nil : (location, pages)
  }

  /// How many pages all pages images hold; nil if they do not hold whole pages.
  var pagesInDump: UInt64? {
    let size = checkpoint.images.all(.pages).reduce(into: UInt64(0)) { $0 &+= $1.size }
    guard let unit = memory.pagemaps.first?.pageSize, size % unit == 0 else { return nil }
    return size / unit
  }
}
