import CRIUImages
import Checkpoint

/// Rules about which namespaces a restore makes, and the images that describe them.
extension Rule {
  static let namespaceRules: [Rule] = [
    inventoryInvalid, imageVersion, rootIDs, namespaceImage, namespaceSpurious, namespaceNested,
  ]

  private static let trees: [Need] = [
    .wholeArchive, .images, .image(.inventory), .image(.pstree),
  ]

  //
  private static let inventoryInvalid = Rule(
    id: "criu.inventory-invalid", stage: .images,
    title: "inventory.img says how to read the other images",
    why: "CRIU refuses versions that it does not know, and descriptors that are named after pids.",
    remedy: .reconstruct("`repair` makes inventory.img from the other images"),
    needs: [.wholeArchive, .images, .image(.inventory)],
    examples: [
      .fires("version", .minimal.inventory { $0.imgVersion = 3 }),
      .fires("descriptors", .minimal.inventory { $0.clearFdinfoPerID() }),
      .fires("control group", .minimal.inventory { $0.rootCgSet = 0 }),
      .fires("namespaces", .minimal.inventory { $0.clearNsPerID() }),
      .silent("no control group", .minimal.inventory { $0.clearRootCgSet() }),
      .silent("as it should be", .minimal),
    ]
  ) { subject, findings in
    let name = ImageName(.inventory)
    guard let entry = subject.checkpoint.images[name]?.first(InventoryEntry.self) else { return }
    let location = subject.firstRecord(of: name)
    if ![1, 2].contains(entry.imgVersion) {
      findings.report(
        location, "inventory_entry.img_version is \(entry.imgVersion), but CRIU reads 1 and 2",
        have: .unsigned(UInt64(entry.imgVersion)), need: "1 or 2")
    }
    if !entry.fdinfoPerID {
      findings.report(
        location, "inventory_entry.fdinfo_per_id is not true", have: .flag(false),
        need: .flag(true))
    }
    if entry.hasRootCgSet, entry.rootCgSet == 0 {
      findings.report(
        location, "inventory_entry.root_cg_set is 0, but sets of control groups count from 1",
        have: 0, need: "1 or more, or nothing")
    }
    if !entry.nsPerID, let own = subject.ownKinds.first {
      findings.report(
        location,
        "inventory_entry.ns_per_id is not true, so that CRIU looks for images of the \(own) namespace by pid",
        have: .flag(false), need: .flag(true))
    }
  }

  // R-01, §1
  private static let imageVersion = Rule(
    id: "criu.image-version", stage: .images,
    title: "Every image begins as the version of the inventory demands",
    why: "CRIU expects one word of magic in images of version 1 and two in those of version 2.",
    remedy: .reconstruct("`repair` makes inventory.img from the other images"),
    needs: [.wholeArchive, .images, .image(.inventory)],
    examples: [
      .fires("all", .minimal.inventory { $0.imgVersion = 1 }),
      .fires(
        "one", .minimal.editing("checkpoint/core-1.img") { $0.bytes.removeFirst(4) }),
      .silent("version 2", .minimal),
      .silent("version unknown", .minimal.inventory { $0.imgVersion = 3 }),
    ]
  ) { subject, findings in
    let images = subject.checkpoint.images
    let inventory = ImageName(.inventory)
    guard let version = images[inventory]?.first(InventoryEntry.self)?.imgVersion,
      [1, 2].contains(version)
    else { return }
    let need: ImageFraming = version == 1 ? .typeMagicOnly : .headMagic
    let framed = subject.imagesRead.names.sorted().filter { name in
      name.type != .inventory && images[name]?.framing != nil
    }
    let wrong = framed.filter { images[$0]?.framing != need }
    if wrong.count > 1, wrong.count == framed.count {
      findings.report(
        subject.firstRecord(of: inventory),
        "inventory_entry.img_version is \(version), but all \(wrong.count) images are of version \(3 - version)",
        have: .unsigned(UInt64(version)), need: .unsigned(UInt64(3 - version)))
    } else {
      for name in wrong {
        findings.report(
          .record(subject.checkpoint.path(of: name), nil, offset: 0),
          "\(name) begins like an image of version \(3 - version), but inventory.img says \(version)",
          have: .unsigned(UInt64(3 - version)), need: .unsigned(UInt64(version)),
          remedy: .donor("the same image of the same dump"))
      }
    }
  }

  //
  private static let rootIDs = Rule(
    id: "criu.root-ids", stage: .namespaces,
    title: "The inventory has CRIU's own numbers, and a table of descriptors apart from the root's",
    why: "CRIU stops with “No kIDs provided” or “Image corruption on kIDs data”.",
    remedy: .reconstruct("`repair` makes inventory.img from the other images"), needs: trees,
    examples: [
      .fires("none", .minimal.inventory { $0.clearRootIds() }),
      .fires("same table", .minimal.outside { $0.filesID = 2 }),
      .silent("apart", .minimal),
    ]
  ) { subject, findings in
    let location = subject.firstRecord(of: ImageName(.inventory))
    guard let outside = subject.namespaces.outside else {
      return findings.report(
        location, "inventory_entry.root_ids is missing", have: "missing",
        need: "inventory_entry.root_ids")
    }
    guard let root = subject.namespaces.root else { return }
    if outside.filesID == root.filesID {
      findings.report(
        location,
        "inventory_entry.root_ids.files_id is \(outside.filesID), the table of the root task",
        have: .unsigned(UInt64(outside.filesID)), need: "a number of its own")
    }
  }

