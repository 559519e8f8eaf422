import CLibArchive

/// Says with numbers what libarchive could not read.
enum TarFailure {
  /// Why the header that begins at `start` cannot be read. `isRetry` is libarchive's status for a
  /// wrong checksum.
  static func ofHeader(
    at start: Int64, _ handle: OpaquePointer, _ source: CallbackSource, isRetry: Bool = false
  ) -> ArchiveError {
    let words = ReadHandle.message(handle)
    if let error = source.error {
      guard case .damaged(let damage) = error else { return error }
      return .damaged(shortHeader(start, source, damage))
    }
    if let error = ReadHandle.outOfMemory(handle) { return error }
    if words.contains("Unrecognized archive format") {
      return .damaged(Damage(.notTar, detail: words))
    }
    let header = source.header(endingAt: archive_filter_bytes(handle, 0))
    if isRetry {
      return .damaged(
        Damage(
          .badHeader, have: header?.checksum, need: header?.storedChecksum,
          unit: "as header checksum", detail: words))
    }
    let hasEnded = words.lowercased().contains("truncated") || archive_error_string(handle) == nil
    if source.ended, hasEnded {
      return .damaged(
        shortHeader(start, source, Damage(.truncated, detail: "the archive ends inside a header")))
    }
    guard words.contains("size") else { return .damaged(Damage(.badHeader, detail: words)) }
    let isOfHeader = words.hasPrefix("Tar entry")
    let value = isOfHeader ? header.map { ": the header says \($0.sizeText)" } : nil
    return .damaged(Damage(.badSize, detail: words + (value ?? "")))
  }

  /// Adds how much of the header is there, in whole blocks as far as it was needed.
  private static func shortHeader(_ start: Int64, _ source: CallbackSource, _ damage: Damage)
    -> Damage
  {
    if damage.have != nil || damage.need != nil { return damage }
    var damage = damage
    let have = max(0, source.position - start)
    damage.have = UInt64(have)
    damage.need = UInt64((have / HeaderBlock.size + 1) * HeaderBlock.size)
    return damage
  }
}

extension ArchiveError {
  /// Names the last good entry, if this is damage that does not yet.
  func withLastGood(_ name: EntryName?) -> ArchiveError {
    guard case .damaged(var damage) = self, damage.lastGood == nil else { return self }
    damage.lastGood = name
    return .damaged(damage)
  }
}
