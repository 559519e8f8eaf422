import Foundation
import Glibc
import Support
import Testing

/// Runs in which a call fails, comes short, or is met by a signal: each call in turn. By itself a
/// test takes a choice of them; `make test-faults` takes each call and prints how many there were.
@Suite struct FaultTests {
  static let isThorough =
    ProcessInfo.processInfo.environment["CKPTMEND_FIXTURES"] == "all"

  /// All cases, or a few of them that are spread, others for each operation.
  private static func choice<Case>(_ cases: [Case], _ few: Int, _ operation: FaultOperation)
    -> [Case]
  {
    if isThorough || cases.count <= few { return cases }
    let turn = turn(of: operation)
    return (0..<few).map { cases[($0 * cases.count + turn * cases.count / 7) / few % cases.count] }
  }

  private static func turn(of operation: FaultOperation) -> Int {
    FaultOperation.all.firstIndex { $0.name == operation.name } ?? 0
  }

  @Test(arguments: FaultOperation.all)
  func callsThatFail(_ operation: FaultOperation) throws {
    let place = try FaultPlace()
    let check = try FaultCheck(operation, in: place)
    try #require(check.problem == nil, "\(check.problem ?? "")")
    var figures = FaultFigures()
    defer { figures.keep() }
    let counts = Dictionary(grouping: check.undisturbed.calls.filter { $0.mark == "." }, by: \.kind)
      .mapValues(\.count)
    // Or nothing of the run would count.
    #expect(!counts.isEmpty)
    let turn = Self.turn(of: operation)
    var cases: [(kind: String, number: Int, fault: Fault)] = []
    for call in FaultCall.all {
      guard let last = counts[Substring(call.kind)] else { continue }
      // C libraries allocate a thousand times: some are taken, others in each operation.
      let isMemory = call.kind == "allocate"
      let step = isMemory ? max(1, last / 40) : 1
      for number in stride(from: isMemory ? 1 + turn % step : 1, through: last, by: step) {
        // Of a few calls each has every error; of many each has the next one.
        for fault in last <= 4 ? call.faults : [call.faults[(number + turn) % call.faults.count]] {
          cases.append((call.kind, number, fault))
        }
      }
      if call.faults.contains(.short) { cases.append((call.kind, 0, .short)) }
      // One more than there are: a run without a fault.
      cases.append((call.kind, last + 1, call.faults[0]))
    }
    for (kind, number, fault) in Self.choice(cases, 10, operation) {
      try run(operation, fault, kind, number, check, place, &figures)
    }
  }

  @Test(arguments: FaultOperation.writing)
  func signals(_ operation: FaultOperation) throws {
    let place = try FaultPlace()
    let check = try FaultCheck(operation, in: place)
    try #require(check.problem == nil, "\(check.problem ?? "")")
    var figures = FaultFigures()
    defer { figures.keep() }
    let last = check.undisturbed.calls.filter { $0.kind != "allocate" }.count
    #expect(last > 2)
    let others = [SIGTERM, SIGINT, SIGHUP, SIGPIPE]
    let turn = Self.turn(of: operation)
    let cases = (1...last).flatMap { number in
      [SIGKILL, others[(number + turn) % others.count]].map { (number, Fault.signal($0)) }
    }
    for (number, fault) in Self.choice(cases, 6, operation) {
      try run(operation, fault, "any", number, check, place, &figures)
    }
  }

  /// Always: between the steps by which names change places, and each other call that once left
  /// something behind or blamed the archive.
  @Test(
    arguments: [
      ("repair with links", "rename", .signal(SIGKILL)), ("repair with links", "stat", .error(EIO)),
      ("repair to folder without renameat2", "rename", .signal(SIGKILL)),
      ("repair to o/", "open", .error(EACCES)), ("repair to o/", "fsync", .error(ENOSPC)),
      ("repair to o.tar", "fsync", .error(EIO)), ("repair to oci-archive", "seek", .error(EIO)),
      ("verify of oci", "stat", .error(EIO)), ("verify of bzip2", "allocate", .error(ENOMEM)),
      ("repack of large", "copy", .error(EIO)), ("repack of large", "copy", .error(EXDEV)),
      ("repack of large", "copy", .error(ENOSPC)), ("repack of large", "copy", .short),
      ("verify of several", "stat", .error(EACCES)), ("verify of several", "readdir", .error(EIO)),
    ] as [(String, String, Fault)])
  func callsThatOnceWentWrong(_ name: String, _ kind: String, _ fault: Fault) throws {
    let operation = try #require(FaultOperation.all.first { $0.name == name })
    let place = try FaultPlace()
    let check = try FaultCheck(operation, in: place)
    var figures = FaultFigures()
    defer { figures.keep() }
    let last = check.undisturbed.calls.filter { $0.kind == kind }.count
    try #require(last > 0)
    for number in Self.isThorough ? 1...last : max(1, last - 11)...last {
      try run(operation, fault, kind, number, check, place, &figures)
    }
  }

  private func run(
    _ operation: FaultOperation, _ fault: Fault, _ kind: String, _ number: Int,
    _ check: FaultCheck, _ place: FaultPlace, _ figures: inout FaultFigures
  ) throws {
    let outcome = try place.run(operation, fault, kind: kind, at: number)
    figures.add("cases")
    if !outcome.struck.isEmpty {
      if case .signal(let signal) = fault {
        figures.add("signal \(signal)")
      } else {
        figures.add("faults in \(kind)")
      }
    }
    for problem in try check.problems(after: outcome, fault, figures: &figures) {
      let struck = outcome.struck.first.map { "\($0.kind) \($0.path)" } ?? "not reached"
      Issue.record("\(fault.text), \(kind) \(number) (\(struck)): \(problem)")
    }
  }
}
