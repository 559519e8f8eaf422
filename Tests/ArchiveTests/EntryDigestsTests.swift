import Archive
import Support
import Testing

@Suite struct EntryDigestsTests {
  /// `printf abc | sha256sum`
  private static let abc = "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"

  private static let entries: [(entry: Entry, bytes: [UInt8])] = [
    (Entry(name: EntryName("a"), kind: .file, size: 3), Array("abc".utf8)),
    (Entry(name: EntryName("d"), kind: .directory), []),
    (Entry(name: EntryName("b"), kind: .file, size: 3), Array("abc".utf8)),
  ]

  /// Whether the caller reads the bytes or passes over them.
  @Test(arguments: [true, false])
  func everyEntryIsHashed(_ reads: Bool) throws {
    let digests = EntryDigests()
    var reader = try ArchiveReader(bytes: ArchiveBytes.make(Self.entries, compression: .zstd))
    reader.digest(into: digests)
    while try reader.next() != nil {
      if reads { while try reader.nextChunk() != nil {} }
    }
    #expect(digests.values == [Self.abc, nil, Self.abc])
    #expect(reader.tail?.markerIsZero == true)
  }

  @Test func aCutEntryIsToldFromAWholeOne() throws {
    var state: UInt64 = 1
    let noise = (0..<300_000).map { _ in
      state = state &* 6_364_136_223_846_793_005 &+ 1
      return UInt8(truncatingIfNeeded: state >> 33)
    }
    let entry = Entry(name: EntryName("a"), kind: .file, size: Int64(noise.count))
    let whole = try ArchiveBytes.make([(entry, noise)], compression: .zstd)
    let digests = EntryDigests()
    var reader = try ArchiveReader(bytes: Array(whole.prefix(whole.count / 2)))
    reader.digest(into: digests)
    _ = try reader.next()
    do {
      while try reader.next() != nil {}
      Issue.record("the cut was not noticed")
    } catch {}
    #expect(digests.values.count == 1)
    #expect(digests.values[0]?.hasPrefix("start only, sha256:") == true)
  }
}
