import Archive

extension Inspection {
  /// The inspection as JSON. The same checkpoint always gives the same bytes.
  public func json() throws -> String { try encodedJSON(self) }

  /// The inspection for a person at a terminal.
  public var text: String {
    var lines = [headline]
    if let damage = source.damage { lines.append("  the archive is damaged: \(damage)") }
    for dump in dumps {
      lines += dump.sections.flatMap { section in
        section.lines.isEmpty ? [] : ["", section.title] + section.lines
      }
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private var headline: String {
    var facts = [source.format]
    if source.compression != "none" { facts.append(source.compression) }
    if let size = source.size { facts.append(humanSize(size)) }
    facts.append("\(source.entries) entries")
    return "\(source.path): \(source.layout) (\(facts.joined(separator: ", ")))"
  }
}

extension Dump {
  fileprivate typealias Section = (title: String, lines: [String])

  fileprivate var sections: [Section] {
    let all = [
      (folder.map { "Container in \(shown($0))" } ?? "Container", containerLines),
      ("CRIU", criuLines),
      ("Sizes", sizeLines),
      ("Processes", processLines),
      ("Namespaces", namespaceLines),
      ("Statistics of the dump", statisticsLines),
      ("Mounts", mountLines),
    ]
    return all + memorySections + fileSections + [
      ("Sockets", socketLines),
      ("Arguments", secrets?.arguments.map { "  \($0)" } ?? []),
      ("Environment", secrets?.environment.map { "  \($0)" } ?? []),
      ("Missing or damaged", gaps.map { "  \($0)" }),
    ]
  }

  private var containerLines: [String] {
    let made = [engine, runtime].compactMap { $0 }.joined(separator: " with ")
    return pairs([
      ("made by", made.isEmpty ? nil : made),
      ("name", container.name),
      ("id", container.id),
      ("hostname", container.hostname),
      ("pod", container.pod),
      ("namespace", container.namespace),
      ("image", container.image),
      ("image id", container.imageID),
      ("created", times.created),
      ("checkpointed", times.checkpointed),
      ("newest image", times.newestImage),
    ])
  }

  private var criuLines: [String] {
    let version: String? =
      switch (criu.atLeast, criu.below) {
      case (let oldest?, let next?): "\(oldest) or newer, older than \(next)"
      case (let oldest?, nil): "\(oldest) or newer"
      case (nil, let next?): "older than \(next)"
      case (nil, nil): nil
      }
    return pairs([
      ("version", version),
      ("image version", criu.imageVersion.map { "\($0)" }),
      ("run id", criu.runID),
      ("plugins", criu.plugins.isEmpty ? nil : criu.plugins.joined(separator: ", ")),
      ("lsm", criu.lsm),
      ("network lock", criu.networkLock),
      ("machine", criu.machine),
      ("page size", criu.pageSize.map { "\($0)" }),
    ])
  }

  private var sizeLines: [String] {
    let parts: [(String, Int64)] = [
      ("images", sizes.images), ("pages", sizes.pages), ("rootfs diff", sizes.rootfsDiff),
      ("shared memory", sizes.sharedMemory), ("volumes", sizes.volumes), ("logs", sizes.logs),
      ("documents", sizes.documents), ("other", sizes.other),
    ]
    return pairs(parts.map { ($0, $1 > 0 ? humanSize($1) : nil) })
  }

  private var processLines: [String] {
    if processes.isEmpty { return [] }
    var rows: [(depth: Int, cells: [String?])] = []
    for process in processes {
      rows.append(
        (
          process.depth,
          [
            "\(process.pid) \(process.name ?? "?")", process.state,
            process.uid.map { "\($0)" }, process.memory.map(humanSize), process.seccomp,
          ]
        ))
      for (name, count) in process.threadCounts {
        let times = count > 1 ? " x \(count)" : ""
        rows.append((process.depth + 1, ["{\(name)}\(times)", "", "", "", ""]))
      }
    }
    var table = TextTable([
      ("PROCESS", .left), ("STATE", .left), ("UID", .right), ("MEMORY", .right),
      ("SECCOMP", .left),
    ])
    for (prefix, row) in zip(treePrefixes(rows.map(\.depth)), rows) {
      let cells = row.cells
      table.add(prefix + (cells[0] ?? ""), cells[1], cells[2], cells[3], cells[4])
    }
    return table.lines
  }

  private var namespaceLines: [String] {
    if processes.isEmpty { return [] }
    var table = TextTable()
    for item in namespaces {
      let owner =
        switch item.isOwn {
        case true: "own"
        case false: "inherited"
        case nil: "unknown whether own or inherited"
        }
      let ids = item.ids.map(String.init).joined(separator: ", ")
      let key = item.externalKey.map { ", handed in as \($0)" } ?? ""
      table.add(item.kind, owner + (ids.isEmpty ? "" : ", number \(ids)") + key)
    }
    return table.lines
  }

  private var statisticsLines: [String] {
    guard let counts = statistics else { return [] }
    func time(_ microseconds: UInt32) -> String {
      let fraction = String(microseconds % 1000 / 100)
      return "\(microseconds / 1000).\(fraction) ms"
    }
    func nonzero(_ count: UInt64) -> String? { count > 0 ? "\(count)" : nil }
    return pairs([
      ("freezing took", time(counts.freezingTime)),
      ("frozen for", time(counts.frozenTime)),
      ("memory dumped in", time(counts.memoryDumpTime)),
      ("memory written in", time(counts.memoryWriteTime)),
      ("pages scanned", "\(counts.pagesScanned)"),
      ("pages written", "\(counts.pagesWritten)"),
      ("pages in parent", nonzero(counts.pagesSkippedParent)),
      ("pages lazy", nonzero(counts.pagesLazy)),
      ("shared pages scanned", nonzero(counts.sharedPagesScanned)),
      ("shared pages written", nonzero(counts.sharedPagesWritten)),
      ("shared pages in parent", nonzero(counts.sharedPagesSkippedParent)),
    ])
  }

  private func pairs(_ items: [(String, String?)]) -> [String] {
    var table = TextTable()
    for case (let name, let value?) in items { table.add(name, value) }
    return table.lines
  }
}

// What is shown only when asked for.
extension Dump {
  private var mountLines: [String] {
    guard let mounts, !mounts.isEmpty else { return [] }
    var table = TextTable([
      ("ID", .right), ("PARENT", .right), ("TYPE", .left), ("SOURCE", .left), ("PATH", .left),
    ])
    for mount in mounts {
      let key = mount.externalKey.flatMap { $0 == mount.path ? nil : " (\($0))" } ?? ""
      table.add(
        "\(mount.id)", "\(mount.parent)", mount.filesystem, mount.source.rawValue,
        mount.path + key)
    }
    return table.lines
  }

  private var memorySections: [Section] {
    (memory ?? []).map { space in
      var table = TextTable([
        ("ADDRESSES", .left), ("SIZE", .right), ("STORED", .right), ("ACCESS", .left),
        ("KIND", .left), ("FILE", .left),
      ])
      for area in space.areas {
        table.add(
          "\(hex(area.start))-\(hex(area.end))", humanSize(area.size), area.stored.map(humanSize),
          area.access, area.kind.rawValue, area.file ?? "")
      }
      return ("Memory of \(space.pid)", table.lines)
    }
  }

  private var fileSections: [Section] {
    (files ?? []).map { item in
      var table = TextTable([("FD", .right), ("TYPE", .left), ("", .left), ("TARGET", .left)])
      for descriptor in item.descriptors {
        let target = descriptor.target ?? "missing from files.img"
        table.add(
          "\(descriptor.fd)", descriptor.type, descriptor.access ?? "",
          descriptor.isDeleted ? "\(target) (deleted)" : target)
      }
      let owners = item.pids.map(String.init).joined(separator: ", ")
      return ("Open files of \(owners)", table.lines)
    }
  }

  private var socketLines: [String] {
    guard let sockets, !sockets.isEmpty else { return [] }
    var table = TextTable([
      ("FAMILY", .left), ("PROTOCOL", .left), ("STATE", .left), ("LOCAL", .left),
      ("REMOTE", .left),
    ])
    for socket in sockets {
      table.add(
        socket.family, socket.protocol ?? socket.type, socket.state, socket.local, socket.remote)
    }
    return table.lines
  }
}

extension Dump.Process {
  /// Threads by name, in the order of their first, and how many have it.
  fileprivate var threadCounts: [(name: String, count: Int)] {
    var counts: [(name: String, count: Int)] = []
    var positions: [String: Int] = [:]
    for thread in threads {
      let name = thread.name ?? self.name ?? "?"
      if let position = positions[name] {
        counts[position].count += 1
      } else {
        positions[name] = counts.count
        counts.append((name, 1))
      }
    }
    return counts
  }
}
