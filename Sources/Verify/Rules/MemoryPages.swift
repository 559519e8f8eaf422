import CRIUImages
import Checkpoint

/// Rules about pages images: the bulk, of which only the size is known.
extension Rule {
  /// R-31
  static let pagesMissing = Rule(
    id: "criu.pages-missing", stage: .memory,
    title: "Every pagemap's pages image is there",
    why: """
      CRIU stops when the pages of a task are missing. For shared memory it goes on after an \
      error in its log, and the restored processes find zeros there.
      """,
    remedy: .donor("the pages image of the same dump"), needs: [.wholeArchive, .images],
    examples: [
      .fires("of a task", .minimal.removing("checkpoint/pages-1.img")),
      .fires("of shared memory", .withMemfd.removing("checkpoint/pages-2.img")),
      .silent(
        "nothing to read",
        .minimal.removing("checkpoint/pages-1.img").pagemap { $0 = [] }),
      .silent("there", .withMemfd),
    ]
  ) { subject, findings in
    findings.noteUnreadable(subject.memory)
    for pagemap in subject.memory.pagemaps
    where pagemap.summary.presentEntries > 0 && subject.isMissing(pagemap.pages) {
      let need = pagemap.pagesSize
      findings.report(
        subject.location(pagemap.pages),
        "\(pagemap.pages) is missing, but \(pagemap.image) of \(pagemap.subject) names it in pages_id and has \(pagemap.summary.presentPages.map { "\($0)" } ?? "too many") pages in it",
        have: "missing", need: need.map { .text("\($0) bytes") } ?? "a pages image",
        evidence: ["pagemap": .text(subject.checkpoint.path(of: pagemap.image))],
        consequence: pagemap.isShared ? .silentLoss : .refused)
    }
  }

  /// R-32
  static let pagesSize = Rule(
    id: "criu.pages-size-mismatch", consequence: .hang, stage: .memory,
    title: "A pages image holds exactly the pages that its pagemap promises",
    why: """
      At the end of a short pages image CRIU and its restorer read zero bytes again and again: the \
      restore never returns. Pages that a child may share with its parent are read singly, and \
      there it stops with “Can't read mapping page”. Short shared memory is filled with zeros in \
      silence. Bytes too many are never read, unless what is wrong is the pagemap: then pages go \
      to wrong places, and CRIU stops if the vDSO's are among them.
      """,
    remedy: .donor("the pages image of the same dump, or the archive copied again"),
    needs: [.wholeArchive, .images],
    examples: [
      .fires("one byte short", .minimal.resizing("checkpoint/pages-1.img", by: -1)),
      .fires("empty", .minimal.resizing("checkpoint/pages-1.img", by: -4096)),
      .fires("one page more", .minimal.resizing("checkpoint/pages-1.img", by: 4096)),
      .fires("a sum beyond 64 bits", .minimal.pagemap { $0[0].nrPages = 1 << 60 }),
      .fires("shared memory", .withMemfd.resizing("checkpoint/pages-2.img", by: -1)),
      .fires(
        "an entry lost", .counting(2).resizing("checkpoint/pages-1.img", by: 4096)),
      .silent("exact", .withMemfd),
      .silent("the old count", .minimal.pagemap { $0[0] = Sketch.oldEntry }),
      .silent("lazy and present", .minimal.pagemap { $0[0].flags = 6 }),
    ]
  ) { subject, findings in
    let memory = subject.memory
    let isWhole = subject.statistics.map { $0.pages == subject.pagesInDump } ?? false
    findings.noteUnreadable(memory)
    for pagemap in memory.pagemaps {
      guard let size = subject.checkpoint.images[pagemap.pages]?.size else { continue }
      guard pagemap.summary.anomalies.allSatisfy({ $0.kind == .wrapping }) else {
        findings.notChecked("\(pagemap.image) contradicts itself")
        continue
      }
      // CRIU stops at such a page before it can miss another.
      guard memory.strays(of: pagemap).isEmpty else {
        findings.notChecked("\(pagemap.image) has pages outside of all mappings")
        continue
      }
      let location = subject.location(pagemap.pages)
      let evidence: [String: Evidence] = [
        "pagemap": .text(subject.checkpoint.path(of: pagemap.image)),
        "pageSize": .unsigned(pagemap.pageSize),
      ]
      guard let pages = pagemap.summary.presentPages, let need = pagemap.pagesSize else {
        findings.report(
          location,
          "\(pagemap.image) promises more pages than 64 bits of bytes can hold",
          have: .unsigned(size), evidence: evidence, consequence: .refused)
        continue
      }
      let promise =
        "\(pagemap.image) of \(pagemap.subject) promises \(pages) pages of \(pagemap.pageSize) bytes"
      if size < need {
        findings.report(
          location,
          "\(pagemap.pages) has \(size) bytes, but \(promise), \(need) bytes: \(need - size) are missing",
          have: .unsigned(size), need: .unsigned(need), evidence: evidence,
          consequence: memory.consequenceOfShortage(pagemap, size: size, subject.processes))
      } else if size > need, isWhole, pagemap.summary.presentEntries == pagemap.summary.entries {
        findings.report(
          subject.location(pagemap.image),
          "\(promise), \(need) bytes, but \(pagemap.pages) has \(size) bytes, and stats-dump says that all of them were dumped: entries of the pagemap are lost, and the pages after them go to wrong places",
          have: .unsigned(need), need: .unsigned(size), evidence: evidence,
          consequence: memory.losesVdso(pagemap) ? .refused : .silentLoss,
          remedy: .donor("the pagemap image of the same dump"))
      } else if size > need, need > 0 {
        findings.report(
          location,
          "\(pagemap.pages) has \(size) bytes, but \(promise), \(need) bytes: \(size - need) are never read",
          have: .unsigned(size), need: .unsigned(need), evidence: evidence,
          severity: .warning, consequence: Consequence.none)
      }
    }
  }

