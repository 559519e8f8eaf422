import Archive
import ArgumentParser

/// Options that say what is judged.
struct InputOptions: ParsableArguments {
  @Argument(
    help: ArgumentHelp(
      "Checkpoints: archives, unpacked folders, OCI images; - is standard input.",
      valueName: "path"))
  var paths: [String] = []

  @Flag(
    name: .shortAndLong,
    help: """
      Look through the folders among the paths for archives, unpacked checkpoints and OCI images. \
      Links are not followed.
      """)
  var recursive = false

  @Option(
    help: ArgumentHelp(
      "Take more paths from this file, one on each line; - is standard input.",
      valueName: "file"))
  var fromFile: [String] = []

  @Flag(name: .customLong("null"), help: "In --from-file, paths end in NUL, as of find -print0.")
  var endsInNull = false

  @Option(help: "How many inputs are judged at a time; the output is the same.")
  var jobs: Int = Processors.usable

  func validate() throws {
    if paths.isEmpty && fromFile.isEmpty {
      throw ValidationError("name what is to be judged: a PATH, or --from-file")
    }
    if endsInNull, fromFile.isEmpty { throw ValidationError("--null is for --from-file") }
    guard (1...256).contains(jobs) else { throw ValidationError("--jobs is 1 to 256") }
  }

  /// Whether the report is about a list, even where that has one item.
  var isList: Bool { recursive || !fromFile.isEmpty || paths.count > 1 }

  /// Everything to be judged, in the order in which it was named.
  func inputs() throws -> [Input] {
    var named = paths
    for file in fromFile { named += try listed(in: file) }
    if named.isEmpty { throw Failure(.usage, "there is nothing to judge: the list is empty") }
    if (named + fromFile).count(where: { $0 == "-" }) > 1 {
      throw Failure(.usage, "standard input (-) can be read only once")
    }
    return recursive ? named.flatMap { FolderWalk.inputs(in: $0) } : named.map { Input($0) }
  }

  private func listed(in file: String) throws -> [String] {
    do throws(ArchiveError) {
      let separator: UInt8 = endsInNull ? 0 : 0x0A
      return try WholeFile.read(file).split(separator: separator).map {
        String(decoding: $0, as: UTF8.self)
      }
    } catch {
      throw Failure(error)
    }
  }
}

/// One thing to be judged, or why it cannot be.
struct Input: Sendable, Hashable {
  var path: String
  var error: ArchiveError?

  /// Whether it is a pipe or the like.
  var isStream: Bool { error == nil && ArchiveReader.isStream(path) }

  init(_ path: String, _ error: ArchiveError? = nil) {
    self.path = path
    self.error = error
  }
}
