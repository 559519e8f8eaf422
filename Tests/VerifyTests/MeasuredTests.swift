import Archive
import CRIUImages
import Checkpoint
import Support
import Testing

@testable import Verify

/// The tables of criu-images.md, §4: what a real restore did with a damaged set, against what the
/// verifier says about the same damage.
@Suite struct MeasuredTests {
  @Test(arguments: Measured.deletions) func deletion(_ row: Measured) throws { try check(row) }

  @Test(arguments: Measured.truncations) func truncation(_ row: Measured) throws { try check(row) }

  @Test(arguments: Measured.fields) func field(_ row: Measured) throws { try check(row) }

  private func check(_ row: Measured) throws {
    let base = try row.base.make()
    let damaged = row.damage(base)
    #expect(
      base.files.map(\.entry) != damaged.files.map(\.entry)
        || base.files.map(\.bytes) != damaged.files.map(\.bytes), "nothing was changed")
    let report = Verifier.verify(damaged.checkpoint)
    let errors = report.findings.filter { $0.severity == .error }
    let told = errors.map { "\($0.rule), \($0.consequence): \($0.message)" }

    #expect(report.verdict == row.outcome.verdict, "\(told)")
    guard case .found(let rule, let consequences) = row.outcome else {
      #expect(told == [])
      if case .suspected(let rule) = row.outcome {
        let found = report.findings.filter { $0.rule == rule }
        #expect(found.map(\.consequence) == [.silentLoss])
      }
      return
    }
    let found = errors.filter { $0.rule == rule }
    #expect(!found.isEmpty, "\(told)")
    #expect(found.allSatisfy { consequences.contains($0.consequence) }, "\(told)")
    // The damage is one thing, so that nothing else may claim to be what stops the restore.
    let others = errors.filter { $0.rule != rule && $0.consequence.stops }
    #expect(others.map(\.rule) == [], "\(told)")
  }

  @Test(arguments: Measured.Base.all) func undamagedIsRestorable(_ base: Measured.Base) throws {
    let report = Verifier.verify(try base.make().checkpoint)
    #expect(report.verdict == .restorable, "\(report.findings.map(\.message))")
  }
}

extension Consequence {
  fileprivate var stops: Bool { [.refused, .crash, .hang].contains(self) }
}

/// A row of a table: damage, and what a restore was seen to do about it.
struct Measured: Sendable, CustomTestStringConvertible {
  enum Outcome: Sendable {
    /// The rule that must find it, with one of these consequences.
    case found(String, Set<Consequence>)
    /// Restored, with what looks like a loss to this rule, but may be as it was.
    case suspected(String)
    /// Restored, and everything was there.
    case tolerated
    /// Restored with a loss that leaves no trace in the archive: why.
    case unknowable(String)

    static func refused(_ rule: String) -> Outcome { .found(rule, [.refused]) }
    static func crashes(_ rule: String) -> Outcome { .found(rule, [.crash]) }
    static func hangs(_ rule: String) -> Outcome { .found(rule, [.hang]) }
    static func loses(_ rule: String) -> Outcome { .found(rule, [.silentLoss]) }
    /// CRIU alone, or a task, died of a signal, which the engine saw as a refusal.
    static func fails(_ rule: String) -> Outcome { .found(rule, [.refused, .crash]) }

    var verdict: Verdict {
      switch self {
      case .found(_, [.silentLoss]): .restorableWithLoss
      case .found: .notRestorable
      case .suspected, .tolerated, .unknowable: .restorable
      }
    }
  }

  /// The row, as the reference calls it.
  let row: String
  let base: Base
  let outcome: Outcome
  let damage: @Sendable (Sketch) -> Sketch

  init(
    _ row: String, of base: Base, _ outcome: Outcome,
    _ damage: @escaping @Sendable (Sketch) -> Sketch
  ) {
    self.row = row
    self.base = base
    self.outcome = outcome
    self.damage = damage
  }

  var testDescription: String { "\(row), \(base.name)" }
}

extension Measured {
  /// A good checkpoint with the part that is to be damaged.
  struct Base: Sendable, CustomTestStringConvertible {
    let name: String
    let make: @Sendable () throws -> Sketch

    var testDescription: String { name }

    /// A real archive, read once.
    private static func fixture(_ name: String) -> Base {
      let result = Result {
        var reader = try ArchiveReader(path: Fixtures.path(name))
        var sketch = Sketch()
        while let entry = try reader.next() {
          var bytes: [UInt8] = []
          while let chunk = try reader.nextChunk() { bytes += chunk }
          sketch = sketch.adding(entry.name.path, bytes, kind: entry.kind)
        }
        return sketch
      }
      return Base(name: name) { try result.get() }
    }

    private static func sketch(
      _ name: String, _ make: @autoclosure @escaping @Sendable () -> Sketch
    ) -> Base {
      Base(name: name, make: make)
    }

    /// Threads, a zombie, three forked children and one of theirs, and shared memory.
    static let tree = fixture("zombie.tar.gz")
    /// A shell, and a child that has executed another program.
    static let shell = fixture("shell-none.tar")
    static let ghost = fixture("ghost.tar.gz")
    static let queues = fixture("sysv-ipc.tar.gz")
    static let connection = fixture("tcp-established.tar.zst")
    static let tmpfs = fixture("tmpfs.tar.zst")
    static let readonly = fixture("readonly.tar.gz")

    static let minimal = sketch("a task", .minimal)
    static let family = sketch("a family", .family)
    static let terminal = sketch("a terminal", .terminal)
    static let memoryFile = sketch("a memfd", .memoryFile)
    static let segment = sketch("a System V segment", .mappedSegment)
    static let sockets = sketch("a socket pair", .sockets)
    static let pipeData = sketch("data in a pipe", .minimal.queueing(pipe: 1001))
    static let fifoData = sketch("data in a FIFO", .fifoWithData)
    static let packets = sketch(
      "a packet with descriptors", .sockets.queueing(socket: 7, rights: [3]))
    static let lock = sketch("a file lock", .minimal.locking(pid: 1, fd: 0))
    static let epoll = sketch("an epoll file", .minimal.watching(1))
    static let sparseGhost = sketch("a sparse deleted file", .sparseGhost)
    static let link = sketch("a file with a second name", .minimal.remapping(2, to: 1, .linked))
    static let inheritedMounts = sketch("the restorer's mounts", .inheritedMounts)
    static let inheritedNetwork = sketch(
      "sockets in the restorer's network", .sockets.outside { $0.netNsID = 10 })
    static let inheritedConnection = sketch(
      "a connection in the restorer's network", .connection.outside { $0.netNsID = 10 })

    static let all = [
      tree, shell, ghost, queues, connection, tmpfs, readonly, minimal, family, terminal,
      memoryFile, segment, sockets, pipeData, fifoData, packets, lock, epoll, sparseGhost, link,
      inheritedMounts, inheritedNetwork, inheritedConnection,
    ]
  }
}
