import CRIUImages
import Checkpoint

/// Rules about `files.img` and the tables of descriptors.
extension Rule {
  static let fileRules: [Rule] = [
    fileUnion, fileDuplicate, fdinfoMissing, fileUnreferenced, descriptorDuplicate,
    descriptorRange,
  ]

  private static let files: [Need] = [.wholeArchive, .images, .image(.files)]

  // R-53
  private static let fileUnion = Rule(
    id: "criu.file-union", stage: .files,
    title: "An open file has the description of its type, under its number",
    why: "CRIU stops with “ID mismatch” or “Unknown file type”; without a description it crashes.",
    remedy: .donor("files.img of the same dump"), needs: files,
    examples: [
      .fires("other number", .minimal.files { $0[2].pipe.id = 33 }),
      .fires("none", .minimal.files { $0[2].clearPipe() }),
      .fires("of another type", .minimal.files { $0[2].type = FileType.fifo.rawValue }),
      .fires("unknown type", .minimal.files { $0[2].type = 99 }),
      .silent("as it should be", .sockets),
    ]
  ) { subject, findings in
    for file in subject.openFiles.files {
      let location = subject.location(ImageName(.files), file.record)
      guard let type = file.type else {
        findings.report(
          location,
          "file_entry.type of file \(file.id) is \(file.entry.type), which CRIU does not know",
          have: .unsigned(UInt64(file.entry.type)), need: "1 to 20")
        continue
      }
      guard let content = file.entry.content else {
        findings.report(
          location, "file \(file.id) is of type \(type), but has no description of that type",
          have: "missing", need: .text("\(type)"), consequence: .crash)
        continue
      }
      if content.id != file.id {
        findings.report(
          location,
          "file_entry.id is \(file.id), but the description of the \(type) says \(content.id)",
          have: .unsigned(UInt64(content.id)), need: .unsigned(UInt64(file.id)))
      }
    }
  }

  // R-54
  private static let fileDuplicate = Rule(
    id: "criu.file-id-dup", severity: .warning, consequence: .none, stage: .files,
    title: "No two open files have one number",
    why: "CRIU finds either of them; with equal content that makes no difference.",
    remedy: .donor("files.img of the same dump"), needs: files,
    examples: [
      .fires("same file twice", .minimal.files { $0.append($0[2]) }),
      .silent("distinct", .minimal),
    ]
  ) { subject, findings in
    var first: [UInt32: Int] = [:]
    for file in subject.openFiles.files {
      guard let earlier = first[file.id] else {
        first[file.id] = file.record.index
        continue
      }
      findings.report(
        subject.location(ImageName(.files), file.record),
        "file \(file.id) was already met in record \(earlier)", have: .unsigned(UInt64(file.id)),
        need: "a number of its own")
    }
  }

  // R-50
  private static let fdinfoMissing = Rule(
    id: "criu.fdinfo-missing", consequence: .silentLoss, stage: .files,
    title: "Every live task has its table of descriptors",
    why: """
      A task whose table is missing is restored without a descriptor. A table is absent by right \
      only if nothing was open, which is unlikely for the root task.
      """,
    remedy: .donor("fdinfo-N.img of the same dump"),
    needs: files + [.image(.pstree)],
    examples: [
      .fires("of the root task", .minimal.removing(ImageName(.fdinfo, 2))),
      .fires("of a child, as a warning", .family.removing(ImageName(.fdinfo, 3))),
      .silent("there", .family),
      .silent("no entry", .minimal.image(ImageName(.fdinfo, 2), [])),
    ]
  ) { subject, findings in
    let unused = subject.unusedFiles
    for name in subject.imagesRead.required.sorted()
    where name.type == .fdinfo && subject.isMissing(name) {
      let owners = subject.processes.live.filter { $0.ids.map { UInt64($0.filesID) } == name.id }
      let isProof = owners.contains { $0.entry.ppid == 0 } || !unused.isEmpty
      let pids = owners.map { "\($0.pid)" }.joined(separator: ", ")
      findings.report(
        subject.location(name),
        "\(name), the table of descriptors of task \(pids), is missing, and \(unused.count) open files are in no other",
        have: "missing", need: .text(name.fileName),
        evidence: ["unused": .list(unused.prefix(16).map { "\($0.id)" })],
        severity: isProof ? nil : .warning,
        consequence: unused.contains(where: \.needsHolder) ? .crash : nil)
    }
  }

