import CRIUImages
import Checkpoint

/// Rules about pagemaps: which pages there are.
extension Rule {
  ///
  static let pagemapOrder = Rule(
    id: "criu.pagemap-order", stage: .memory,
    title: "A pagemap's entries ascend, do not overlap and lie on page boundaries",
    why: """
      CRIU walks the mappings and the pagemap side by side, and takes an entry that lies behind for \
      one “outside of VMA”. Within one mapping it reads on: pages go to wrong places, or, if there \
      are not enough, the restore hangs. An entry without pages shifts nothing and says that pages \
      were lost.
      """,
    remedy: .donor("the pagemap image of the same dump"), needs: [.wholeArchive, .images],
    examples: [
      .fires("descending", .minimal.pagemap { $0.insert(Sketch.pages(at: 0x40_1000), at: 0) }),
      .fires("twice", .minimal.pagemap { $0.append($0[0]) }),
      .fires("off the boundary", .minimal.pagemap { $0[0].vaddr += 1 }),
      .fires("no pages", .minimal.pagemap { $0.append(Sketch.pages(at: 0x40_1000, 0)) }),
      .fires("round the end", .minimal.pagemap { $0[0].nrPages = 1 << 52 }),
      .silent("in order", .minimal.pagemap { $0.append(Sketch.pages(at: 0x40_1000)) }),
    ]
  ) { subject, findings in
    for pagemap in subject.memory.pagemaps {
      guard pagemap.pageSize == pagemap.summary.pageSize else {
        findings.notChecked(
          "\(pagemap.image) was read with pages of \(pagemap.summary.pageSize) bytes, the dump has \(pagemap.pageSize)"
        )
        continue
      }
      for anomaly in pagemap.summary.anomalies {
        guard let what = anomaly.kind.orderFault else { continue }
        findings.report(
          subject.location(pagemap.image, anomaly),
          "the entry of \(pagemap.subject) at \(hex(anomaly.vaddr)) with \(anomaly.pages) pages \(what)",
          have: .text(hex(anomaly.vaddr)),
          evidence: ["field": "vaddr", "pages": .unsigned(anomaly.pages)],
          consequence: subject.memory.consequence(of: anomaly, in: pagemap, subject))
      }
    }
  }

  ///
  static let pagemapFlags = Rule(
    id: "criu.pagemap-flags", consequence: .silentLoss, stage: .memory,
    title: "A pagemap entry says where its pages are",
    why: """
      Flags are PARENT, LAZY and PRESENT. With none of them CRIU does not move on in the pages \
      image, and fills memory with the pages of another entry.
      """,
    remedy: .donor("the pagemap image of the same dump"), needs: [.wholeArchive, .images],
    examples: [
      .fires("none", .minimal.pagemap { $0[0].flags = 0 }),
      .fires("unknown", .minimal.pagemap { $0[0].flags = 12 }),
      .silent("absent means present", .minimal.pagemap { $0[0].clearFlags() }),
    ]
  ) { subject, findings in
    for pagemap in subject.memory.pagemaps {
      guard let anomaly = pagemap.summary.anomaly(.badFlags) else { continue }
      findings.report(
        subject.location(pagemap.image, anomaly),
        "flags of the entry at \(hex(anomaly.vaddr)) is \(anomaly.flags)",
        have: .unsigned(UInt64(anomaly.flags)), need: "1 to 7", evidence: ["field": "flags"],
        severity: anomaly.flags & 7 == 0 ? .error : .warning)
    }
  }

  ///
  static let pagemapOutside = Rule(
    id: "criu.pagemap-outside-vma", stage: .memory,
    title: "The pages of a task lie in private mappings of that task",
    why: "CRIU stops with “Page entry address … outside of VMA”.",
    remedy: .donor("the pagemap and mm images of the same dump"), needs: [.wholeArchive, .images],
    examples: [
      .fires("below all mappings", .minimal.pagemap { $0[0].vaddr = 0x1_0000 }),
      .fires("longer than its mapping", .minimal.pagemap { $0[0].nrPages = 3 }),
      .fires(
        "a shared mapping",
        .minimal.editingArea { $0.status = VMAStatus.regular.union(.fileShared).rawValue }),
      .silent("inside", .minimal.pagemap { $0[0].nrPages = 2 }),
    ]
  ) { subject, findings in
    for pagemap in subject.memory.pagemaps {
      guard case .task(let pid) = pagemap.owner, let space = subject.memory.spaces[pid] else {
        continue
      }
      guard subject.isInOrder(pagemap, &findings) else { continue }
      let gaps = subject.memory.strays(of: pagemap)
      guard let gap = gaps.first else { continue }
      let more = gaps.count > 1 ? ", the first of \(gaps.count) such ranges" : ""
      findings.report(
        subject.location(pagemap.image),
        "\(pagemap.image) has pages at \(hex(gap)), which is in no private mapping of task \(pid)\(more)",
        have: .text(hex(gap)), need: .text("a private mapping of \(space.image)"),
        evidence: ["field": "vaddr"])
    }
  }

