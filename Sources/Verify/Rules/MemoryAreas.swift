import CRIUImages
import Checkpoint

/// Rules about address spaces: mappings, and the files and objects that they name.
extension Rule {
  ///
  static let areaFile = Rule(
    references: "criu.vma-file", stage: .memory,
    title: "A mapped file is an open file of the dump",
    why: "CRIU opens what it maps by its number in files.img, and stops if there is none.",
    remedy: .donor("files.img or the mm image of the same dump"),
    examples: [
      .fires("no such file", .minimal.editingArea { $0.shmid = 77 }),
      .fires("a pipe", .minimal.editingArea { $0.shmid = 3 }),
      .silent("a regular file", .minimal),
    ])

  ///
  static let areaShared = Rule(
    references: "criu.vma-shmem", stage: .memory,
    title: "Shared memory has its pagemap-shmem image",
    why: """
      CRIU fills System V segments and shared mappings from it, and stops without: “Failed to \
      update shm pages” or “Can't restore shmem content”.
      """,
    remedy: .donor("the pagemap-shmem image of the same dump"),
    examples: [
      .fires("a segment", .minimal.segment(inPagemaps: true)),
      .fires("a mapping, as CRIU before 3.17 wrote it", .minimal.addingArea(shared)),
      .silent("a segment with its pages in ipcns-shm", .minimal.segment(inPagemaps: false)),
      .silent(
        "a mapping with its image",
        .minimal.addingArea(shared).image(ImageName(.shmemPagemap, 78), [Sketch.head(2)])),
    ])

  ///
  static let areaSegment = Rule(
    references: "criu.vma-sysv", stage: .memory,
    title: "A mapped System V segment is in the dump",
    why: "CRIU stops with “Can't find sysv shmem”.",
    remedy: .donor("the ipcns-shm image of the same dump"),
    examples: [
      .fires("no such segment", .minimal.addingArea(segment)),
      .silent(
        "a segment",
        .minimal.addingArea(segment).segment(inPagemaps: false)),
      .silent(
        "ipcns-shm damaged",
        .minimal.addingArea(segment).adding("checkpoint/ipcns-shm-11.img")),
    ])

  ///
  static let areaSocket = Rule(
    references: "criu.vma-socket", stage: .memory,
    title: "A mapped socket is a packet socket of the dump",
    why: "CRIU maps the ring of the packet socket with that number in files.img.",
    remedy: .donor("files.img or the mm image of the same dump"),
    examples: [
      .fires(
        "no such socket",
        .minimal.addingArea { area in
          area.start = 0x50_0000
          area.end = 0x50_1000
          area.status = VMAStatus.regular.union(.socket).rawValue
        }),
      .silent("none", .minimal),
    ])

  ///
  static let executable = Rule(
    references: "criu.exe", stage: .memory,
    title: "A task's executable is a regular file of the dump",
    why: "CRIU opens it to set /proc/PID/exe, and stops with “No file for exe”.",
    remedy: .donor("files.img or the mm image of the same dump"),
    examples: [
      .fires(
        "no such file",
        .minimal.message(ImageName(.mm, 1), MmEntry.self) { $0.exeFileID = 77 }),
      .fires("a pipe", .minimal.message(ImageName(.mm, 1), MmEntry.self) { $0.exeFileID = 3 }),
      .silent("a regular file", .minimal),
    ])

  private static let shared: @Sendable (inout VmaEntry) -> Void = { area in
    area.start = 0x50_0000
    area.end = 0x50_1000
    area.shmid = 78
    area.status = VMAStatus.regular.union(.anonymousShared).rawValue
  }

  private static let segment: @Sendable (inout VmaEntry) -> Void = { area in
    area.start = 0x50_0000
    area.end = 0x50_1000
    area.shmid = 77
    area.status =
      VMAStatus.regular.union(.anonymousShared).union(.systemVShared).rawValue
  }

