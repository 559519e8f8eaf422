import Glibc
import SystemPackage

extension Output {
  /// The path that means standard output.
  public static let standardOutput = "-"

  /// Refuses a place that is one of the inputs, by whatever name, or lies inside an input folder:
  /// an input is never changed.
  public static func check(_ path: String, isApartFrom inputs: [String]) throws(ArchiveError) {
    if path == standardOutput {
      guard let place = try resolved("/proc/self/fd/1", path) else { return }
      return try check(place, path: path, isApartFrom: inputs)
    }
    let target = FilePath(path)
    let folder = target.removingLastComponent()
    guard let name = target.lastComponent,
      let parent = try resolved(folder.isEmpty ? "." : folder, path)
    else { return }
    try check(try resolved(target, path) ?? parent.appending(name), path: path, isApartFrom: inputs)
  }

  private static func check(_ place: FilePath, path: String, isApartFrom inputs: [String])
    throws(ArchiveError)
  {
    for input in inputs {
      guard let source = try resolved(input == "-" ? "/proc/self/fd/0" : FilePath(input), path)
      else { continue }
      if place == source {
        throw .cannotWrite(path: path, reason: "it is the input \(Escape.text(input))")
      }
      if place.starts(with: source) {
        throw .cannotWrite(path: path, reason: "it lies inside the input \(Escape.text(input))")
      }
    }
  }

  /// The path without links; nil if nothing is there, as for a pipe among the open files. What
  /// cannot be found out is no leave to write.
  private static func resolved(_ path: FilePath, _ output: String) throws(ArchiveError)
    -> FilePath?
  {
    guard let text = realpath(path.string, nil) else {
      if [ENOENT, ENOTDIR].contains(errno) { return nil }
      throw .cannotWrite(
        path: output, reason: "\(Escape.text(path.string)): \(Errno(rawValue: errno))")
    }
    defer { free(text) }
    return FilePath(platformString: text)
  }
}