  // R-55
  private static let fileUnreferenced = Rule(
    id: "criu.file-unreferenced", consequence: .silentLoss, stage: .files,
    title: "Every open file is used by something",
    why: """
      What used the file is lost: a descriptor, a folder, a mapping. CRIU aborts over a pipe, \
      terminal or socket that nobody holds, and drops other files.
      """,
    remedy: .donor("the fdinfo, fs and mm images of the same dump"),
    needs: files + [.image(.pstree)],
    examples: [
      .fires("pipe", .minimal.opening(Sketch.pipe(7, 1003))),
      .fires("regular file", .minimal.opening(Sketch.regular(7, "/x", mount: 261, mode: 0o100644))),
      .silent("table missing", .minimal.removing(ImageName(.fdinfo, 2))),
      .silent("task lost", .family.opening(Sketch.pipe(7, 1003)).tasks { $0.remove(at: 1) }),
      .silent("target of a link", .minimal.remapping(2, to: 1, .linked)),
      .silent("used", .sockets),
    ]
  ) { subject, findings in
    if let gap = subject.fileUse.gaps.first {
      return findings.notChecked("\(gap) is missing or not readable")
    }
    if let lost = subject.orphanCores.first {
      return findings.notChecked("core-\(lost).img is of no task in pstree.img")
    }
    for file in subject.unusedFiles {
      let type = file.type.map { "\($0)" } ?? "\(file.entry.type)"
      findings.report(
        subject.location(ImageName(.files), file.record),
        "file \(file.id) (\(type)) is in no table of descriptors, and nothing else uses it",
        have: .unsigned(UInt64(file.id)), need: "a descriptor, folder or mapping",
        consequence: file.needsHolder ? .crash : nil)
    }
  }

  // R-52
  private static let descriptorDuplicate = Rule(
    id: "criu.fd-dup", stage: .files, title: "No descriptor is twice in one table",
    why: """
      CRIU stops with “fd already in use”. If both are the same file, it waits for ever for the \
      task to send the file to itself.
      """,
    remedy: .donor("fdinfo-N.img of the same dump"), needs: [.wholeArchive, .images],
    examples: [
      .fires("twice", .minimal.holding(Sketch.descriptor(0, 2, .regular))),
      .fires("of two files", .minimal.holding(Sketch.descriptor(0, 3, .pipe))),
      .silent("once", .family),
    ]
  ) { subject, findings in
    findings.noteUnreadable(.fdinfo, subject)
    for image in subject.imagesOfTypeRead(.fdinfo) {
      var first: [UInt32: (record: Int, file: UInt32)] = [:]
      for (record, entry) in image.messages(FdinfoEntry.self) {
        guard let earlier = first.updateValue((record.index, entry.id), forKey: entry.fd) else {
          continue
        }
        let isSame = earlier.file == entry.id
        findings.report(
          subject.location(image.name, record),
          "descriptor \(entry.fd) was already met in record \(earlier.record)\(isSame ? ", with the same file" : "")",
          have: .unsigned(UInt64(entry.fd)), need: "a number of its own",
          consequence: isSame && subject.opensItself(entry.id, in: image.name) ? .hang : nil)
      }
    }
  }

  // R-52
  private static let descriptorRange = Rule(
    id: "criu.fd-range", stage: .files, title: "Descriptors are below the limit of the kernel",
    why:
      "CRIU stops with “Too big FD number” at fs.nr_open, which is 1048576 unless it was raised.",
    remedy: .manual("raise fs.nr_open on the target as it was on the source"),
    needs: [.wholeArchive, .images],
    examples: [
      .fires("beyond any limit", .minimal.holding(Sketch.descriptor(1 << 27, 2, .regular))),
      .fires(
        "beyond the usual limit, as a warning",
        .minimal.holding(Sketch.descriptor(1_048_576, 2, .regular))),
      .silent("within", .minimal.holding(Sketch.descriptor(1_048_575, 2, .regular))),
    ]
  ) { subject, findings in
    for (location, entry) in subject.messages(.fdinfo, FdinfoEntry.self)
    where entry.fd >= usualDescriptors {
      let isPossible = entry.fd < mostDescriptors
      findings.report(
        location, "fdinfo_entry.fd is \(entry.fd)", have: .unsigned(UInt64(entry.fd)),
        need: .text("below \(isPossible ? usualDescriptors : mostDescriptors)"),
        severity: isPossible ? .warning : nil)
    }
  }

  private static let usualDescriptors: UInt32 = 1 << 20
  /// Since 5.15 Linux allocates no more than 2 GiB for a table (kvmalloc in mm/util.c), however high
  /// fs.nr_open is. Its size is a power of two, and a descriptor takes 8 bytes.
  private static let mostDescriptors: UInt32 = 1 << 27
}

extension Subject {
  var unusedFiles: [OpenFiles.File] {
    openFiles.files.filter { !fileUse.used.contains($0.id) }
  }
}

extension Subject {
  /// Whether the task with this table opens the file, and sends it to all others that have it. That
  /// is the one with the lowest number (collect_fd in criu/files.c).
  fileprivate func opensItself(_ file: UInt32, in table: ImageName) -> Bool {
    func lowest(where matches: (UInt32) -> Bool) -> UInt32? {
      processes.live.filter { $0.ids.map { matches($0.filesID) } == true }.map(\.pid).min()
    }
    return lowest { UInt64($0) == table.id }
      == lowest { openFiles.tables[$0]?.contains { $0.entry.id == file } == true }
  }
}

extension OpenFiles.File {
  /// Whether CRIU asks for the descriptor that is to restore it, and aborts without one.
  var needsHolder: Bool {
    switch type {
    case .pipe, .fifo, .tty, .unixSocket: true
    default: false
    }
  }
}
