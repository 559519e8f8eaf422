import CRIUImages
import Checkpoint

/// Rules about the content of single images: what CRIU would choke on while it reads them.
extension Rule {
  static let imageFaultRules: [Rule] = [
    inventoryUnreadable, imageUnreadable, byteOrder, imageEmptied, imageTrailingBytes,
  ]

  private static let inventoryUnreadable = Rule(
    id: "criu.inventory-unreadable", stage: .images,
    title: "inventory.img can be read",
    why: "It is the first image that CRIU reads; it stops right there.",
    remedy: .reconstruct("`repair` makes inventory.img from the other images"),
    needs: [.wholeArchive, .images],
    examples: [
      .fires("empty", .minimal.replacing("checkpoint/inventory.img", [])),
      .fires("cut", .minimal.resizing("checkpoint/inventory.img", by: -1)),
      .silent("whole", .minimal),
      .silent("missing", .minimal.removing("checkpoint/inventory.img")),
    ]
  ) { subject, findings in
    guard let image = subject.checkpoint.images[.inventory], let fault = image.fault,
      !fault.isByteSwapped
    else { return }
    findings.report(image, fault, subject)
  }

  private static let imageUnreadable = Rule(
    id: "criu.image-unreadable", stage: .images,
    title: "Every image that a restore reads can be read",
    why: """
      CRIU stops at the first wrong byte of any image that it opens, and even at one of 0 bytes \
      where it could do without the file. It often does not say which image that was.
      """,
    remedy: .donor("the same image of the same dump, or the archive copied again"),
    needs: [.wholeArchive, .images],
    examples: [
      .fires("empty", .minimal.replacing("checkpoint/core-1.img", [])),
      .fires("optional and empty", .minimal.adding("checkpoint/timens-0.img")),
      .fires("cut", .minimal.resizing("checkpoint/files.img", by: -1)),
      .fires(
        "other type",
        .minimal.replacing("checkpoint/mm-1.img", Array("no image at all".utf8))),
      .fires(
        "size beyond any image",
        .minimal.editing("checkpoint/core-1.img") { $0.bytes[11] = 0x7f }),
      .fires("odd end of a list", .minimal.resizing("checkpoint/fdinfo-2.img", by: 1)),
      .silent("whole", .family),
      .silent("of no task", .minimal.adding("checkpoint/core-9999.img")),
      .silent("statistics", .minimal.adding("checkpoint/stats-dump")),
      .fires(
        "filters of nobody, as a warning", .minimal.resizing("checkpoint/seccomp.img", by: -1)),
      .fires(
        "behind the last mount, as a warning",
        .minimal.resizing("checkpoint/mountpoints-13.img", by: 1)),
      .silent("older form beside files.img", .minimal.adding("checkpoint/reg-files.img")),
    ]
  ) { subject, findings in
    for name in subject.imagesRead.names.sorted() where name.type != .inventory {
      guard let image = subject.checkpoint.images[name], let fault = image.fault,
        !fault.isByteSwapped
      else { continue }
      findings.report(image, fault, subject)
    }
    if !subject.imagesRead.isComplete {
      findings.notChecked("which images are read depends on inventory.img and pstree.img")
    }
  }

  private static let byteOrder = Rule(
    id: "criu.byte-order", stage: .images,
    title: "The images have the byte order of the machine that reads them",
    why: "Images are written in the order of the machine; CRIU takes one in the other for damaged.",
    remedy: .manual("restore on a machine of the architecture that the dump is of"),
    needs: [.wholeArchive, .images],
    examples: [
      .fires(
        "inventory",
        .minimal.editing("checkpoint/inventory.img") { $0.bytes[0..<4].reverse() }),
      .silent("little endian", .minimal),
    ]
  ) { subject, findings in
    let swapped = subject.imagesRead.names.sorted().compactMap { name in
      subject.checkpoint.images[name].flatMap { $0.fault?.isByteSwapped == true ? $0 : nil }
    }
    guard let first = swapped.first, let fault = first.fault else { return }
    findings.report(
      .record(subject.checkpoint.path(of: first.name), nil, offset: fault.offset),
      "\(swapped.count) images have their magic in the other byte order, first \(first.name): \(fault.kind)",
      evidence: ["images": .list(swapped.prefix(16).map(\.name.fileName))])
  }

