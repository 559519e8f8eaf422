import CRIUImages
import Checkpoint

/// Rules about what describes deleted files, terminals, packets and connections.
extension Rule {
  static let fileShapeRules: [Rule] = [ghostShape, remapType, terminalShape, scmCount, tcpShape]

  //
  private static let ghostShape = Rule(
    id: "criu.ghost-size", stage: .files,
    title: "A deleted file comes back with the size and mode that it had",
    why:
      "CRIU makes it from the ghost image, and stops with “bad size” or “bad mode” if they differ.",
    remedy: .donor("the ghost-file image of the same dump"),
    needs: [.wholeArchive, .images, .image(.files)],
    examples: [
      .fires("short", .deletedFile.resizing("checkpoint/ghost-file-1.img", by: -1)),
      .fires("long", .deletedFile.resizing("checkpoint/ghost-file-1.img", by: 1)),
      .fires("mode", .deletedFile.files { $0[6].reg.mode = 0o40755 }),
      .silent(
        "size not given",
        .deletedFile.files { $0[6].reg.clearSize() }
          .resizing("checkpoint/ghost-file-1.img", by: 1)),
      .silent("equal", .deletedFile),
    ]
  ) { subject, findings in
    let regular = Dictionary(
      subject.openFiles.all(RegFileEntry.self).map { ($0.content.id, $0.content) }
    ) { first, _ in first }
    findings.noteUnreadable(.remapFilePaths, subject)
    for (_, entry) in subject.messages(.remapFilePaths, RemapFilePathEntry.self) {
      guard let remap = entry.remap, remap.type == .ghost, let file = regular[entry.origID],
        let image = subject.checkpoint.images[.ghostFile, UInt64(remap.id)], image.fault == nil,
        let ghost = image.first(GhostFileEntry.self)
      else { continue }
      let location = subject.firstRecord(of: image.name)
      if file.hasMode, file.mode != ghost.mode {
        findings.report(
          location,
          "ghost_file_entry.mode is \(octal(ghost.mode)), but file \(file.id) has \(octal(file.mode))",
          have: .text(octal(ghost.mode)), need: .text(octal(file.mode)))
      } else if let content = image.ghost, file.hasSize {
        let size = content.isChunked ? content.declaredSize ?? 0 : content.length
        if size != file.size {
          findings.report(
            location, "the content has \(size) bytes, but file \(file.id) has \(file.size)",
            have: .unsigned(size), need: .unsigned(file.size))
        } else if let chunk = content.firstOverrun {
          findings.report(
            .record(
              subject.checkpoint.path(of: image.name), chunk.index, offset: chunk.offset),
            "a chunk of \(chunk.length) bytes at \(chunk.position) goes beyond the \(size) bytes of the file",
            have: .unsigned(chunk.position), need: .unsigned(size))
        }
      }
    }
  }

  //
  private static let remapType = Rule(
    id: "criu.remap-type", stage: .files,
    title: "A deleted file has a stand-in of a kind that CRIU knows",
    why: "CRIU stops with “unknown remap type”.",
    remedy: .donor("remap-fpath.img of the same dump"),
    needs: [.wholeArchive, .images],
    examples: [
      .fires(
        "9",
        .minimal.remapping(2, to: 1, .linked).message(
          ImageName(.remapFilePaths), RemapFilePathEntry.self
        ) { $0.remapType = 9 }),
      .silent("linked", .minimal.remapping(2, to: 1, .linked)),
    ]
  ) { subject, findings in
    findings.noteUnreadable(.remapFilePaths, subject)
    for (location, entry) in subject.messages(.remapFilePaths, RemapFilePathEntry.self)
    where entry.remap == nil {
      findings.report(
        location, "remap_file_path_entry.remap_type is \(entry.remapType)",
        have: .unsigned(UInt64(entry.remapType)), need: "0, 1 or 2")
    }
  }

  //
  private static let terminalShape = Rule(
    id: "criu.tty-shape", stage: .files,
    title: "A terminal is described as its type demands",
    why: "CRIU stops with “No PTY data found”, “Corrupted master peer” or a similar word.",
    remedy: .donor("tty-info.img of the same dump"),
    needs: [.wholeArchive, .images],
    examples: [
      .fires("unknown type", .terminal.terminals { $0.type = 9 }),
      .fires("no number", .terminal.terminals { $0.clearPty() }),
      .fires(
        "console with a number",
        .terminal.terminals { $0.type = TtyInfoEntry.Kind.console.rawValue }),
      .fires("master without size", .terminal.terminals { $0.clearWinsize() }),
      .fires("few control characters", .terminal.terminals { $0.termios.cCc.removeLast() }),
      .fires("number too high", .terminal.terminals { $0.id = 2177 }),
      .silent(
        "slave that was hung up",
        .terminal.terminals {
          $0.rdev = 0x8800
          $0.clearTermios()
          $0.clearTermiosLocked()
          $0.clearWinsize()
        }),
      .silent("whole", .terminal),
    ]
  ) { subject, findings in
    findings.noteUnreadable(.ttyInfo, subject)
    for (location, terminal) in subject.messages(.ttyInfo, TtyInfoEntry.self) {
      guard let (problem, need) = terminal.problem else { continue }
      findings.report(location, "terminal \(terminal.id) \(problem)", need: .text(need))
    }
  }

