import Archive
import CRIUImages
import Checkpoint
import Foundation
import Support
import SwiftProtobuf

@testable import Verify

/// A checkpoint with a marker in each place where one holds secrets.
enum Secrets {
  /// The places, whose names make the markers.
  static let places = [
    "PAGES", "SHARED", "ENV", "ARGS", "CONFIGENV", "CONFIGARGS", "CREATE", "PIPE", "FIFO", "SOCKET",
    "TCP", "TTY", "GHOST", "MESSAGE", "ROOTFS", "DEVSHM", "VOLUME", "TMPFS", "LOG", "REGISTERS",
  ]

  static func marker(_ place: String) -> String { "Zq7\(place)Xk9" }

  private static func text(_ place: String) -> [UInt8] { Array(marker(place).utf8) }

  /// The marker again and again, so many bytes.
  private static func filled(_ place: String, _ count: Int) -> [UInt8] {
    let text = text(place)
    return (0..<count).map { text[$0 % text.count] }
  }

  static let sketch: Sketch = {
    let environment = { (place: String) in #"["PATH=/bin","PASSWORD=\#(marker(place))"]"# }
    let arguments = { (place: String) in #"["sh","-c","login \#(marker(place))"]"# }
    return Sketch.minimal
      .setting("spec.dump", "/process/env", to: environment("ENV"))
      .setting("spec.dump", "/process/args", to: arguments("ARGS"))
      .setting("config.dump", "/spec/process/env", to: environment("CONFIGENV"))
      .setting("config.dump", "/spec/process/args", to: arguments("CONFIGARGS"))
      .setting("config.dump", "/CreateCommand", to: arguments("CREATE"))
      .replacing("checkpoint/pages-1.img", filled("PAGES", 4096))
      .adding("checkpoint/pages-2.img", filled("SHARED", 4096))
      .records(
        ImageName(.pipesData),
        [
          .init(
            PipeDataEntry.with {
              $0.pipeID = 1001; $0.bytes = 64
            }, payload: filled("PIPE", 64))
        ]
      )
      .records(
        ImageName(.fifoData),
        [
          .init(
            PipeDataEntry.with {
              $0.pipeID = 7; $0.bytes = 64
            }, payload: filled("FIFO", 64))
        ]
      )
      .records(
        ImageName(.socketQueues),
        [
          .init(
            SkPacketEntry.with {
              $0.idFor = 3; $0.length = 64
            }, payload: filled("SOCKET", 64))
        ]
      )
      .records(
        ImageName(.tcpStream, 9),
        [
          .init(
            TcpStreamEntry.with {
              $0.inqLen = 64
              $0.inqSeq = 1
              $0.outqLen = 64
              $0.outqSeq = 1
              $0.optMask = 0
              $0.sndWscale = 0
              $0.mssClamp = 0
            }, payload: filled("TCP", 128))
        ]
      )
      .image(
        ImageName(.ttyData),
        [
          TtyDataEntry.with {
            $0.ttyID = 4; $0.data = Data(filled("TTY", 64))
          }
        ]
      )
      .records(
        ImageName(.ghostFile, 1),
        [
          .init(
            GhostFileEntry.with {
              $0.uid = 0; $0.gid = 0; $0.mode = 0o100600
            },
            payload: filled("GHOST", 64))
        ]
      )
      .records(
        ImageName(.ipcMsg, 11),
        [
          .init(
            IpcMsgEntry.with {
              $0.desc = Sketch.sharedSegment(0).desc
              $0.qbytes = 16384
              $0.qnum = 1
            }),
          .init(
            IpcMsg.with {
              $0.mtype = 1; $0.msize = 64
            }, payload: filled("MESSAGE", 64)),
        ]
      )
      .adding("rootfs-diff.tar", Sketch.tar([Sketch.file("etc/x", filled("ROOTFS", 2000))]))
      .replacing("devshm-checkpoint.tar", Sketch.tar([Sketch.file("x", filled("DEVSHM", 2000))]))
      .adding("volumes/v.tar", Sketch.tar([Sketch.file("x", filled("VOLUME", 2000))]))
      .replacing(
        "checkpoint/tmpfs-dev-109.tar.gz.img",
        Sketch.tar([Sketch.file("x", filled("TMPFS", 2000))], .gzip)
      )
      .adding("ctr.log", filled("LOG", 2000))
      .core(1) { core in
        let words = filled("REGISTERS", 64).withUnsafeBytes {
          Array($0.bindMemory(to: UInt64.self))
        }
        core.threadInfo.gpregs.r15 = words[0]
        core.threadInfo.gpregs.r14 = words[1]
        core.threadInfo.fpregs.stSpace = filled("REGISTERS", 128).map(UInt32.init)
      }
  }()

  /// The same, with damage that makes messages quote what they find.
  static let damaged: [(name: String, sketch: Sketch)] = [
    ("whole", sketch),
    (
      "environment is a text",
      sketch.setting("spec.dump", "/process/env", to: "\"\(marker("ENV"))\"")
    ),
    (
      "environment holds an object",
      sketch.setting("spec.dump", "/process/env", to: #"[{"a":"\#(marker("ENV"))"}]"#)
    ),
    (
      "arguments are a number and a text",
      sketch.setting("config.dump", "/spec/process/args", to: #"[7,"\#(marker("ARGS"))"]"#)
    ),
    (
      "rubbish in the document",
      sketch.replacing("spec.dump", text: #"{"process":{"env":["A=\#(marker("ENV"))"x]}}"#)
    ),
    ("text that does not end", sketch.replacing("spec.dump", text: #"{"env":"\#(marker("ENV"))"#)),
    (
      "escape that is none",
      sketch.replacing("spec.dump", text: #"{"env":"\#(marker("ENV"))\q"}"#)
    ),
    ("image of a queue cut", sketch.resizing("checkpoint/pipes-data.img", by: -9)),
    ("ghost that is none", sketch.replacing("checkpoint/ghost-file-1.img", filled("GHOST", 200))),
    ("core that is none", sketch.replacing("checkpoint/core-1.img", filled("PAGES", 200))),
    (
      "terminal's data that is none",
      sketch.replacing("checkpoint/tty-data.img", filled("TTY", 200))
    ),
    ("pages short", sketch.resizing("checkpoint/pages-1.img", by: -100)),
    ("nested tar that is none", sketch.replacing("rootfs-diff.tar", filled("ROOTFS", 3000))),
    (
      "shared memory that is none",
      sketch.replacing("devshm-checkpoint.tar", filled("DEVSHM", 3000))
    ),
    (
      "descriptors that are none",
      sketch.replacing("checkpoint/descriptors.json", text: "\"\(marker("PIPE"))\"")
    ),
  ]

  static func archive(_ sketch: Sketch) -> [UInt8] {
    var tar = TarBuilder()
    tar.add(sketch)
    tar.end()
    return tar.bytes
  }

  /// The markers that `text` holds: as they are, in hexadecimal, or in base64 at any offset.
  static func found(in text: [UInt8]) -> [String] {
    let text = String(decoding: text, as: UTF8.self)
    return places.filter { place in
      // A part is enough: what is filled with markers may begin anywhere.
      let core = "7\(place)Xk"
      var forms = [core, hex(core), hex(core).uppercased()]
      for shift in 0..<3 {
        let encoded = Data((String(repeating: "_", count: shift) + core).utf8).base64EncodedString()
        forms.append(String(encoded.filter { $0 != "=" }.dropFirst(shift == 0 ? 0 : 4).dropLast(2)))
      }
      return forms.contains { text.contains($0) }
    }
  }

  private static func hex(_ text: String) -> String {
    text.utf8.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }
}