  private static let imageEmptied = Rule(
    id: "criu.image-emptied", consequence: .silentLoss, stage: .images,
    title: "An image that is a list has an entry",
    why: """
      CRIU makes such an image only when it writes the first entry, so one without was cut. Read \
      back it counts as nothing to restore.
      """,
    remedy: .donor("the same image of the same dump"),
    needs: [.wholeArchive, .images],
    examples: [
      .fires("data of pipes", .minimal.image(ImageName(.pipesData), [])),
      .fires("descriptors", .minimal.image(ImageName(.fdinfo, 2), [])),
      .fires("descriptors that others have, too", .family.image(ImageName(.fdinfo, 3), [])),
      .silent("no filters", .minimal.image(ImageName(.seccomp), [])),
      .silent("no image", .minimal),
      .silent("no mounts, which has a rule of its own", .minimal.mounts { $0 = [] }),
    ]
  ) { subject, findings in
    for name in subject.imagesRead.names.sorted() {
      guard let image = subject.checkpoint.images[name], image.fault == nil,
        image.records.isEmpty, name.type.layout.cardinality == .many,
        // They have rules of their own, for they may not be absent either.
        ![.pstree, .files, .mounts].contains(name.type)
      else { continue }
      findings.report(
        subject.location(name),
        "\(name) has its magic and no entry, which CRIU never writes: the entries were lost",
        have: 0, need: "an entry at least",
        consequence: name.type == .fdinfo && subject.unusedFiles.contains(where: \.needsHolder)
          ? .crash : name.type.lossOfEntries)
    }
  }

  private static let imageTrailingBytes = Rule(
    id: "criu.trailing-bytes", severity: .warning, consequence: .none, stage: .images,
    title: "An image of one message ends with it",
    why: "CRIU reads the one message and never looks further; something has changed the file.",
    remedy: .donor("the same image of the same dump"),
    needs: [.wholeArchive, .images],
    examples: [
      .fires("inventory", .minimal.resizing("checkpoint/inventory.img", by: 1)),
      .silent("none", .minimal),
      .silent("of no task", .minimal.adding("checkpoint/core-9999.img", [1, 2, 3])),
    ]
  ) { subject, findings in
    for name in subject.imagesRead.names.sorted() {
      guard let image = subject.checkpoint.images[name], image.trailingBytes > 0 else { continue }
      findings.report(
        .record(
          subject.checkpoint.path(of: name), nil, offset: image.size - image.trailingBytes),
        "\(image.trailingBytes) bytes follow the message, and are not read",
        have: .unsigned(image.trailingBytes), need: 0)
    }
  }
}

extension Findings {
  fileprivate mutating func report(_ image: DecodedImage, _ fault: ImageFault, _ subject: Subject) {
    let location = Location.record(
      subject.checkpoint.path(of: image.name), fault.record, offset: fault.offset)
    report(
      location, "\(image.name) cannot be read: \(fault.kind)",
      have: .unsigned(image.size), evidence: ["fault": .text("\(fault.kind)")],
      severity: subject.isTolerated(fault, in: image.name.type) ? .warning : nil,
      consequence: subject.isTolerated(fault, in: image.name.type)
        ? Consequence.none : fault.consequence(in: image.name.type))
  }
}

extension Subject {
  /// Two readers take a record that they cannot read for the end of the image: that of mounts, with
  /// which nothing is lost behind the last, and that of filters, which may be for nobody.
  fileprivate func isTolerated(_ fault: ImageFault, in type: ImageType) -> Bool {
    switch (fault.kind, type) {
    case (.strayBytes, .mounts): true
    case (.oversizeRecord, _): false
    case (_, .seccomp): fault.record != nil && !usesFilters
    default: false
    }
  }

  private var usesFilters: Bool {
    checkpoint.images.all(.core).contains { image in
      let core = image.first(CoreEntry.self)
      let modes = [core?.threadCore.seccompMode, core?.tc.oldSeccompMode]
      return modes.contains(SeccompMode.filter.rawValue)
    }
  }
}

extension ImageFault {
  var isByteSwapped: Bool {
    if case .byteSwapped = kind { true } else { false }
  }

  /// What CRIU does at it (criu-images.md, §4.1 and §4.2).
  fileprivate func consequence(in type: ImageType) -> Consequence {
    switch (kind, type) {
    // The copy loop in criu/files-reg.c goes on at the end of the file for ever.
    case (.shortPayload, .ghostFile): .hang
    case (.shortPayload, .ipcShm): .silentLoss
    // The buffered reader aborts on a size that is negative for it; it tries to read any other.
    case (.oversizeRecord(let size, _), _): size > Int32.max ? .crash : .refused
    // Without its message the pointer stays NULL, which the restore follows.
    case (.missingRecord, .mm), (.missingRecord, .fs): .crash
    case (_, .seccomp) where record != nil: .crash
    default: .refused
    }
  }
}

extension ImageType {
  /// What a restore does if all entries of such an image are lost.
  fileprivate var lossOfEntries: Consequence {
    switch self {
    case .ttyInfo, .remapFilePaths: .refused
    case .memfdInodes: .crash
    default: .silentLoss
    }
  }
}
