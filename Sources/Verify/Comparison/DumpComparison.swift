/// What inspections of two checkpoints tell about the containers in them.
enum DumpComparison {
  static func sections(_ before: Inspection, _ after: Inspection) -> [ChangeSection] {
    let pairs = self.pairs(before.dumps, after.dumps)
    return pairs.flatMap { part, old, new in
      let common = Set(old?.memory?.map(\.pid) ?? []).intersection(new?.memory?.map(\.pid) ?? [])
      return table.map { kind, items in
        ChangeSection(
          kind: kind, part: part,
          changes: (old.map { items($0, common) } ?? [])
            .changes(to: new.map { items($0, common) } ?? []))
      }
    }
  }

  /// Containers of the same name; where each side has one, these two.
  private static func pairs(_ before: [Dump], _ after: [Dump])
    -> [(part: String?, before: Dump?, after: Dump?)]
  {
    if before.count == 1, after.count == 1 { return [(nil, before[0], after[0])] }
    let names = Set((before + after).map(\.folder)).sorted { ($0 ?? "") < ($1 ?? "") }
    return names.map { name in
      let part = name.map(shown)
      return (part, before.first { $0.folder == name }, after.first { $0.folder == name })
    }
  }

  /// What is compared of a container, given the tasks whose memory both sides have.
  private typealias Items = @Sendable (Dump, Set<UInt32>) -> [ComparedItem]

  private static let table: [(ChangeSection.Kind, Items)] = [
    (.container, { dump, _ in container(dump) }), (.processes, { dump, _ in processes(dump) }),
    (.memory, { dump, _ in memory(dump) }), (.areas, areas), (.files, { dump, _ in files(dump) }),
    (.sockets, { dump, _ in sockets(dump) }), (.mounts, { dump, _ in mounts(dump) }),
    (.namespaces, { dump, _ in namespaces(dump) }),
  ]

  private static func container(_ dump: Dump) -> [ComparedItem] {
    let values: [(String, String?)] = [
      ("layout", dump.layout), ("engine", dump.engine), ("runtime", dump.runtime),
      ("id", dump.container.id), ("name", dump.container.name),
      ("hostname", dump.container.hostname), ("pod", dump.container.pod),
      ("namespace", dump.container.namespace), ("image", dump.container.image),
      ("image id", dump.container.imageID), ("created", dump.times.created),
      ("checkpointed", dump.times.checkpointed), ("newest image", dump.times.newestImage),
      ("criu run id", dump.criu.runID), ("criu at least", dump.criu.atLeast),
      ("criu below", dump.criu.below), ("plugins", list(dump.criu.plugins)),
      ("lsm", dump.criu.lsm), ("network lock", dump.criu.networkLock),
      ("machine", dump.criu.machine), ("page size", dump.criu.pageSize.map { "\($0)" }),
      ("pages written", dump.statistics.map { "\($0.pagesWritten)" }),
    ]
    return values.compactMap { name, value in
      value.map { ComparedItem(name, [.init("value", text: $0)]) }
    }
  }

  private static func list(_ names: [String]) -> String? {
    names.isEmpty ? nil : names.joined(separator: ", ")
  }

  private static func processes(_ dump: Dump) -> [ComparedItem] {
    dump.processes.map { process in
      let threads = process.threads.map { thread in
        "\(thread.id)" + (thread.name.map { " \($0)" } ?? "")
      }
      return ComparedItem(
        "\(process.pid)",
        [
          .init("name", text: process.name), .init("state", text: process.state),
          .init("parent", process.parent), .init("group", process.group),
          .init("session", process.session), .init("uid", process.uid),
          .init("gid", process.gid), .init("seccomp", text: process.seccomp),
          .init("threads", threads.isEmpty ? nil : .list(threads)),
        ] + rights(process.credentials).map(\.asDetail))
    }
  }

  private static func rights(_ rights: Dump.Process.Credentials?) -> [ComparedItem.Fact] {
    [
      .init("effective uid", rights?.effectiveUID), .init("effective gid", rights?.effectiveGID),
      .init("saved uid", rights?.savedUID), .init("saved gid", rights?.savedGID),
      .init("file uid", rights?.filesystemUID), .init("file gid", rights?.filesystemGID),
      .init("groups", rights.map { .list($0.groups.map(String.init)) }),
      .init("permitted", text: rights?.permitted), .init("effective", text: rights?.effective),
      .init("inheritable", text: rights?.inheritable),
      .init("bounding", text: rights?.bounding), .init("ambient", text: rights?.ambient),
      .init("security bits", rights?.securityBits),
      .init("no new privileges", rights.map { .flag($0.noNewPrivileges) }),
      .init("profile", text: rights?.profile),
    ]
  }

