import Glibc
import SystemPackage

extension Output {
  /// The path that means standard output.
  public static let standardOutput = "-"

  /// Refuses a place that is one of the inputs, by whatever name, or lies inside an input folder:
  /// an input is never changed.
  public static func check(_ path: String, isApartFrom inputs: [String]) throws(ArchiveError) {
    if path == standardOutput {
      guard let place = resolved("/proc/self/fd/1") else { return }
      return try check(place, path: path, isApartFrom: inputs)
    }
    let target = FilePath(path)
    let folder = target.removingLastComponent()
    guard let name = target.lastComponent, let parent = resolved(folder.isEmpty ? "." : folder)
    else { return }
    try check(resolved(target) ?? parent.appending(name), path: path, isApartFrom: inputs)
  }

  private static func check(_ place: FilePath, path: String, isApartFrom inputs: [String])
    throws(ArchiveError)
  {
    for input in inputs {
      guard let source = resolved(input == "-" ? "/proc/self/fd/0" : FilePath(input)) else {
        continue
      }
      if place == source {
        throw .cannotWrite(path: path, reason: "it is the input \(Escape.text(input))")
      }
      if place.starts(with: source) {
        throw .cannotWrite(path: path, reason: "it lies inside the input \(Escape.text(input))")
      }
    }
  }

  /// The path without links; nil if nothing is there, as for a pipe among the open files.
  private static func resolved(_ path: FilePath) -> FilePath? {
    guard let text = realpath(path.string, nil) else { return nil }
    defer { free(text) }
    return FilePath(platformString: text)
  }
}
