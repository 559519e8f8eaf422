import Checkpoint
import Documents
import Verify

/// How findings of one rule are mended by changing what is there, without anything from elsewhere.
struct Cleaner: Sendable {
  let rule: String
  /// Groups of steps that only make sense together. Each is tried on its own, and kept only if the
  /// result has fewer findings, and no other errors, than before.
  let groups: @Sendable (_ findings: [Finding], _ scene: Scene) -> [[Plan.Step]]

  /// What cleaners look at.
  struct Scene {
    let subject: Subject
    let permissions: Set<Permission>

    var checkpoint: Checkpoint { subject.checkpoint }
  }

  static let all: [Cleaner] = documents + containers + masks + [mountInsideProc]
}

extension Planner {
  /// Groups of steps that would clean what is found in `current`.
  func cleaningGroups(for state: Report, in current: Checkpoint) -> [[Plan.Step]] {
    let found = Dictionary(grouping: state.findings, by: \.rule)
    let cleaners = Cleaner.all.filter { found[$0.rule] != nil }
    if cleaners.isEmpty { return [] }
    let scene = Cleaner.Scene(
      subject: Subject(current, target: Target(host: host)), permissions: permissions)
    return cleaners.flatMap { $0.groups(found[$0.rule] ?? [], scene) }
  }
}

extension Cleaner {
  /// One step that removes from a document every value that a finding points at.
  static func removingValues(
    of rule: String, because reason: String
  ) -> Cleaner {
    Cleaner(rule: rule) { findings, _ in
      let byPath = Dictionary(grouping: findings) { $0.location.path ?? "" }
      return byPath.keys.sorted().map { path in
        let found = byPath[path] ?? []
        let edits = found.compactMap { $0.location.pointer }.map { Edit.remove(pointer: $0) }
        return [
          Plan.Step(
            .edit(path: path, edits: edits), causes: found.map(Plan.Cause.init),
            because: reason)
        ]
      }
    }
  }
}
