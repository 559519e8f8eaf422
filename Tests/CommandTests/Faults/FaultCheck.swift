import Foundation
import Glibc

/// What must hold after a run, whatever fault was in it.
struct FaultCheck {
  private let operation: FaultOperation
  private let place: FaultPlace
  /// `out/` before the run, and after one without a fault.
  private let initial: Tree
  private let complete: Tree
  let undisturbed: FaultPlace.Outcome

  init(_ operation: FaultOperation, in place: FaultPlace) throws {
    self.operation = operation
    self.place = place
    initial = try place.output(of: operation)
    undisturbed = try place.run(operation)
    complete = try place.output(of: operation)
    try place.restore()
  }

  /// How a run without a fault fails to be what the others are held against.
  var problem: String? {
    if undisturbed.status != operation.status {
      return "\(undisturbed.status): \(undisturbed.errors)"
    }
    if let output = operation.output {
      return complete.items[output] == nil ? "nothing was written" : nil
    }
    return complete == initial ? nil : "something was written"
  }

  func isComplete() throws -> Bool { try place.output(of: operation) == complete }
  func isAbsent() throws -> Bool { try place.output(of: operation) == initial }

  /// What is wrong after a run; `out/` is as it was again.
  func problems(
    after outcome: FaultPlace.Outcome, _ fault: Fault, figures: inout FaultFigures
  ) throws -> [String] {
    var found: [String] = []
    let struck = outcome.struck.first
    let left = try place.output(of: operation)
    // libarchive does not check everything that it allocates; nothing can be done about it here.
    let isCrashOfLibrary =
      struck?.kind == "allocate" && outcome.calls.contains { $0.mark == "#" }
    if isCrashOfLibrary { figures.add("crashes inside libarchive") }
    let isKilled = fault == .signal(-outcome.status) || isCrashOfLibrary
    let leftovers = left.filter(isLeftover)
    let hasEnded = isKilled || outcome.status == Self.internalError
    if outcome.status == -SIGALRM {
      figures.add("hangs")
      found.append("did not end")
    } else if outcome.status < 0, !isKilled {
      figures.add("crashes")
      found.append("crashed by signal \(-outcome.status)")
    }
    for call in outcome.calls where call.mark == ">" {
      figures.add("outside writes")
      found.append("\(call.kind) of \(call.path)")
    }
    if !place.isInputUntouched {
      figures.add("changed inputs")
      found.append("the input was changed")
    }
    // What cannot be removed stays; the next run finds it.
    if !leftovers.items.isEmpty, !hasEnded, struck?.kind != "unlink" {
      figures.add("leftovers")
      found.append("left \(leftovers.items.keys.sorted())")
    }
    found += problems(of: outcome, left: left.filter { !isLeftover($0) }, isKilled)
    if !isKilled { found += problems(ofMessagesIn: outcome, fault) }
    if !leftovers.items.isEmpty || isKilled && left != initial && left != complete {
      found += try problemsOfNextRun()
    }
    if left != initial || !leftovers.items.isEmpty { try place.restore() }
    if isKilled, !isCrashOfLibrary, found.isEmpty { figures.add("kills survived") }
    return found
  }

  /// Each output is complete or absent, and the exit code says which.
  private func problems(of outcome: FaultPlace.Outcome, left: Tree, _ isKilled: Bool) -> [String] {
    let names = Set(
      [left, initial, complete].flatMap { tree in tree.items.keys.map(Self.unit) })
    var found: [String] = []
    for name in names {
      let parts = [left, initial, complete].map { tree in tree.filter { Self.unit($0) == name } }
      // What is put aside for a link is no name that anybody reads; --unlink clears it up.
      if isKilled, name.contains(".ckptmend-kept-") { continue }
      // A report tells of the fault, too.
      if operation.reports, outcome.status == 2, parts[0] != parts[1] { continue }
      if parts[0] != parts[1], parts[0] != parts[2] { found.append("\(name) is incomplete") }
      if outcome.status == operation.status, parts[0] != parts[2] {
        found.append("\(name) was not written")
      }
      // The links are made when the output is there.
      if outcome.status != operation.status, !isKilled, !operation.links, parts[0] != parts[1] {
        found.append("\(name) is there, whatever the exit code says")
      }
      if outcome.status != 0, !isKilled, name.hasPrefix("container"), parts[0] != parts[1] {
        found.append("\(name) is linked, whatever the exit code says")
      }
    }
    if operation.streams, outcome.status != 0 {
      let isPrefix = undisturbed.output.starts(with: outcome.output)
      if !isPrefix { found.append("the stream is another") }
      if isPrefix, !isKilled, outcome.output.count == undisturbed.output.count {
        found.append("the stream is complete, whatever the exit code says")
      }
    }
    return found
  }

  /// What is told is what is without the fault, or it is told what happened.
  private func problems(ofMessagesIn outcome: FaultPlace.Outcome, _ fault: Fault) -> [String] {
    let text = String(decoding: outcome.output, as: UTF8.self) + outcome.errors
    let struck = outcome.struck.first
    var allowed = [operation.status]
    if struck != nil, fault != .short { allowed += [2, 4] }
    // libarchive ends the program where it has no memory for a text.
    if struck?.kind == "allocate" { allowed.append(Self.internalError) }
    // A policy is part of the usage.
    if struck?.path.hasSuffix(".ckptmend.yml") == true { allowed.append(64) }
    var found: [String] = []
    if !allowed.contains(outcome.status) { found.append("exit code \(outcome.status): \(text)") }
    if outcome.status != operation.status || outcome.output != undisturbed.output {
      let words: [String] =
        switch fault {
        case .signal: ["interrupted"]
        case .error(ENOMEM), .error(EAGAIN): ["memory", "llocat", "thread"]
        case .error(let number): [String(cString: strerror(number))]
        case .short: ["short"]
        }
      if !words.contains(where: text.contains) { found.append("names no cause: \(text)") }
    }
    return found
  }

  /// The next run takes away what a killed one left, and succeeds.
  private func problemsOfNextRun() throws -> [String] {
    var found: [String] = []
    if operation.links {
      let undone = try place.undoLinks()
      let left = try place.output(of: operation)
      if undone.status != 0 || left.filter(Self.isLinked) != initial.filter(Self.isLinked) {
        found.append("--unlink does not bring back what was there: \(undone.errors)")
      }
    }
    let hasOutput = try place.output(of: operation).items[operation.output ?? ""] != nil
    let next = try place.run(operation)
    let left = try place.output(of: operation)
    if next.status != (hasOutput ? 4 : operation.status) {
      found.append("the next run: \(next.status), \(next.errors)")
    }
    if left != complete, !(hasOutput && operation.links) {
      found.append("the next run left \(left.items.keys.filter(isLeftover))")
    }
    return found
  }

  /// What is all or nothing: an output, or a link of a container's folder.
  private static func unit(_ path: String) -> String {
    path.split(separator: "/").prefix(isLinked(path) ? 2 : 1).joined(separator: "/")
  }

  private static func isLinked(_ path: String) -> Bool { path.hasPrefix("container/") }

  private func isLeftover(_ path: String) -> Bool {
    complete.items[path] == nil
      && path.split(separator: "/").contains { $0.first == "." && $0.contains("ckptmend-") }
  }

  private static let internalError: Int32 = 70
}
