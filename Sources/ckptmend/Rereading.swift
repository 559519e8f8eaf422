import Archive

/// What the commands need that read an input more than once.
enum Rereading {
  /// Refuses what can be read only once, before anything waits for its writer. `work` is what needs
  /// it: “repair”.
  static func check(_ path: String, for work: String) throws {
    if ArchiveReader.isStream(path) {
      throw Failure(
        .usage,
        "\(work) reads its inputs more than once: \(Escape.text(path)) is a pipe, give a file")
    }
  }
}
