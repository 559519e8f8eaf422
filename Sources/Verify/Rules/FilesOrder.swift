import CRIUImages
import Checkpoint

/// Rules about the numbers that CRIU gives to files while it dumps.
extension Rule {
  static let fileOrderRules: [Rule] = [fileOrder]

  // criu/file-ids.c
  private static let fileOrder = Rule(
    id: "criu.fdinfo-order", consequence: .silentLoss, stage: .files,
    title: "Tasks have their tables of descriptors in the order of the tree",
    why: """
      CRIU numbers open files as it meets them, task after task in the order of pstree.img. A file \
      that only a later task has with a number below those of an earlier one means that two \
      tables were exchanged: each task gets the descriptors of the other.
      """,
    remedy: .donor("the fdinfo and ids images of the same dump"),
    needs: [.wholeArchive, .images, .image(.pstree), .image(.files)],
    examples: [
      .fires("exchanged images", .twoTables(first: [7, 8], second: [2, 3, 4])),
      .silent("in order", .twoTables(first: [2, 3, 4], second: [7, 8])),
      .silent("shared files", .twoTables(first: [2, 3, 7], second: [3, 2])),
    ]
  ) { subject, findings in
    var met: Set<UInt32> = []
    var highest: UInt32 = 0
    var tables: Set<UInt32> = []
    let folders = subject.processes.live.compactMap { subject.folders(of: $0).first }
    let areFoldersInOrder = zip(folders, folders.dropFirst()).allSatisfy(<)
    for task in subject.processes.live {
      guard let id = task.ids?.filesID, tables.insert(id).inserted,
        let table = subject.openFiles.tables[id]
      else { continue }
      if let late = table.first(where: { $0.entry.id < highest && !met.contains($0.entry.id) }) {
        findings.report(
          subject.location(ImageName(.fdinfo, UInt64(id)), late.record),
          "file \(late.entry.id) is met first in task \(task.pid), but an earlier task already has file \(highest)",
          have: .unsigned(UInt64(late.entry.id)), need: .text("more than \(highest)"))
        return
      }
      met.formUnion(table.map(\.entry.id))
      highest = max(highest, table.map(\.entry.id).max() ?? 0)
      // Folders come after the descriptors of their task, if they were not exchanged themselves.
      if areFoldersInOrder { highest = max(highest, subject.folders(of: task).max() ?? 0) }
      met.formUnion(subject.specialFiles(of: task))
    }
  }
}

extension Subject {
  fileprivate func folders(of task: Processes.Task) -> [UInt32] {
    let folders = checkpoint.images[.fs, UInt64(task.pid)]?.first(FsEntry.self)
    return folders.map { [$0.cwdID, $0.rootID] } ?? []
  }

  /// The files that a task has without a descriptor: folders, executable and mappings.
  fileprivate func specialFiles(of task: Processes.Task) -> [UInt32] {
    guard let memory = checkpoint.images[.mm, UInt64(task.pid)]?.first(MmEntry.self) else {
      return folders(of: task)
    }
    let mapped = memory.vmas.filter { !$0.kind.isDisjoint(with: [.filePrivate, .fileShared]) }
    return folders(of: task) + [memory.exeFileID]
      + mapped.map { UInt32(truncatingIfNeeded: $0.shmid) }
  }
}
