import CRIUImages
import Checkpoint

/// Rules about control groups and seccomp filters (criu-images.md, §3.5).
extension Rule {
  static let credentialsRules: [Rule] = [
    controlGroupSet, controlGroupMembers, seccompMissing, seccompIndex, seccompChain,
    seccompProgram, securityModule,
  ]

  /// R-80, R-81
  static let controlGroupSet = Rule(
    id: "criu.cgset", stage: .credentials,
    title: "The control groups of every thread are in the dump",
    why: """
      CRIU looks the set up in cgroup.img unless it is the one that CRIU itself was in: “No set … \
      found”. An engine that restores with control groups ignored does not ask.
      """,
    remedy: .donor("cgroup.img of the same dump"),
    needs: [.wholeArchive, .images, .image(.inventory)],
    examples: [
      .fires("no cgroup.img", .inGroup(2)),
      .fires("another set", .inGroup(2).image(ImageName(.cgroup), [Sketch.groups(3)])),
      .fires("no sets", .inGroup(2).image(ImageName(.cgroup), [CgroupEntry()])),
      .silent("there", .inGroup(2).image(ImageName(.cgroup), [Sketch.groups(2)])),
      .silent("CRIU's own", .minimal),
      .silent("none", .inGroup(0)),
    ]
  ) { subject, findings in
    let images = subject.checkpoint.images
    let name = ImageName(.cgroup)
    if images[name]?.fault != nil { return findings.notChecked("\(name) is not readable") }
    let known = Set((images[name]?.first(CgroupEntry.self)?.sets ?? []).map(\.id))
    let own = images[.inventory]?.first(InventoryEntry.self)?.rootCgSet ?? 0
    let threads = subject.threads.filter { thread in
      thread.groupSet != 0 && thread.groupSet != own && !known.contains(thread.groupSet)
    }
    for (set, group) in Dictionary(grouping: threads, by: \.groupSet).sorted(by: { $0.key < $1.key }
    ) {
      let first = group[0]
      let reason =
        images[name] == nil
        ? "\(name) is missing" : "\(name) has the sets \(known.sorted())"
      findings.report(
        images[name] == nil ? subject.location(name) : first.location,
        "cg_set of thread \(first.id) is \(set), the inventory's root_cg_set is \(own), and \(reason) (\(counted(group.count, "thread")))",
        have: .unsigned(UInt64(set)), need: .list(known.sorted().map { "\($0)" }),
        evidence: ["field": "cg_set", "threads": .list(group.map { "\($0.id)" })])
    }
  }

  /// R-82
  static let controlGroupMembers = Rule(
    id: "criu.cgset-controllers", severity: .warning, stage: .credentials,
    title: "All sets of control groups name the same controllers",
    why: "CRIU moves tasks by comparing the sets member by member.",
    remedy: .donor("cgroup.img of the same dump"), needs: [.wholeArchive, .images],
    examples: [
      .fires("differing", .minimal.image(ImageName(.cgroup), [Sketch.groups(2, 3)])),
      .silent("one set", .minimal.image(ImageName(.cgroup), [Sketch.groups(2)])),
    ]
  ) { subject, findings in
    let name = ImageName(.cgroup)
    guard let (record, entry) = subject.checkpoint.images[name]?.messages(CgroupEntry.self).first,
      let first = entry.sets.first
    else { return }
    let names = first.ctls.map(\.nameText).sorted()
    for set in entry.sets.dropFirst() where set.ctls.map(\.nameText).sorted() != names {
      findings.report(
        subject.location(name, record),
        "set \(set.id) names other controllers than set \(first.id)",
        have: .list(set.ctls.map { shown($0.nameText) }.sorted()), need: .list(names.map(shown)),
        evidence: ["field": "ctls"])
    }
  }

  /// R-83
  static let seccompMissing = Rule(
    id: "criu.seccomp-missing", consequence: .crash, stage: .credentials,
    title: "seccomp.img is there if a thread has a filter",
    why:
      "CRIU reads the filter without a look, and the restored task dies of a segmentation fault.",
    remedy: .donor("seccomp.img of the same dump"), needs: [.wholeArchive, .images],
    examples: [
      .fires("missing", .filtering(0).removing("checkpoint/seccomp.img")),
      .fires("without entry", .filtering(0).image(ImageName(.seccomp), [])),
      .silent("there", .filtering(0)),
      .silent("no filter", .minimal.removing("checkpoint/seccomp.img")),
    ]
  ) { subject, findings in
    let name = ImageName(.seccomp)
    let image = subject.checkpoint.images[name]
    guard image?.fault == nil, image?.first(SeccompEntry.self) == nil else { return }
    let threads = subject.filteredThreads
    guard let first = threads.first else { return }
    findings.report(
      subject.location(name),
      "\(name) \(image == nil ? "is missing" : "has no entry"), but thread \(first.id) has a filter (\(counted(threads.count, "thread")))",
      have: image == nil ? "missing" : "no entry", need: "an entry with filters",
      evidence: ["threads": .list(threads.map { "\($0.id)" })])
  }