  /// R-31
  static let pagesShared = Rule(
    id: "criu.pages-shared", consequence: .silentLoss, stage: .memory,
    title: "No two pagemaps name the same pages image",
    why: """
      Each pagemap is read from the first byte of its pages image, so two owners get the same \
      bytes, and at least one of them gets the other's memory.
      """,
    remedy: .donor("the pagemap of the same dump"), needs: [.wholeArchive, .images],
    examples: [
      .fires(
        "two owners",
        .withMemfd.messages(ImageName(.shmemPagemap, 77), PagemapHead.self) {
          $0 = [Sketch.pagemapHead]
        }.image(ImageName(.shmemPagemap, 77), [Sketch.pagemapHead, Sketch.pages(at: 0)])),
      .silent("one each", .withMemfd),
    ]
  ) { subject, findings in
    let used = subject.memory.pagemaps.filter { $0.summary.presentEntries > 0 }
    for (pages, owners) in Dictionary(grouping: used, by: \.pages).sorted(by: { $0.key < $1.key })
    where owners.count > 1 {
      findings.report(
        subject.location(pages),
        "\(pages) is named by \(owners.map { "\($0.image)" }.joined(separator: " and "))",
        have: .list(owners.map { "\($0.image)" }), need: "one pagemap")
    }
  }

  /// open_pages_image_at in criu/image.c
  static let pagesOrder = Rule(
    id: "criu.pages-order", consequence: .silentLoss, stage: .memory,
    title: "Tasks have their pages images in the order of the tree",
    why: """
      CRIU numbers pages images as it dumps, task after task in the order of pstree.img. Numbers \
      that go down mean that the pagemaps of two tasks were exchanged: each gets the memory of the \
      other.
      """,
    remedy: .donor("the pagemap images of the same dump"), needs: [.wholeArchive, .images],
    examples: [
      .fires(
        "exchanged",
        .family.image(ImageName(.pagemap, 1), [Sketch.head(2), Sketch.pages(at: 0x40_0000)])
          .image(ImageName(.pagemap, 2), [Sketch.head(1), Sketch.pages(at: 0x40_0000)])),
      .silent("in order", .family),
    ]
  ) { subject, findings in
    var last: MemoryContent.Pagemap?
    for pagemap in subject.memory.pagemaps where !pagemap.isShared {
      if let earlier = last, earlier.summary.pagesID > pagemap.summary.pagesID {
        findings.report(
          subject.location(pagemap.image),
          "pages_id of \(pagemap.image) is \(pagemap.summary.pagesID), but \(earlier.image) of \(earlier.subject), which was dumped before, has \(earlier.summary.pagesID)",
          have: .unsigned(UInt64(pagemap.summary.pagesID)),
          need: .text("more than \(earlier.summary.pagesID)"), evidence: ["field": "pages_id"])
        break
      }
      last = pagemap
    }
  }