  /// engines-measured.md, §5
  static let vdsoPages = Rule(
    id: "criu.vdso-pages-missing", stage: .memory,
    title: "The pages of the vDSO are in the dump",
    why: """
      CRIU compares the dumped vDSO with the host's and patches it. Where its pages are not in the \
      pagemap it finds zeros and stops with “vdso: Invalid ELF magic”.
      """,
    remedy: .donor("the pagemap and pages images of the same dump"),
    needs: [.wholeArchive, .images],
    examples: [
      .fires("not there", .minimal.addingArea(vdso)),
      .silent(
        "there",
        .minimal.addingArea(vdso).pagemap { $0.append(Sketch.pages(at: 0x7fff_0000_0000)) }
          .resizing("checkpoint/pages-1.img", by: 4096)),
      .silent("none", .minimal),
    ]
  ) { subject, findings in
    for pagemap in subject.memory.pagemaps {
      guard case .task(let pid) = pagemap.owner, let space = subject.memory.spaces[pid],
        subject.isInOrder(pagemap, &findings)
      else { continue }
      for area in space.areas where area.kind.contains(.vdso) && area.start < area.end {
        let covered = pagemap.summary.ranges
        guard let gap = covered.firstGap(in: area.start..<area.end) else { continue }
        findings.report(
          subject.location(pagemap.image),
          "\(pagemap.image) has no pages at \(hex(gap)) of the vDSO of task \(pid), which lies at \(hex(area.start..<area.end))",
          have: .text("no pages at \(hex(gap))"), need: .text(hex(area.start..<area.end)))
      }
    }
  }

  private static let vdso: @Sendable (inout VmaEntry) -> Void = { area in
    area.start = 0x7fff_0000_0000
    area.end = 0x7fff_0000_1000
    area.status =
      VMAStatus.regular.union(.vdso).union(.anonymousPrivate).rawValue
  }

  ///
  static let sharedRange = Rule(
    id: "criu.shmem-range", consequence: .silentLoss, stage: .memory,
    title: "The pages of a shared memory object lie within its size",
    why: "At the first entry that reaches beyond the object CRIU stops filling it, in silence.",
    remedy: .donor("the pagemap-shmem image of the same dump"), needs: [.wholeArchive, .images],
    examples: [
      .fires(
        "beyond",
        .withMemfd.image(
          ImageName(.shmemPagemap, 77),
          [Sketch.head(2), Sketch.pages(at: 4096)])),
      .silent("within", .withMemfd),
    ]
  ) { subject, findings in
    let sizes = subject.sharedSizes
    for pagemap in subject.memory.pagemaps {
      guard case .shared(let id) = pagemap.owner, let size = sizes[id], pagemap.hasRanges,
        pagemap.summary.end > size, pagemap.summary.end - size >= pagemap.pageSize
      else { continue }
      findings.report(
        subject.location(pagemap.image),
        "\(pagemap.image) has pages up to byte \(pagemap.summary.end), but the object has \(size) bytes",
        have: .unsigned(pagemap.summary.end), need: .unsigned(size))
    }
  }

  ///
  static let lazyAbsent = Rule(
    id: "criu.lazy-absent", stage: .memory,
    title: "All pages are in the dump, none with a page server",
    why: """
      A page that is LAZY but not PRESENT was never written: the dump left it with a page server \
      for a migration that has ended.
      """,
    remedy: .none("such a dump cannot be restored from an archive; dump without --lazy-pages"),
    needs: [.wholeArchive, .images],
    examples: [
      .fires("lazy only", .minimal.pagemap { $0[0].flags = PagemapFlags.lazy.rawValue }),
      .silent("lazy and present", .minimal.pagemap { $0[0].flags = 6 }),
    ]
  ) { subject, findings in
    for pagemap in subject.memory.pagemaps where pagemap.summary.lazyOnlyEntries > 0 {
      findings.report(
        subject.location(pagemap.image),
        "\(pagemap.summary.lazyOnlyEntries) entries of \(pagemap.image) are with a page server",
        have: .unsigned(pagemap.summary.lazyOnlyEntries), need: 0, evidence: ["field": "flags"])
    }
  }
}

extension PagemapAnomaly.Kind {
  fileprivate var orderFault: String? {
    switch self {
    case .badFlags: nil
    case .zeroLength: "has no pages"
    case .unaligned: "is not on a page boundary"
    case .wrapping: "ends beyond 64 bits"
    case .outOfOrder: "lies below the entry before it"
    case .overlapping: "overlaps the entry before it"
    }
  }
}

extension Subject {
  fileprivate func location(_ name: ImageName, _ anomaly: PagemapAnomaly) -> Location {
    .record(checkpoint.path(of: name), anomaly.index, offset: anomaly.offset)
  }

  /// Whether ranges can be compared; if not, the reason is another rule's finding, or is noted.
  fileprivate func isInOrder(
    _ pagemap: MemoryContent.Pagemap, _ findings: inout Findings
  ) -> Bool {
    if pagemap.contradictsItself {
      findings.notChecked("\(pagemap.image) contradicts itself")
      return false
    }
    if !pagemap.hasRanges {
      findings.notChecked("the ranges of \(pagemap.image) are not known")
      return false
    }
    return true
  }

  /// Sizes in bytes of the shared memory objects that have a pagemap, by its number.
  fileprivate var sharedSizes: [UInt64: UInt64] {
    var sizes: [UInt64: UInt64] = [:]
    for (_, inode) in messages(.memfdInodes, MemfdInodeEntry.self) {
      sizes[UInt64(inode.shmid)] = inode.size
    }
    for (_, segment) in messages(.ipcShm, IpcShmEntry.self) where segment.inPagemaps {
      sizes[UInt64(segment.desc.id)] = segment.size
    }
    for space in memory.spaces.values {
      for area in space.areas
      where area.kind.contains(.anonymousShared)
        && area.kind.isDisjoint(with: [.memfd, .systemVShared]) && area.start < area.end
      {
        let end = (area.end - area.start).addingReportingOverflow(area.pgoff)
        sizes[area.shmid] = max(sizes[area.shmid] ?? 0, end.overflow ? .max : end.partialValue)
      }
    }
    return sizes
  }
}