  /// R-83
  static let seccompIndex = Rule(
    id: "criu.seccomp-index", stage: .credentials,
    title: "Every thread's seccomp filter is in seccomp.img",
    why: "CRIU stops with “Corrupted filter index”.",
    remedy: .donor("seccomp.img or the core image of the same dump"),
    needs: [.wholeArchive, .images],
    examples: [
      .fires("beyond the last", .filtering(1)),
      .fires("a predecessor beyond the last", .filtering(0, previous: [7])),
      .silent("there", .filtering(0)),
    ]
  ) { subject, findings in
    guard let (record, filters) = subject.filters(&findings) else { return }
    for thread in subject.filteredThreads where thread.core.seccompFilter >= filters.count {
      findings.report(
        thread.location,
        "seccomp_filter of thread \(thread.id) is \(thread.core.seccompFilter), but seccomp.img has \(counted(filters.count, "filter"))",
        have: .unsigned(UInt64(thread.core.seccompFilter)),
        need: .text("less than \(filters.count)"), evidence: ["field": "seccomp_filter"])
    }
    for (index, filter) in filters.enumerated() where filter.hasPrev && filter.prev >= filters.count
    {
      findings.report(
        subject.location(ImageName(.seccomp), record),
        "prev of filter \(index) is \(filter.prev), but seccomp.img has \(counted(filters.count, "filter"))",
        have: .unsigned(UInt64(filter.prev)), need: .text("less than \(index)"),
        evidence: ["field": "prev"])
    }
  }

  /// R-83
  static let seccompChain = Rule(
    id: "criu.seccomp-cycle", consequence: .hang, stage: .credentials,
    title: "Seccomp filters come after those they were installed on",
    why: "CRIU follows prev until there is none: in a circle it never ends.",
    remedy: .donor("seccomp.img of the same dump"), needs: [.wholeArchive, .images],
    examples: [
      .fires("itself", .filtering(0, previous: [0])),
      .fires("each other", .filtering(0, previous: [1, 0])),
      .silent("a chain", .filtering(1, previous: [nil, 0])),
    ]
  ) { subject, findings in
    guard let (record, filters) = subject.filters(&findings) else { return }
    let used = Set(subject.filteredThreads.map { Int($0.core.seccompFilter) })
    var ending: Set<Int> = []
    for start in used.sorted() where start < filters.count {
      var path: Set<Int> = []
      var index = start
      while !ending.contains(index) {
        guard path.insert(index).inserted else {
          findings.report(
            subject.location(ImageName(.seccomp), record),
            "prev of filter \(index) is \(filters[index].prev), which leads back to filter \(index)",
            have: .unsigned(UInt64(filters[index].prev)), need: .text("less than \(index)"),
            evidence: ["field": "prev"])
          break
        }
        guard filters[index].hasPrev, filters[index].prev < filters.count else { break }
        index = Int(filters[index].prev)
      }
      ending.formUnion(path)
    }
  }

  /// R-83
  static let seccompProgram = Rule(
    id: "criu.seccomp-filter", stage: .credentials,
    title: "A seccomp filter is a program that the kernel accepts",
    why: """
      The kernel checks every instruction again when the restorer installs the filter: \
      “SECCOMP_SET_MODE_FILTER returned -22”.
      """,
    remedy: .donor("seccomp.img of the same dump"), needs: [.wholeArchive, .images],
    examples: [
      .fires("cut", .filtering(0, program: [6, 0, 0])),
      .fires("empty", .filtering(0, program: [])),
      .fires("an unknown instruction", .filtering(0, program: [9, 0, 0, 0, 0, 0, 0, 0])),
      .fires(
        "a jump beyond the end",
        .filtering(0, program: [0x15, 0, 1, 0, 0, 0, 0, 0, 6, 0, 0, 0, 0, 0, 0, 0])),
      .fires("no return", .filtering(0, program: [0x20, 0, 0, 0, 0, 0, 0, 0])),
      .silent("a return", .filtering(0)),
    ]
  ) { subject, findings in
    guard let (record, filters) = subject.filters(&findings) else { return }
    for (index, filter) in filters.enumerated() {
      let size = filter.filter.count
      let location = subject.location(ImageName(.seccomp), record)
      guard let program = SeccompProgram(filter.filter) else {
        findings.report(
          location, "filter \(index) has \(size) bytes, but an instruction has 8",
          have: .number(Int64(size)), need: "a multiple of 8", evidence: ["field": "filter"])
        continue
      }
      guard let fault = program.fault else { continue }
      findings.report(
        location, "instruction \(fault.index) of filter \(index): \(fault.reason)",
        have: .text(fault.reason), need: "a program that the kernel accepts",
        evidence: ["field": "filter", "instructions": .number(Int64(size / 8))])
    }
  }

  /// R-84
  static let securityModule = Rule(
    id: "criu.lsm", severity: .warning, stage: .credentials,
    title: "No thread depends on a security module of the host",
    why: """
      CRIU refuses to restore profiles of SELinux or AppArmor on a host without that module, and \
      labels that do not fit: “can't write lsm profile”.
      """,
    remedy: .manual("restore on a host with the same module, or give the runtime --lsm-profile"),
    needs: [.wholeArchive, .images, .image(.inventory)],
    examples: [
      .fires("a profile", .confined(2)),
      .silent("no module", .confined(0)),
      .silent("no profile", .minimal),
    ]
  ) { subject, findings in
    let inventory = subject.checkpoint.images[.inventory]?.first(InventoryEntry.self)
    let modules: [UInt32: String] = [1: "SELinux", 2: "AppArmor"]
    guard let module = modules[inventory?.lsmtype ?? 0] else { return }
    let threads = subject.threads.filter { $0.core.creds.lsmProfileText?.isEmpty == false }
    guard let first = threads.first, let profile = first.core.creds.lsmProfileText else { return }
    findings.report(
      first.location,
      "thread \(first.id) has the \(module) profile \(shown(profile)) (\(counted(threads.count, "thread")))",
      have: .text(shown(profile)), need: .text(module), evidence: ["field": "lsm_profile"])
  }
}
