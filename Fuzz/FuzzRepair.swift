import Archive
import CRIUImages
import Checkpoint
import Glibc
import Repair
import Verify

/// Puts an entry into a good checkpoint, makes a plan for it, with a donor or without one, and runs
/// the plan. What is published is restorable, and a second repair has nothing to do.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ data: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
  let input = UnsafeBufferPointer(start: data, count: count)
  guard let choice = Choice(input) else { return 0 }
  let names = choice.base.checkpoint.entries.map(\.path)
  let name = names[(choice.kind >> 1) % names.count]
  let bytes = Array(input.dropFirst(2))
  let good = choice.base.sketch
  do {
    try Place.shared.repair(
      good.removing(name).adding(name, bytes), hasDonor: choice.kind & 1 == 1, good)
  } catch {
    check(false, "\(error)")
  }
  return 0
}

/// A folder, where inputs and outputs are files.
private struct Place {
  let folder: String

  static let shared: Place = {
    guard let folder = getenv("FUZZ_FOLDER") else { fatalError("FUZZ_FOLDER is not set") }
    return Place(folder: String(cString: folder))
  }()

  private var input: String { "\(folder)/in.tar" }
  private var donor: String { "\(folder)/donor.tar" }
  private var output: String { "\(folder)/out.tar" }

  func repair(_ sketch: Sketch, hasDonor: Bool, _ good: Sketch) throws {
    write(Sketch.tar(sketch.files), to: input)
    write(Sketch.tar(good.files), to: donor)
    let broken = try Checkpoint.load(path: input)
    let donors = hasDonor ? [try Checkpoint.load(path: donor)] : []
    let planner = Planner(broken, donors: donors, permissions: Set(Permission.allCases))
    let plan = planner.plan()
    unlink(output)
    let report: Report
    do throws(Executor.Refusal) {
      report = try Executor().run(
        plan.actions, input: broken, donors: donors,
        to: Executor.Target(path: output, form: .tar(.none), threads: 1))
    } catch {
      check(access(output, F_OK) != 0, "refused, and published")
      if case .misfit(let path) = error { check(false, "the plan does not fit \(path)") }
      return
    }
    check(report.archiveVerdict == .restorable, "published as \(report.verdict)")
    let again = Planner(try Checkpoint.load(path: output)).plan()
    check(again.steps.isEmpty, "a second repair has \(again.actions)")
  }
}

/// An entry of any archive stands for one of the same place in the list of names.
func seedKind(of path: String) -> Int? {
  Sketch.minimal.checkpoint.entries.firstIndex { $0.path == path }.map { $0 << 1 | 1 }
}

let moreSeeds: [(kind: Int, bytes: [UInt8])] = {
  Sketch.minimal.checkpoint.entries.indices.map { (kind: $0 << 1, bytes: [0]) }
}()