  //
  private static let namespaceImage = Rule(
    id: "criu.ns-image", stage: .namespaces,
    title: "Every namespace that is to be made has its images",
    why: "CRIU stops while it reads the image that is not there, and does not name it.",
    remedy: .donor("the image of the same dump"), needs: trees,
    examples: [
      .fires("uts", .minimal.removing(ImageName(.utsns, 12))),
      .fires("ipc", .minimal.removing(ImageName(.ipcVar, 11))),
      .fires("mnt", .minimal.removing(ImageName(.mounts, 13))),
      .fires("user", .minimal.outside { $0.userNsID = 70 }),
      .fires("time", .minimal.outside { $0.timeNsID = 50 }),
      .fires("no number of the network", .minimal.ids(1) { $0.clearNetNsID() }),
      .silent("network without images, which the engine sets up", .minimal),
      .silent(
        "uts of the restorer",
        .minimal.removing(ImageName(.utsns, 12)).outside { $0.utsNsID = 12 }),
    ]
  ) { subject, findings in
    let types: [ImageType] = [.utsns, .ipcVar, .mounts, .userns, .timens]
    for name in subject.imagesRead.required.sorted() where types.contains(name.type) {
      guard subject.isMissing(name) else { continue }
      findings.report(
        subject.location(name),
        "\(name) is missing, but the root task has a namespace \(name.id) of its own",
        have: "missing", need: .text(name.fileName),
        remedy: name.type.isReconstructible
          ? .reconstruct("`repair` makes it from spec.dump or from the kernel's defaults") : nil)
    }
    if subject.namespaces.isOwn(.net) == true, let root = subject.processes.root,
      root.ids?.hasNetNsID == false
    {
      findings.report(
        subject.firstRecord(of: ImageName(.ids, UInt64(root.pid))),
        "task_kobj_ids_entry.net_ns_id is missing, but inventory.img has one", have: "missing",
        need: "task_kobj_ids_entry.net_ns_id", consequence: .crash)
    }
  }

  //
  private static let namespaceSpurious = Rule(
    id: "criu.ns-spurious", stage: .namespaces,
    title: "No namespace that is passed on has images",
    why: """
      CRIU dumps only namespaces that the container has to itself. With equal numbers in \
      inventory.img and the root task's ids image it leaves the task in the restorer's.
      """,
    remedy: .reconstruct("`repair` makes inventory.img from the other images"), needs: trees,
    examples: [
      .fires("uts", .minimal.outside { $0.utsNsID = 12 }),
      .fires("mnt", .minimal.outside { $0.mntNsID = 13 }),
      .silent("own", .minimal),
    ]
  ) { subject, findings in
    guard let root = subject.namespaces.root else { return }
    let types: [(Namespaces.Kind, ImageType, Consequence)] = [
      (.uts, .utsns, .silentLoss), (.ipc, .ipcVar, .silentLoss), (.user, .userns, .refused),
      (.mnt, .mounts, .refused), (.net, .netdev, .refused),
    ]
    for (kind, type, consequence) in types where subject.namespaces.isOwn(kind) == false {
      let name = ImageName(type, UInt64(root[kind]))
      guard subject.checkpoint.images[name] != nil else { continue }
      findings.report(
        subject.location(name),
        "\(name) is there, but \(kind.field) \(root[kind]) of the root task is CRIU's own by inventory.img",
        have: .unsigned(UInt64(root[kind])), need: "another number in inventory.img",
        consequence: consequence)
    }
  }

  //
  private static let namespaceNested = Rule(
    id: "criu.ns-nested", stage: .namespaces,
    title: "A task has its parent's namespaces, but for the mounts and the network",
    why: "CRIU stops with “Can't restore sub-task in NS”.",
    remedy: .donor("the ids images of the same dump"), needs: trees,
    examples: [
      .fires("uts", .family.ids(2) { $0.utsNsID = 77 }),
      .fires(
        "network, which the root task has from the restorer",
        .family.outside { $0.netNsID = 10 }.ids(2) { $0.netNsID = 77 }),
      .silent("network", .family.ids(2) { $0.netNsID = 77 }),
      .silent("same", .family),
    ]
  ) { subject, findings in
    let tasks = Dictionary(subject.processes.tasks.map { ($0.pid, $0) }) { first, _ in first }
    for task in subject.processes.tasks {
      guard let ids = task.ids, let parent = tasks[task.entry.ppid]?.ids else { continue }
      for kind in Namespaces.Kind.allCases where ids[kind] != parent[kind] {
        let mayNest = kind == .mnt || kind == .net
        if mayNest, subject.namespaces.isOwn(kind) != false { continue }
        findings.report(
          subject.firstRecord(of: ImageName(.ids, UInt64(task.pid))),
          "task_kobj_ids_entry.\(kind.field) is \(ids[kind]), but that of its parent \(task.entry.ppid) is \(parent[kind])",
          have: .unsigned(UInt64(ids[kind])), need: .unsigned(UInt64(parent[kind])))
      }
    }
  }
}

extension Subject {
  /// The kinds that have images and that a restore makes anew.
  fileprivate var ownKinds: [Namespaces.Kind] {
    [.uts, .ipc, .mnt, .user].filter { namespaces.isOwn($0) == true }
  }
}

extension ImageType {
  fileprivate var isReconstructible: Bool { self == .utsns || self == .ipcVar }
}
