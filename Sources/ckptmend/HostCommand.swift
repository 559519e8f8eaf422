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

/// A host as an option names it: `this` is the one that the program runs on, everything else a
/// document of facts.
struct ChosenHost {
  private let isThis: Bool
  private let facts: HostFacts

  var name: String { facts.name }

  /// Probes this host, or reads the document.
  init(_ name: String) throws {
    isThis = name == "this"
    do {
      facts = isThis ? HostProbe.run() : try HostFacts(json: WholeFile.read(name))
    } catch let error as ArchiveError {
      throw Failure(error)
    } catch let error as HostFactsError {
      throw Failure(.unreadable, "\(Escape.text(name)): \(error)")
    }
  }

  /// The facts; of this host also about every path that the checkpoint asks about.
  func facts(for checkpoint: Checkpoint) -> HostFacts {
    isThis ? HostProbe.adding(Subject(checkpoint).allHostPaths, to: facts) : facts
  }
}
