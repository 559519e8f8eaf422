import CRIUImages
import Checkpoint
import Documents

/// Rules about what a restore must be told, since the archive does not carry it (archive contract,
/// §4g), and about figures that only tell whether the rest is plausible.
extension Rule {
  static let optionsRules: [Rule] = [
    fileLocks, establishedTCP, dumpOptions, networkLock, descriptorsDiffer,
  ]

  static let fileLocks = Rule(
    id: "opts.file-locks-needed", severity: .warning, consequence: .silentLoss, stage: .options,
    title: "File locks need an option at restore",
    why: """
      Without --file-locks the restore succeeds and the locks are free: another process can take \
      them at once. CRI-O passes no such option.
      """,
    remedy: .manual("restore with --file-locks, or set file-locks in /etc/criu/runc.conf"),
    needs: [.wholeArchive, .images],
    examples: [
      .fires("a lock", .minimal.image(ImageName(.fileLocks), [Sketch.lock])),
      .silent("none", .minimal),
    ]
  ) { subject, findings in
    if subject.options?.contains(.fileLocks) == true { return }
    let name = ImageName(.fileLocks)
    guard let image = subject.checkpoint.images[name], !image.records.isEmpty else { return }
    findings.report(
      subject.location(name), "the container holds \(counted(image.records.count, "file lock"))",
      have: .number(Int64(image.records.count)), need: "--file-locks")
  }

  static let establishedTCP = Rule(
    id: "opts.tcp-needed", severity: .warning, stage: .options,
    title: "TCP connections need an option at restore",
    why: """
      Without --tcp-established, or --tcp-close to give them up, CRIU stops with “Connected TCP \
      socket in image”. The connections go on only under the same address, so with Podman only under \
      the same name.
      """,
    remedy: .manual("restore with --tcp-established, or with --tcp-close to give them up"),
    needs: [.wholeArchive, .images, .image(.files)],
    examples: [
      .fires("connected", .minimal.opening(Sketch.tcp(port: 80))),
      .silent("listening", .minimal.opening(Sketch.tcp(port: 0))),
    ]
  ) { subject, findings in
    let options = subject.options
    if options?.contains(.tcpEstablished) == true || options?.contains(.tcpClose) == true { return }
    let sockets = subject.openFiles.all(InetSkEntry.self).filter(\.content.isConnection)
    guard let first = sockets.first else { return }
    findings.report(
      subject.location(ImageName(.files), first.record),
      "\(counted(sockets.count, "connected TCP socket")) in files.img",
      have: .number(Int64(sockets.count)),
      need: "--tcp-established or --tcp-close",
      evidence: ["inodes": .list(sockets.prefix(16).map { "\($0.content.ino)" })],
      // Not knowing the command is no error; knowing that it lacks the option is.
      severity: options == nil ? .warning : .error)
  }

  /// R-85
  static let dumpOptions = Rule(
    id: "criu.option-lock", severity: .warning, stage: .options,
    title: "Options that the dump fixed are given at restore, too",
    why: "CRIU refuses to restore without an option that the inventory says the dump had.",
    remedy: .manual("give CRIU the same option, in /etc/criu/runc.conf if the engine has none"),
    needs: [.wholeArchive, .images, .image(.inventory)],
    examples: [
      .fires(
        "tcp-close",
        .minimal.message(ImageName(.inventory), InventoryEntry.self) {
          $0.tcpClose = true
        }),
      .fires(
        "a plugin",
        .minimal.message(ImageName(.inventory), InventoryEntry.self) {
          $0.pluginsEntry.plugins = [utf8("cuda_plugin")]
        }),
      .silent("none", .minimal),
    ]
  ) { subject, findings in
    let name = ImageName(.inventory)
    guard
      let (record, inventory) = subject.checkpoint.images[name]?.messages(InventoryEntry.self).first
    else { return }
    let plugins = inventory.pluginsEntry.pluginTexts.map { "the plugin \(shown($0))" }
    let options: [(isSet: Bool, String, String)] = [
      (inventory.tcpClose, "tcp_close", "--tcp-close"),
      (inventory.allowUprobes, "allow_uprobes", "--allow-uprobes"),
      (!plugins.isEmpty, "plugins_entry", plugins.joined(separator: ", ")),
    ]
    for (isSet, field, need) in options where isSet {
      findings.report(
        subject.location(name, record), "\(field) is set: the restore needs \(need)",
        have: "set", need: .text(need), evidence: ["field": .text(field)])
    }
  }