  /// R-31
  static let pagesUnreferenced = Rule(
    id: "criu.pages-unreferenced", consequence: .silentLoss, stage: .memory,
    title: "Every pages image is named by a pagemap",
    why: """
      CRIU writes a pages image only for a pagemap. One that no pagemap names is memory of which \
      nobody knows any more where it belongs: the restore does without it.
      """,
    remedy: .donor("the pagemap image of the same dump"), needs: [.wholeArchive, .images],
    examples: [
      .fires(
        "its pagemap lost the entries and the number",
        .withMemfd.image(ImageName(.shmemPagemap, 77), [Sketch.head(9)])),
      .silent("named", .withMemfd),
      .silent("empty", .minimal.adding("checkpoint/pages-5.img")),
    ]
  ) { subject, findings in
    let images = subject.checkpoint.images
    findings.noteUnreadable(subject.memory)
    guard subject.memory.unreadable.isEmpty, subject.imagesRead.isComplete else { return }
    let pagemaps = images.all(.pagemap) + images.all(.shmemPagemap)
    // A pagemap that names a missing image is what went wrong, and another rule's.
    guard
      pagemaps.allSatisfy({ pagemap in
        guard let summary = pagemap.pagemap else { return false }
        return summary.presentEntries == 0
          || images[.pages, UInt64(summary.pagesID)] != nil
      })
    else { return }
    let named = Set(pagemaps.compactMap { $0.pagemap.map { UInt64($0.pagesID) } })
    for image in images.all(.pages) where image.size > 0 && !named.contains(image.name.id) {
      findings.report(
        subject.location(image.name),
        "no pagemap names \(image.name), so its \(image.size) bytes are never read",
        have: "no pagemap", need: "one pagemap", evidence: ["size": .unsigned(image.size)])
    }
  }

  static let sharedUnreferenced = Rule(
    id: "criu.shmem-unreferenced", consequence: .silentLoss, stage: .memory,
    title: "Every pagemap-shmem image belongs to a shared memory object",
    why: """
      CRIU writes one for a memfd, a System V segment or a shared mapping. One that belongs to none \
      of them is the content of an object that the restore does without.
      """,
    remedy: .donor("the ipcns-shm or memfd image of the same dump"),
    needs: [.wholeArchive, .images],
    examples: [
      .fires("of nothing", .withMemfd.image(ImageName(.shmemPagemap, 78), [Sketch.head(3)])),
      .silent("of a memfd", .withMemfd),
      .silent("whose memfd.img is damaged", .withMemfd.replacing("checkpoint/memfd.img", [])),
    ]
  ) { subject, findings in
    let images = subject.checkpoint.images
    let lists = images.all(.mm) + images.all(.ipcShm) + images.all(.memfdInodes)
    let unread = lists.filter { $0.fault != nil }.map { "\($0.name)" }
    let isWhole = subject.processes.live.allSatisfy { subject.memory.spaces[$0.pid] != nil }
    guard subject.imagesRead.isComplete, isWhole, unread.isEmpty,
      images[.memfdInodes] != nil || subject.openFiles.ids(of: .memfd).isEmpty
    else {
      return findings.notChecked("images that name shared memory are missing or not readable")
    }
    // A segment that is mapped, but not listed, is another rule's finding.
    let mapped = Set(
      subject.memory.spaces.values.flatMap(\.areas).lazy
        .filter { $0.kind.contains(.systemVShared) }.map(\.shmid))
    for id in images.ids(of: .shmemPagemap) where !mapped.contains(id) {
      let name = ImageName(.shmemPagemap, id)
      guard !subject.imagesRead.names.contains(name) else { continue }
      findings.report(
        subject.location(name),
        "no memfd, System V segment or shared mapping has the number \(id), so \(name) is never read",
        have: .unsigned(id), need: "the shmid of a shared memory object")
    }
  }
}