  private static func memory(_ dump: Dump) -> [ComparedItem] {
    let pageSize = dump.criu.pageSize ?? 4096
    return (dump.memory ?? []).map { space in
      ComparedItem(
        "\(space.pid)",
        [
          .init("mapped bytes", space.mapped), .init("areas", space.areas.count),
          .init("pages", space.stored.map { $0 / pageSize }),
        ])
    }
  }

  /// Of a task that only one side has, its sums say enough.
  @Sendable
  private static func areas(_ dump: Dump, _ tasks: Set<UInt32>) -> [ComparedItem] {
    (dump.memory ?? []).filter { tasks.contains($0.pid) }.flatMap { space in
      space.areas.map { area in
        // By its start, so that a heap that grew is one that changed.
        ComparedItem(
          ["\(space.pid)", "\(area.start)"],
          "\(space.pid) \(hex(area.start))-\(hex(area.end))",
          [
            .init("size", area.size), .init("kind", text: area.kind.rawValue),
            .init("access", text: area.access), .init("file", text: area.file),
            .init("offset", area.offset), .init("stored", area.stored),
          ])
      }
    }
  }

  private static func files(_ dump: Dump) -> [ComparedItem] {
    (dump.files ?? []).flatMap { table in
      // Tables are shared as a whole, and the first task to have one names it.
      let owner = table.pids.first.map(String.init) ?? "?"
      let sharers = table.pids.dropFirst().map(String.init)
      return table.descriptors.map { descriptor in
        ComparedItem(
          "\(owner) fd \(descriptor.fd)",
          [
            .init("type", text: descriptor.type),
            .init("target", text: descriptor.target.map(withoutInodes) ?? "missing"),
            .init("access", text: descriptor.access),
            .init("deleted", descriptor.isDeleted ? .flag(true) : nil),
            .init("shared with", sharers.isEmpty ? nil : .list(sharers)),
          ])
      }
    }
  }

  private static func sockets(_ dump: Dump) -> [ComparedItem] {
    (dump.sockets ?? []).map { socket in
      let kind = [socket.family, socket.protocol ?? socket.type].compactMap { $0 }
      let ends = [socket.local, socket.remote].compactMap { $0 }.map(withoutInodes)
      return ComparedItem(
        kind + ends, (kind + [ends.joined(separator: " -> ")]).joined(separator: " "),
        [.init("type", text: socket.type), .init("state", text: socket.state)])
    }
  }

  /// Pipes and unnamed sockets are told by the numbers of their inodes, which are others in every
  /// dump.
  private static func withoutInodes(_ target: String) -> String {
    target.split(separator: " ", omittingEmptySubsequences: false).map { word in
      let kind = ["pipe:[", "fifo:[", "socket:["].first(where: word.hasPrefix)
      return kind.map { $0 + "]" } ?? String(word)
    }.joined(separator: " ")
  }

  private static func mounts(_ dump: Dump) -> [ComparedItem] {
    let mounts = dump.mounts ?? []
    let namespaces = Set(mounts.map(\.namespace)).sorted()
    let places = Dictionary(uniqueKeysWithValues: namespaces.enumerated().map { ($1, $0 + 1) })
    var paths: [[UInt64]: String] = [:]
    for mount in mounts { paths[[mount.namespace, UInt64(mount.id)]] = mount.path }
    return mounts.map { mount in
      let place = places[mount.namespace] ?? 1
      return ComparedItem(
        ["\(place)", mount.path], place == 1 ? mount.path : "\(mount.path), namespace \(place)",
        [
          .init("on", text: paths[[mount.namespace, UInt64(mount.parent)]]),
          .init("type", text: mount.filesystem), .init("root", text: mount.root),
          .init("source", text: mount.source.rawValue),
          .init("external key", text: mount.externalKey), .init("mask", .flag(mount.isMask)),
          .init("read-only path", .flag(mount.isReadOnlyPath)),
        ])
    }
  }

  private static func namespaces(_ dump: Dump) -> [ComparedItem] {
    dump.namespaces.filter { !dump.processes.isEmpty || $0.isOwn != nil }.map { space in
      ComparedItem(
        space.kind,
        [
          .init("owner", text: space.isOwn.map { $0 ? "own" : "inherited" } ?? "unknown"),
          .init("count", space.ids.count), .init("handed in as", text: space.externalKey),
        ])
    }
  }
}
