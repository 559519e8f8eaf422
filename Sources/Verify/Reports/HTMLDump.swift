// What a container is and holds, as sections of a page.

extension Dump {
  var containerFacts: [Markup] {
    let version: String? =
      switch (criu.atLeast, criu.below) {
      case (let oldest?, let next?): "\(oldest) or newer, older than \(next)"
      case (let oldest?, nil): "\(oldest) or newer"
      case (nil, let next?): "older than \(next)"
      case (nil, nil): nil
      }
    let parts: [(String, Int64)] = [
      ("Pages", sizes.pages), ("Images", sizes.images), ("Root file system", sizes.rootfsDiff),
      ("Shared memory", sizes.sharedMemory), ("Volumes", sizes.volumes), ("Logs", sizes.logs),
      ("Documents", sizes.documents), ("Other", sizes.other),
    ]
    return [
      .facts([
        ("Engine", engine), ("Runtime", runtime), ("Name", container.name),
        ("Image", container.image), ("Pod", container.pod), ("Namespace", container.namespace),
        ("Hostname", container.hostname), ("Created", times.created),
        ("Checkpointed", times.checkpointed), ("Newest image file", times.newestImage),
        ("Frozen for", statistics.map { "\($0.frozenTime / 1000) ms" }), ("CRIU", version),
        ("Machine", criu.machine), ("Page size", criu.pageSize.map { "\($0) bytes" }),
        ("Security module", criu.lsm), ("Network lock", criu.networkLock), ("Id", container.id),
        ("Image id", container.imageID), ("CRIU run id", criu.runID),
      ]),
      .element("h3", [:], .text("Sizes")),
      .facts(parts.map { ($0, $1 > 0 ? humanSize($1) : nil) }),
    ]
  }

  var processTable: [Markup] {
    let shownProcesses = processes.prefix(Markup.rowLimit)
    let prefixes = treePrefixes(shownProcesses.map(\.depth)).map { prefix in
      prefix.replacing("|- ", with: "\u{251C}\u{2500} ").replacing("`- ", with: "\u{2514}\u{2500} ")
        .replacing("|  ", with: "\u{2502}  ")
    }
    let rows = zip(prefixes, shownProcesses).map { prefix, process -> [Markup] in
      let threads = process.threads.map { thread in
        "\(thread.id)" + (thread.name.map { " \($0)" } ?? "")
      }
      return [
        .element("span", ["class": "tree", "aria-hidden": "true"], .text(prefix))
          + .code("\(process.pid) \(process.name ?? "?")"),
        .text(process.parent == 0 ? "" : "\(process.parent)"), .text(process.state ?? "unknown"),
        .text(process.uid.map { "\($0)" } ?? ""), .text(process.gid.map { "\($0)" } ?? ""),
        .text(process.memory.map(humanSize) ?? ""), .text(process.seccomp ?? ""),
        .code(threads.joined(separator: ", ")),
      ]
    }
    return [
      .table(
        "Each process is followed by its children",
        [
          .init(title: "Process"), .init(title: "Parent", isNumber: true), .init(title: "State"),
          .init(title: "User", isNumber: true), .init(title: "Group", isNumber: true),
          .init(title: "Memory", isNumber: true), .init(title: "Seccomp"),
          .init(title: "Other threads"),
        ], rows), Markup.rest(processes.count),
    ]
  }

  var fileTables: [Markup] {
    (files ?? []).prefix(Markup.rowLimit / 10).map { table in
      let owners = table.pids.map { pid in
        "\(pid)" + (processes.first { $0.pid == pid }?.name.map { " \($0)" } ?? "")
      }
      let rows = table.descriptors.prefix(Markup.rowLimit).map { descriptor -> [Markup] in
        let target = Markup.code(descriptor.target ?? "missing from files.img")
        let note: Markup = descriptor.isDeleted ? .text(" ") + tag("deleted", "loss") : .nothing
        return [
          .text("\(descriptor.fd)"), .text(descriptor.type), .text(descriptor.access ?? ""),
          target + note,
        ]
      }
      return .table(
        "Open files of \(owners.joined(separator: ", "))",
        [
          .init(title: "Descriptor"), .init(title: "Type"), .init(title: "Access"),
          .init(title: "Target"),
        ], rows) + Markup.rest(table.descriptors.count)
    }
  }

  var socketTable: [Markup] {
    let rows = (sockets ?? []).prefix(Markup.rowLimit).map { socket -> [Markup] in
      [
        .text(socket.family), .text(socket.protocol ?? socket.type ?? ""),
        .text(socket.state ?? ""), .code(socket.local ?? ""), .code(socket.remote ?? ""),
      ]
    }
    return [
      .table(
        "In stored order",
        ["Family", "Protocol", "State", "Local", "Remote"].map { .init(title: $0) }, rows),
      Markup.rest(sockets?.count ?? 0),
    ]
  }

  var mountTable: [Markup] {
    let rows = (mounts ?? []).prefix(Markup.rowLimit).map { mount -> [Markup] in
      let role: Markup =
        mount.isMask
        ? tag("mask", "note") : mount.isReadOnlyPath ? tag("read-only", "note") : .nothing
      return [
        .code(mount.path), role, .text(mount.filesystem), .text(mount.source.rawValue),
        .code(mount.root == "/" ? "" : mount.root),
        mount.externalKey == mount.path ? .text("its path") : .code(mount.externalKey ?? ""),
      ]
    }
    if rows.isEmpty { return [] }
    let hint =
      "A mask hides a path of the kernel from the container; the host of the restore must have it."
    return [
      .element("p", ["class": "soft"], .text(hint)),
      .table(
        "Mounts, parents before their children",
        ["Path", "Role", "Type", "Source", "Part of it", "Handed in as"].map { .init(title: $0) },
        rows), Markup.rest(mounts?.count ?? 0),
    ]
  }

  var namespaceTable: [Markup] {
    if processes.isEmpty { return [] }
    let rows = namespaces.map { space -> [Markup] in
      let owner = space.isOwn.map { $0 ? "its own" : "inherited from the restoring process" }
      return [.text(space.kind), .text(owner ?? "unknown"), .code(space.externalKey ?? "")]
    }
    return [
      .table(
        "Made anew, or taken over", ["Kind", "Which", "Handed in as"].map { .init(title: $0) }, rows
      )
    ]
  }

  var secretLists: [Markup] {
    guard let secrets else { return [] }
    func list(_ title: String, _ items: [String]) -> [Markup] {
      if items.isEmpty { return [] }
      return [
        .element("h3", [:], .text(title)),
        .element("ul", [:], items.map { .element("li", [:], .code($0)) }),
      ]
    }
    return list("Arguments", secrets.arguments) + list("Environment", secrets.environment)
  }

  var gapList: [Markup] {
    gaps.isEmpty ? [] : [.element("ul", [:], gaps.map { .element("li", [:], .text($0)) })]
  }

  private func tag(_ text: String, _ style: String) -> Markup {
    .element("span", ["class": "tag \(style)"], .text(text))
  }
}
