import Archive
import CRIUImages
import Checkpoint

/// Rules about the parent dump: pages that a pre-dump wrote and the dump only refers to.
extension Rule {
  ///
  static let parentMissing = Rule(
    id: "criu.parent-link", stage: .memory,
    title: "The parent dump is there if pages are in it",
    why: """
      `parent` in the images' folder leads to the pre-dump. A link to nothing stops CRIU even if no \
      page is in the parent; without a link, pages that are there are “outside”.
      """,
    remedy: .donor("the pre-dump of the same checkpoint, and the link to it"),
    needs: [.wholeArchive, .images],
    examples: [
      .fires("no link", .minimal.pagemap { $0[0].flags = PagemapFlags.parent.rawValue }),
      .silent("no link and no need", .minimal),
      .silent("a link to a pre-dump", .incremental),
    ]
  ) { subject, findings in
    let needing = subject.memory.pagemaps.filter { $0.summary.parentEntries > 0 }
    guard subject.parent == .none, let first = needing.first else { return }
    let path = subject.checkpoint.path(ofImageFile: "parent")
    findings.report(
      .entry(path),
      "\(path) is missing, but \(first.summary.parentEntries) entries of \(first.image) are in a parent dump",
      have: "missing", need: "a link to the parent dump",
      evidence: ["pagemaps": .list(needing.map { "\($0.image)" })])
  }

  ///
  static let parentCoverage = Rule(
    id: "criu.parent-pages-missing", stage: .memory,
    title: "The parent dump has the pages that are said to be in it",
    why: """
      CRIU looks such pages up in the pagemap of the same name in the parent, and stops if they are \
      not there. Short pages of a parent let it hang as short pages of the dump do.
      """,
    remedy: .donor("the pre-dump of the same checkpoint"), needs: [.wholeArchive, .images],
    examples: [
      .fires("no pagemap", .incremental.removing("pre-checkpoint/pagemap-1.img")),
      .fires(
        "other pages",
        .incremental.image(
          ImageName(.pagemap, 1), [Sketch.pagemapHead, Sketch.pages(at: 0x50_0000)],
          in: "pre-checkpoint")),
      .fires("short pages", .incremental.resizing("pre-checkpoint/pages-1.img", by: -1)),
      .fires("no pages", .incremental.removing("pre-checkpoint/pages-1.img")),
      .silent("all there", .incremental),
    ]
  ) { subject, findings in
    guard case .folder(let folder) = subject.parent else {
      if subject.parent == .elsewhere {
        findings.notChecked("the parent dump is not in the archive")
      }
      return
    }
    guard let images = subject.checkpoint.parentImages, !images.isEmpty else {
      return findings.notChecked("the images of the parent dump in \(folder) were not read")
    }
    for pagemap in subject.memory.pagemaps where pagemap.summary.parentEntries > 0 {
      let location = Location.entry("\(folder)/\(pagemap.image)")
      guard let image = images[pagemap.image] else {
        findings.report(
          location,
          "\(folder)/\(pagemap.image) is missing, but \(pagemap.image) has \(pagemap.summary.parentEntries) entries in it",
          have: "missing", need: .text("\(pagemap.image)"))
        continue
      }
      guard let parent = image.pagemap, image.fault == nil,
        parent.anomalies.isEmpty, pagemap.hasRanges
      else {
        findings.notChecked("\(folder)/\(pagemap.image) is not readable")
        continue
      }
      if let gap = pagemap.summary.parentRanges.lazy
        .compactMap({ parent.ranges.firstGap(in: $0) }).first
      {
        findings.report(
          location, "\(folder)/\(pagemap.image) does not have the pages at \(hex(gap))",
          have: .text("no pages at \(hex(gap))"), need: "the pages marked PARENT")
        continue
      }
      subject.checkPages(of: parent, pagemap, in: folder, images, &findings)
    }
  }
}

extension Subject {
  enum Parent: Hashable {
    case none
    /// In the archive, in this folder.
    case folder(String)
    /// A link that leads out of the archive or to nothing, which is another rule's finding.
    case elsewhere
  }

  /// Where `parent` leads. Engines write `../pre-checkpoint`.
  var parent: Parent {
    let path = checkpoint.path(ofImageFile: "parent")
    guard let link = checkpoint[path], case .symlink(let target) = link.entry.kind else {
      return checkpoint.containsBelow(path) ? .folder(path) : .none
    }
    var parts = Array(components(of: path).dropLast())
    for part in components(of: String(decoding: target, as: UTF8.self)) where part != "." {
      if part == ".." {
        guard parts.popLast() != nil else { return .elsewhere }
      } else {
        parts.append(part)
      }
    }
    let folder = parts.joined(separator: "/")
    return checkpoint.containsBelow(folder) ? .folder(folder) : .elsewhere
  }

  fileprivate func checkPages(
    of parent: PagemapSummary, _ pagemap: MemoryContent.Pagemap, in folder: String,
    _ images: ImageSet, _ findings: inout Findings
  ) {
    if parent.parentEntries > 0 { findings.notChecked("the parent of the parent dump") }
    let name = ImageName(.pages, UInt64(parent.pagesID))
    let location = Location.entry("\(folder)/\(name)")
    let need = parent.presentPages.map { $0.multipliedReportingOverflow(by: pagemap.pageSize) }
    guard let need, !need.overflow, need.partialValue > 0 else { return }
    guard let size = images[name]?.size else {
      findings.report(
        location, "\(folder)/\(name) is missing, but the parent's \(pagemap.image) names it",
        have: "missing", need: .unsigned(need.partialValue))
      return
    }
    guard size < need.partialValue else { return }
    findings.report(
      location,
      "\(folder)/\(name) has \(size) bytes, but the parent's \(pagemap.image) promises \(need.partialValue)",
      have: .unsigned(size), need: .unsigned(need.partialValue), consequence: .hang)
  }
}
