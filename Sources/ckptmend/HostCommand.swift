import Archive
import ArgumentParser
import Checkpoint
import Host
import Verify

struct HostCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "host",
    abstract: "Print facts about this host as JSON, for --host on another.",
    discussion: """
      Example: ckptmend host > node7.json

      Needs no root. What cannot be found out is named on standard error, too. Then,
      elsewhere: ckptmend repair checkpoint.tar --host node7.json -o clean.tar
      """)

  @Argument(
    help: "Checkpoints whose mountpoints, bind sources and other paths are looked for, too.")
  var checkpoints: [String] = []

  func run() throws {
    var paths: [String] = []
    do throws(ArchiveError) {
      for path in checkpoints { paths += Subject(try Checkpoint.load(path: path)).allHostPaths }
    } catch {
      throw Failure(error)
    }
    let facts = HostProbe.run(paths: paths)
    for gap in facts.unknown {
      Console.note("unknown: \(Escape.text(gap.fact)): \(Escape.text(gap.reason))")
    }
    Console.out(String(decoding: facts.json(), as: UTF8.self))
  }
}

/// The option that names a host.
enum HostOptions {
  /// `this` is the host that the program runs on; everything else is a document of facts.
  static func facts(_ name: String, for checkpoint: Checkpoint) throws -> HostFacts {
    name == "this" ? this(for: checkpoint) : try recorded(name)
  }

  /// This host, with every path that the checkpoint asks about.
  static func this(for checkpoint: Checkpoint) -> HostFacts {
    HostProbe.run(paths: Subject(checkpoint).allHostPaths)
  }

  static func recorded(_ name: String) throws -> HostFacts {
    do {
      return try HostFacts(json: WholeFile.read(name))
    } catch let error as ArchiveError {
      throw Failure(error)
    } catch let error as HostFactsError {
      throw Failure(.unreadable, "\(Escape.text(name)): \(error)")
    }
  }
}
