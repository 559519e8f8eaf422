import Archive
import Glibc

/// What the commands need that read an input more than once.
enum Rereading {
  /// Refuses what can be read only once, before anything waits for its writer. `work` is what needs
  /// it: “repair”.
  static func check(_ path: String, for work: String) throws {
    var status = stat()
    guard stat(path, &status) == 0, [S_IFIFO, S_IFSOCK].contains(status.st_mode & S_IFMT) else {
      return
    }
    throw Failure(
      .usage, "\(work) reads its inputs more than once: \(Escape.text(path)) is a pipe, give a file"
    )
  }
}
