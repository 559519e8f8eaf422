import Archive
import Checkpoint
import Glibc
import Verify

/// Ends the program if something that must hold does not: libFuzzer keeps the input.
func check(_ condition: Bool, _ message: @autoclosure () -> String) {
  if !condition { fatalError(message()) }
}

/// The first bytes of an input, which say what to do with the rest.
struct Choice {
  /// What the rest is; to be taken modulo the number of possibilities.
  let kind: Int
  /// Into which checkpoint it is put.
  let base: BaseCheckpoint
  /// Judging a checkpoint takes a hundred times as long as reading a file. It falls to one input in
  /// sixteen, by a checksum, so that the fuzzer cannot come to prefer the slow ones.
  let judges: Bool

  /// nil for inputs without a rest.
  init?(_ bytes: UnsafeBufferPointer<UInt8>) {
    guard bytes.count > 2 else { return nil }
    kind = Int(bytes[0])
    base = BaseCheckpoint.all[Int(bytes[1]) % BaseCheckpoint.all.count]
    judges = bytes.reduce(UInt32(0)) { ($0 ^ UInt32($1)) &* 16_777_619 } >> 28 == 0
  }

  static func bytes(kind: Int, base: Int) -> [UInt8] {
    [UInt8(truncatingIfNeeded: kind), UInt8(truncatingIfNeeded: base)]
  }
}

/// A good checkpoint, into which an input is put.
struct BaseCheckpoint {
  let sketch: Sketch
  let checkpoint: Checkpoint

  static let all = [Sketch.minimal, .minimalCRIO, .minimalContainerd].map {
    BaseCheckpoint(sketch: $0, checkpoint: $0.checkpoint)
  }

  /// Judges and shows the checkpoint with one entry replaced or added.
  func judge(_ path: String, _ content: StoredEntry.Content, size: Int) {
    let entry = Entry(name: EntryName(path), kind: .file, size: Int64(size))
    let changed = Checkpoint(
      source: checkpoint.source,
      entries: checkpoint.entries.filter { $0.path != path } + [StoredEntry(entry, content)],
      damage: nil, tail: checkpoint.tail)
    checkReports(Verifier.verify(changed))
    let inspection = Inspection(changed, details: [.files, .sockets, .mounts, .secrets])
    checkPrintable(inspection.text)
    check((try? inspection.json()) != nil, "an inspection has no JSON form")
  }
}

/// Every form of a report can be written, and holds nothing that a terminal acts on.
func checkReports(_ report: Report) {
  let outcome = Outcome(path: report.subject.path, .success(report))
  var summary = RunSummary()
  summary.add(outcome)
  var style = ReportStyle()
  style.showsNotes = true
  let writers: [any ReportWriter] = [
    TextWriter(style), JSONWriter(style), LinesWriter(), SARIFWriter(style), JUnitWriter(style),
    GitHubWriter(style), MarkdownWriter(style), HTMLWriter(),
  ]
  for var writer in writers {
    do {
      checkPrintable(try writer.add(outcome) + writer.finish(summary))
    } catch {
      check(false, "\(type(of: writer)): \(error)")
    }
  }
}

/// Text from a checkpoint must not reach a terminal as it is.
func checkPrintable(_ text: String) {
  let control = text.unicodeScalars.first { scalar in
    switch scalar.properties.generalCategory {
    case .control: scalar != "\n"
    case .format, .lineSeparator, .paragraphSeparator: true
    default: false
    }
  }
  check(control == nil, "a control character is printed: \(Escape.text(text))")
}

/// Called before anything else. With `--seeds FOLDER ARCHIVE…` the program writes what it could be
/// fed from the entries of these archives, and ends.
@_cdecl("LLVMFuzzerInitialize")
public func initialize(_: UnsafeMutableRawPointer?, _: UnsafeMutableRawPointer?) -> Int32 {
  let arguments = CommandLine.arguments
  guard arguments.count > 2, arguments[1] == "--seeds" else { return 0 }
  do {
    var count = 0
    for path in arguments.dropFirst(3) {
      var reader = try ArchiveReader(path: path)
      while let entry = try reader.next() {
        var bytes: [UInt8] = []
        while let chunk = try reader.nextChunk() { bytes += chunk }
        let largest = 32 << 10
        guard bytes.count <= largest, let kind = seedKind(of: entry.name.path) else { continue }
        count += 1
        write(Choice.bytes(kind: kind, base: count) + bytes, to: "\(arguments[2])/\(count)")
      }
    }
    for (kind, bytes) in moreSeeds {
      count += 1
      write(Choice.bytes(kind: kind, base: count) + bytes, to: "\(arguments[2])/\(count)")
    }
    exit(0)
  } catch {
    fatalError("cannot make seeds: \(error)")
  }
}

func write(_ bytes: [UInt8], to path: String) {
  guard let file = fopen(path, "w") else { fatalError("cannot write \(path)") }
  defer { fclose(file) }
  check(fwrite(bytes, 1, bytes.count, file) == bytes.count, "cannot write \(path)")
}
