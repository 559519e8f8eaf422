import Archive
import Checkpoint
import Verify

/// Reads an archive, a tar or a compressed one, whole and entry by entry; judges it and shows it.
///
/// A compressed stream has checksums that a fuzzer does not find: what is behind a decoder is reached
/// by the seeds that are plain tars. What an input is, its own magic number says.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ data: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
  let input = UnsafeBufferPointer(start: data, count: count)
  guard let choice = Choice(input) else { return 0 }
  let bytes = Array(input.dropFirst(2))
  walk(bytes)
  if choice.judges, let reader = try? ArchiveReader(bytes: bytes, limits: limits),
    let checkpoint = try? Checkpoint.load(reader, path: "fuzz.tar", limits: limits)
  {
    checkReports(Verifier.verify(checkpoint))
    checkPrintable(Inspection(checkpoint, details: .all).text)
  }
  return 0
}

/// So small that they are reached.
private let limits: Limits = {
  var limits = Limits()
  (limits.entries, limits.depth, limits.holes) = (64, 6, 1 << 24)
  (limits.documentBytes, limits.recordBytes, limits.keptBytes) = (1 << 14, 1 << 14, 1 << 16)
  limits.windowBytes = 1 << 20
  return limits
}()

/// The entries with their bytes, of archives in it, too.
private func walk(_ bytes: [UInt8]) {
  guard var reader = try? ArchiveReader(bytes: bytes, limits: limits) else { return }
  do {
    var entries = 0
    while let entry = try reader.next() {
      entries += 1
      check(entries <= limits.entries, "more entries than the limit")
      checkPrintable(entry.name.path)
      if entries.isMultiple(of: 3), var nested = try? reader.nested() {
        while try nested.next() != nil {}
        continue
      }
      var size: Int64 = 0
      while let chunk = try reader.nextChunk() { size += Int64(chunk.count) }
      check(size <= entry.size, "an entry of \(entry.size) bytes has \(size)")
    }
  } catch {
    checkPrintable("\(error)")
  }
}

/// No entry of an archive is a seed by itself.
func seedKind(of path: String) -> Int? { nil }

let moreSeeds: [(kind: Int, bytes: [UInt8])] = {
  BaseCheckpoint.all.flatMap { base in
    Compression.allCases.map { (kind: 0, bytes: Sketch.tar(base.sketch.files, $0)) }
  }
}()
