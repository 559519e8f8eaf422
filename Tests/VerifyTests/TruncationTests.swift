import Archive
import Checkpoint
import Testing
import Verify

/// A small checkpoint, cut at every byte of its archive. The reader's own tests cut a plain tar at
/// every byte, too; here, before its last entries, every 97th has to do.
@Suite struct TruncationTests {
  static func cuts(_ whole: [UInt8], _ compression: Compression) -> [Int] {
    let tail = compression == .none ? whole.count - 3 * 1024 : 0
    return Array(stride(from: 0, to: tail, by: 97)) + Array(tail..<whole.count)
  }

  /// Nothing is called restorable, except a tar that lost only zeros of its end marker's second
  /// block: no entry can be missing there, and a warning says so.
  @Test(arguments: [Compression.none, .gzip, .zstd])
  func isNeverCalledRestorable(_ compression: Compression) throws {
    let whole = Sketch.tar(Sketch.minimalImages.files, compression)
    #expect(try Self.report(whole).verdict == .restorable)
    for length in Self.cuts(whole, compression) {
      let report = try Self.report(Array(whole.prefix(length)))
      let isFirstBlockWhole = compression == .none && length == whole.count - 512
      #expect((report.verdict == .restorable) == isFirstBlockWhole, "cut at \(length)")
      #expect(report.findings.contains { $0.severity >= .warning }, "cut at \(length)")
    }
  }

  private static func report(_ bytes: [UInt8]) throws -> Report {
    let reader: ArchiveReader
    do {
      reader = try ArchiveReader(bytes: bytes)
    } catch ArchiveError.damaged(let damage) {
      let source = Checkpoint.Source(
        path: "cut", form: .tar, compression: .none, storedSize: Int64(bytes.count))
      return Verifier.verify(Checkpoint(source: source, entries: [], damage: damage, tail: nil))
    }
    return Verifier.verify(try Checkpoint.load(reader, path: "cut"))
  }
}