  //
  private static let scmCount = Rule(
    id: "criu.scm-count", stage: .queues,
    title: "A packet carries descriptors in one message at most",
    why: "CRIU stops with “More than 1 SCM is not possible”.",
    remedy: .donor("sk-queues.img of the same dump"),
    needs: [.wholeArchive, .images],
    examples: [
      .fires("two", .sockets.queueing(socket: 7, rights: [3], [4])),
      .silent("one", .sockets.queueing(socket: 7, rights: [3, 4])),
    ]
  ) { subject, findings in
    findings.noteUnreadable(.socketQueues, subject)
    for (location, packet) in subject.messages(.socketQueues, SkPacketEntry.self)
    where packet.scm.count > 1 {
      findings.report(
        location, "sk_packet_entry.scm has \(packet.scm.count) entries",
        have: .number(Int64(packet.scm.count)), need: "1 at most")
    }
  }

  // §2, criu/sk-tcp.c, tcp_repair_set_window in the kernel
  private static let tcpShape = Rule(
    id: "criu.tcp-shape", stage: .queues,
    title: "A TCP connection has the numbers that the kernel asks for",
    why: "CRIU stops with “No unsq len” or “No rcv wscale”, or when the kernel refuses the window.",
    remedy: .donor("the tcp-stream image of the same dump"), needs: [.wholeArchive, .images],
    examples: [
      .fires("unsent bytes not given", .connection.stream { $0.clearUnsqLen() }),
      .fires("scale not given", .connection.stream { $0.optMask = 4 }),
      .fires(
        "window",
        .connection.stream {
          $0.sndWnd = 100
          $0.maxWindow = 99
        }),
      .silent("no window", .connection),
      .silent(
        "window",
        .connection.stream {
          $0.sndWl1 = 1
          $0.sndWnd = 100
          $0.maxWindow = 100
          $0.rcvWnd = 100
          $0.rcvWup = 1
        }),
    ]
  ) { subject, findings in
    let states = Dictionary(
      subject.openFiles.all(InetSkEntry.self).map { (UInt64($0.content.ino), $0.content.state) }
    ) { first, _ in first }
    for image in subject.imagesOfTypeRead(.tcpStream) {
      let isEstablished = states[image.name.id] == 1
      guard let stream = image.first(TcpStreamEntry.self),
        let (field, need) = stream.missing ?? (isEstablished ? stream.badWindow : nil)
      else { continue }
      findings.report(
        subject.firstRecord(of: image.name),
        "tcp_stream_entry.\(field) of \(image.name) must be \(need)", need: .text(need),
        evidence: ["field": .text("tcp_stream_entry.\(field)")])
    }
  }
}

private func octal(_ mode: UInt32) -> String { "0" + String(mode, radix: 8) }

extension TtyInfoEntry {
  /// What CRIU refuses (collect_one_tty_info_entry in criu/tty.c), and what there should be.
  fileprivate var problem: (String, need: String)? {
    guard let kind else { return ("is of type \(type)", "1 to 6") }
    if (kind == .pty) != hasPty {
      return hasPty
        ? ("is no pseudo terminal, but has the number of one", "no tty_info_entry.pty")
        : ("is a pseudo terminal without number", "tty_info_entry.pty")
    }
    let settings = [hasTermios, hasTermiosLocked, hasWinsize]
    if settings.contains(false), isMaster || settings.contains(true) {
      return ("has its settings in part", "termios, termios_locked and winsize")
    }
    for entry in [termios, termiosLocked] where hasTermios && entry.cCc.count < Self.characters {
      return ("has \(entry.cCc.count) control characters", "\(Self.characters)")
    }
    if hasTermios, id > Self.mostTerminals { return ("has too high a number", "2176 at most") }
    return nil
  }

  /// TERMIOS_NCC
  private static let characters = 19
  /// Twice MAX_TTYS of criu/tty.c.
  private static let mostTerminals: UInt32 = 2176
}

extension TcpStreamEntry {
  /// A field that CRIU cannot do without.
  fileprivate var missing: (field: String, need: String)? {
    if !hasUnsqLen { return ("unsq_len", "given") }
    if optMask & Self.windowScale != 0, !hasRcvWscale { return ("rcv_wscale", "given") }
    if optMask & Self.timestamps != 0, !hasTimestamp { return ("timestamp", "given") }
    return nil
  }

  /// What the kernel refuses as the window of an established connection; for others CRIU counts the
  /// FIN that it will send.
  fileprivate var badWindow: (field: String, need: String)? {
    guard hasSndWnd else { return nil }
    if maxWindow < sndWnd { return ("max_window", "snd_wnd \(sndWnd) at least") }
    if isAfter(rcvWup, inqSeq) { return ("rcv_wup", "inq_seq \(inqSeq) at most") }
    if isAfter(sndWl1, inqSeq &+ rcvWnd) {
      return ("snd_wl1", "within rcv_wnd \(rcvWnd) of inq_seq \(inqSeq)")
    }
    return nil
  }

  /// Sequence numbers wrap around.
  private func isAfter(_ left: UInt32, _ right: UInt32) -> Bool {
    Int32(bitPattern: left &- right) > 0
  }

  /// TCPI_OPT_TIMESTAMPS and TCPI_OPT_WSCALE
  private static let timestamps: UInt32 = 1
  private static let windowScale: UInt32 = 4
}