  /// R-86
  static let networkLock = Rule(
    id: "criu.network-lock", severity: .note, consequence: .none, stage: .options,
    title: "The tool that locked the network is there to unlock it",
    why: "CRIU logs an error if it is missing, and the restore succeeds.",
    remedy: .manual("install the tool on the host"),
    needs: [.wholeArchive, .images, .image(.inventory), .image(.files)],
    examples: [
      .fires("connected", .minimal.opening(Sketch.tcp(port: 80))),
      .silent(
        "not locked",
        .minimal.opening(Sketch.tcp(port: 80)).message(ImageName(.inventory), InventoryEntry.self) {
          $0.networkLockMethod = 2
        }),
      .silent("no connection", .minimal),
    ]
  ) { subject, findings in
    let name = ImageName(.inventory)
    let tools: [UInt32: String] = [0: "iptables", 1: "nftables"]
    guard
      let (record, inventory) = subject.checkpoint.images[name]?.messages(InventoryEntry.self)
        .first,
      let tool = tools[inventory.networkLockMethod],
      subject.openFiles.all(InetSkEntry.self).contains(where: \.content.isConnection)
    else { return }
    findings.report(
      subject.location(name, record), "TCP connections were locked with \(tool)",
      have: .unsigned(UInt64(inventory.networkLockMethod)), need: .text(tool),
      evidence: ["field": "network_lock_method"])
  }

  /// R-97
  static let descriptorsDiffer = Rule(
    id: "criu.descriptors", severity: .warning, consequence: .silentLoss, stage: .options,
    title: "descriptors.json names what the first process has as descriptors 0 to 2",
    why: """
      The runtime connects the pipes named there to the new standard streams. A pipe that is not \
      named is made anew, with nobody at its other end: the restore succeeds, the output is lost.
      """,
    remedy: .reconstruct("`repair` makes it from the descriptors of the first process"),
    needs: [.wholeArchive, .images, .image(.files), .document(.descriptors)],
    examples: [
      .fires(
        "another pipe",
        .minimal.replacing(
          "checkpoint/descriptors.json", text: #"["/dev/null","pipe:[1]","pipe:[1002]"]"#)),
      .fires("empty", .minimal.replacing("checkpoint/descriptors.json", text: "[]")),
      .silent("the same", .minimal),
      .silent(
        "no pipe",
        .minimal.replacing(
          "checkpoint/descriptors.json", text: #"["/dev/zero","pipe:[1001]","pipe:[1002]"]"#)),
    ]
  ) { subject, findings in
    guard let document = subject.root(.descriptors), document.kind == .array,
      let table = subject.processes.root?.ids.flatMap({ subject.openFiles.tables[$0.filesID] })
    else { return }
    let targets = Descriptors(document).targets
    let pipes = Dictionary(
      subject.openFiles.all(PipeEntry.self).map { ($0.content.id, $0.content.pipeID) }
    ) { first, _ in first }
    let lost = table.compactMap { descriptor -> (number: Int, have: String, need: String)? in
      let number = Int(descriptor.entry.fd)
      guard number < 3, descriptor.entry.fileType == .pipe, let pipe = pipes[descriptor.entry.id]
      else { return nil }
      let have = number < targets.count ? targets[number] : ""
      return have == "pipe:[\(pipe)]" ? nil : (number, have, "pipe:[\(pipe)]")
    }
    guard let first = lost.first else { return }
    let list = lost.map { item in
      "descriptor \(item.number) is \(item.need), not \(item.have.isEmpty ? "nothing" : shown(item.have))"
    }
    findings.report(
      .value(subject.checkpoint.path(of: .descriptors), "/\(first.number)"),
      "of the first process, \(list.joined(separator: ", "))",
      have: .list(targets.map(shown)), need: .list(lost.map(\.need)))
  }
}
