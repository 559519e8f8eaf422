import Glibc
import SystemPackage

extension Output {
  /// Refuses a place that is one of the inputs, by whatever name, or lies inside an input folder:
  /// an input is never changed.
  public static func check(_ path: String, isApartFrom inputs: [String]) throws(ArchiveError) {
    let target = FilePath(path)
    let folder = target.removingLastComponent()
    guard let name = target.lastComponent, let parent = resolved(folder.isEmpty ? "." : folder)
    else { return }
    let place = resolved(target) ?? parent.appending(name)
    for input in inputs {
      guard let source = resolved(FilePath(input)) else { continue }
      if place == source {
        throw .cannotWrite(path: path, reason: "it is the input \(Escape.text(input))")
      }
      if place.starts(with: source) {
        throw .cannotWrite(path: path, reason: "it lies inside the input \(Escape.text(input))")
      }
    }
  }

  /// The path without links; nil if nothing is there.
  private static func resolved(_ path: FilePath) -> FilePath? {
    guard let text = realpath(path.string, nil) else { return nil }
    defer { free(text) }
    return FilePath(platformString: text)
  }
}
