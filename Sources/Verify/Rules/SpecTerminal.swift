import CRIUImages
import Checkpoint
import Documents
import SwiftProtobuf

/// The specification against the terminals in the images.
extension Rule {
  static let terminalRules: [Rule] = [terminalNeeded]

  private static let terminalNeeded = Rule(
    id: "spec.terminal-needed", stage: .options,
    title: "A container with an outside terminal asks for one",
    why: """
      The slave of a pseudo terminal whose master was outside takes its session from the engine's \
      new terminal: “Don't have tty to inherit session from”.
      """,
    remedy: .edit("set process.terminal to true in spec.dump, or bring spec.dump from a donor"),
    needs: [
      .wholeArchive, .container, .document(.spec), .engine([.podman, .criO]), .image(.files),
    ],
    examples: [
      .fires("slave alone", slaveAlone),
      .silent("asked for", slaveAlone.setting("spec.dump", "/process/terminal", to: "true")),
      .silent("own pair", .terminal),
    ]
  ) { subject, findings in
    guard subject.spec?.process?.terminal == false else { return }
    findings.noteUnreadable(.ttyInfo, subject)
    let infos = subject.checkpoint.images[.ttyInfo]?.messages(TtyInfoEntry.self) ?? []
    let pairs = infos.filter { $0.message.kind == .pty && $0.message.hasPty }
    let masters = Set(pairs.filter { $0.message.isMaster }.map(\.message.pty.index))
    for (record, slave) in pairs where !slave.isMaster && !masters.contains(slave.pty.index) {
      findings.report(
        .record(
          subject.checkpoint.path(ofImageFile: "tty-info.img"), record.index, offset: record.offset),
        "terminal \(slave.pty.index) came from outside, and spec.dump asks for none",
        have: .flag(false), need: .flag(true))
    }
  }

  /// The terminal is the slave of a pair whose master is not in the images.
  private static var slaveAlone: Sketch {
    Sketch.terminal.messages(ImageName(.ttyInfo), TtyInfoEntry.self) { $0[0].rdev = 136 << 8 }
  }
}