  ///
  static let areaShape = Rule(
    id: "criu.vma-shape", stage: .memory,
    title: "Mappings ascend, do not overlap and lie on page boundaries",
    why: """
      The restorer maps them one by one where the dump says, and refuses, or overwrites, what \
      cannot be. Guard areas come after all others and lie within them.
      """,
    remedy: .donor("the mm image of the same dump"), needs: [.wholeArchive, .images],
    examples: [
      .fires("ends before it starts", .minimal.editingArea { $0.end = 0x3f_0000 }),
      .fires("off the boundary", .minimal.editingArea { $0.end += 1 }),
      .fires("overlapping", .minimal.addingArea { $0.start += 4096 }),
      .silent(
        "adjacent",
        .minimal.addingArea {
          $0.start = $0.end
          $0.end += 4096
        }),
      .silent("guard", .minimal.addingArea { $0.status = VMAStatus.guardArea.rawValue }),
    ]
  ) { subject, findings in
    for space in subject.memory.spaces.values.sorted(by: { $0.pid < $1.pid }) {
      let unit = (space.pageSize ?? 4096) - 1
      var last: UInt64 = 0
      for (index, area) in space.areas.enumerated() where !area.kind.contains(.guardArea) {
        let fault: String? =
          if area.start >= area.end {
            "ends before it starts"
          } else if (area.start | area.end) & unit != 0 {
            "is not on a page boundary"
          } else if area.start < last {
            "begins before the one before it ends"
          } else {
            nil
          }
        if let fault {
          findings.report(
            subject.location(space.image, space.record),
            "vmas[\(index)] of task \(space.pid) at \(hex(area.start))-\(hex(area.end)) \(fault)",
            have: .text("\(hex(area.start))-\(hex(area.end))"), evidence: ["field": "vmas"])
          break
        }
        last = area.end
      }
    }
  }

  ///
  static let auxiliaryVector = Rule(
    id: "criu.auxv", stage: .memory,
    title: "The auxiliary vector fits CRIU's",
    why: "CRIU copies it to an array of fixed length and refuses a longer one.",
    remedy: .donor("the mm image of the same dump"), needs: [.wholeArchive, .images],
    examples: [
      .fires(
        "too long",
        .minimal.message(ImageName(.mm, 1), MmEntry.self) {
          $0.mmSavedAuxv = [UInt64](repeating: 0, count: 46)
        }),
      .silent("as usual", .minimal),
    ]
  ) { subject, findings in
    let machines = Dictionary(subject.processes.tasks.lazy.map { ($0.pid, $0.core?.machine) }) {
      first, _ in first
    }
    for space in subject.memory.spaces.values.sorted(by: { $0.pid < $1.pid }) {
      let machine = machines[space.pid] ?? nil
      guard machine == .x86 else {
        findings.notChecked("the length of the vector on other machines than x86")
        continue
      }
      // AT_VECTOR_SIZE on x86
      let limit = 44
      let count = space.entry.mmSavedAuxv.count
      guard count > limit else { continue }
      findings.report(
        subject.location(space.image, space.record),
        "mm_saved_auxv of task \(space.pid) has \(count) words, and CRIU takes \(limit)",
        have: .number(Int64(count)), need: .number(Int64(limit)),
        evidence: ["field": "mm_saved_auxv"])
    }
  }

  /// validate_prctl_map in the kernel's kernel/sys.c
  static let addressOrder = Rule(
    id: "criu.mm-address-order", stage: .memory,
    title: "Code, data, heap, arguments and environment end after they start",
    why: "The kernel refuses such limits, and the restorer stops with “prctl failed”.",
    remedy: .donor("the mm image of the same dump"), needs: [.wholeArchive, .images],
    examples: [
      .fires(
        "data",
        .minimal.message(ImageName(.mm, 1), MmEntry.self) { $0.mmStartData = 0xffff_ffff }),
      .silent("in order", .minimal),
    ]
  ) { subject, findings in
    for space in subject.memory.spaces.values.sorted(by: { $0.pid < $1.pid }) {
      let entry = space.entry
      let pairs: [(String, UInt64, String, UInt64, isEmptyAllowed: Bool)] = [
        ("mm_start_code", entry.mmStartCode, "mm_end_code", entry.mmEndCode, false),
        ("mm_start_data", entry.mmStartData, "mm_end_data", entry.mmEndData, true),
        ("mm_start_brk", entry.mmStartBrk, "mm_brk", entry.mmBrk, true),
        ("mm_arg_start", entry.mmArgStart, "mm_arg_end", entry.mmArgEnd, true),
        ("mm_env_start", entry.mmEnvStart, "mm_env_end", entry.mmEnvEnd, true),
      ]
      for (startName, start, endName, end, isEmptyAllowed) in pairs
      where start > end || (start == end && !isEmptyAllowed) {
        findings.report(
          subject.location(space.image, space.record),
          "\(startName) of task \(space.pid) is \(hex(start)), but \(endName) is \(hex(end))",
          have: .text(hex(start)), need: .text("at most \(hex(end))"),
          evidence: ["field": .text(startName)])
      }
    }
  }
}
