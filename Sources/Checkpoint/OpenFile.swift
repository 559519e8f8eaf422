public import Archive

extension Checkpoint {
  /// Reads the file that `descriptor` has open, and closes it; `path` is what reports call it.
  public static func load(
    takingOver descriptor: Int32, path: String, limits: Limits = Limits()
  ) throws(ArchiveError) -> Checkpoint {
    let reader: ArchiveReader
    do throws(ArchiveError) {
      reader = try ArchiveReader(takingOver: descriptor, path: path, limits: limits)
    } catch {
      // What is damaged from the start is a checkpoint, too, and rules judge it.
      guard case .damaged(let damage) = error else { throw error }
      return Checkpoint(
        source: Source(path: path, form: .tar, compression: .none, storedSize: nil),
        entries: [], damage: damage, tail: nil)
    }
    return try load(reader, path: path, limits: limits)
  }
}
