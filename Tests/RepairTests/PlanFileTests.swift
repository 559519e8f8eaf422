import Archive
import Checkpoint
import Repair
import Support
import Testing

@testable import Verify

/// Plans that are kept and run later.
@Suite struct PlanFileTests {
  @Test func comesBackAndRuns() throws {
    let mended = try Mended(
      .minimal.setting("spec.dump", "/linux/maskedPaths", to: "[]")
        .removing("checkpoint/inventory.img"))
    let file = PlanFile(mended.plan, input: mended.planner.input, donors: [])
    let read = try PlanFile(json: file.json())
    #expect(read.json() == file.json())
    #expect(try read.plan(for: mended.planner.input, donors: []) == mended.plan)
    #expect(mended.plan.steps.allSatisfy { !$0.causes.isEmpty && !$0.reason.isEmpty })
    _ = try mended.contents()
  }

  @Test func anotherInputIsRefused() throws {
    let mended = try Mended(.minimal.removing("checkpoint/inventory.img"))
    let other = try Mended(.minimal)
    let file = PlanFile(mended.plan, input: mended.planner.input, donors: [])
    #expect(throws: PlanFile.Fault.self) {
      try file.plan(for: other.planner.input, donors: [])
    }
    #expect(throws: PlanFile.Fault.self) {
      try file.plan(for: mended.planner.input, donors: [other.planner.input])
    }
  }

  @Test func donorsAreCounted() throws {
    let mended = try Mended(.minimal)
    let plan = Plan(steps: [
      Plan.Step(.take(path: "x", donor: 3, donorPath: "x"), because: "a test")
    ])
    let file = PlanFile(plan, input: mended.planner.input, donors: [])
    #expect(throws: PlanFile.Fault.self) {
      try file.plan(for: mended.planner.input, donors: [])
    }
  }

  @Test(arguments: ["", "{}", "[]", #"{"schemaVersion":2}"#, #"{"schemaVersion":1}"#])
  func otherDocumentsAreRefused(_ text: String) {
    #expect(throws: PlanFile.Fault.self) { try PlanFile(json: Array(text.utf8)) }
  }

  /// A plan that was edited by hand cannot do more than fail.
  @Test(arguments: [
    Action.edit(path: "spec.dump", edits: [.remove(pointer: "/no/such")]),
    .edit(path: "spec.dump", edits: [.set(pointer: "/linux", json: "{")]),
    .edit(
      path: "checkpoint/inventory.img", edits: [.cut(record: 0, offset: .max, length: .max)]),
    .edit(path: "checkpoint/inventory.img", edits: [.cut(record: 0, offset: 0, length: 1 << 40)]),
    .edit(
      path: "spec.dump",
      edits: [.remove(pointer: "/linux"), .cut(record: 0, offset: 0, length: 1)]),
    .materialise(path: "spec.dump", target: "no-such-entry"),
  ])
  func misfitsAreRefused(_ action: Action) throws {
    let mended = try Mended(.minimal)
    #expect(throws: Executor.Refusal.self) {
      try Executor().run(
        [action], input: mended.planner.input,
        to: Executor.Target(path: mended.scratch.file("out.tar"), form: .tar(.none)))
    }
    #expect(mended.scratch.names == ["broken.tar"])
  }
}
