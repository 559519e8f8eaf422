import Archive
import CRIUImages
import Checkpoint
import SwiftProtobuf

extension Sketch {
  /// The minimal checkpoint with a child 2 of task 1, which has a second thread 4 and descriptors of
  /// its own, and a zombie 3.
  static let family =
    minimal
    .messages(ImageName(.pstree), PstreeEntry.self) { tasks in
      var child = task(2, parent: 1)
      child.threads = [2, 4]
      var zombie = task(3, parent: 1)
      // What CRIU leaves there: memory that was never written.
      zombie.threads = [773_424_272]
      tasks += [child, zombie]
    }
    .copying(.core, 1, to: 2, CoreEntry.self)
    .copying(.core, 1, to: 3, CoreEntry.self) { core in
      core.tc.taskState = TaskState.dead.rawValue
      core.clearThreadCore()
      core.clearThreadInfo()
    }
    .copying(.core, 1, to: 4, CoreEntry.self) { $0.clearTc() }
    .copying(.ids, 1, to: 2, TaskKobjIdsEntry.self) { ids in
      ids.vmID = 3
      ids.filesID = 3
      ids.fsID = 3
      ids.sighandID = 3
    }
    .copying(.mm, 1, to: 2, MmEntry.self)
    .copying(.fs, 1, to: 2, FsEntry.self)
    .image(ImageName(.pagemap, 2), [PagemapHead.with { $0.pagesID = 2 }, pagemapEntry])
    .adding("checkpoint/pages-2.img", [UInt8](repeating: 0, count: 4096))
    .image(ImageName(.fdinfo, 3), descriptors)

  private func copying<M: Message>(
    _ type: ImageType, _ source: UInt64, to target: UInt64, _ message: M.Type,
    _ edit: (inout M) -> Void = { _ in }
  ) -> Sketch {
    guard var copy = checkpoint.images[type, source]?.first(M.self) else {
      preconditionFailure("no \(type) of \(source)")
    }
    edit(&copy)
    return image(ImageName(type, target), [copy])
  }

  /// Changes the one message of an image.
  func message<M: Message>(_ name: ImageName, _ type: M.Type, _ edit: (inout M) -> Void) -> Sketch {
    messages(name, type) { messages in
      for index in messages.indices { edit(&messages[index]) }
    }
  }

  /// Removes images by name, from `checkpoint/`.
  func removing(_ names: ImageName...) -> Sketch {
    with { sketch in
      for name in names { sketch = sketch.removing("checkpoint/\(name)") }
    }
  }

  /// Adds open files to `files.img`.
  func opening(_ files: FileEntry...) -> Sketch {
    messages(ImageName(.files), FileEntry.self) { $0 += files }
  }

  /// Adds descriptors to the root task's table.
  func holding(_ descriptors: FdinfoEntry...) -> Sketch {
    messages(ImageName(.fdinfo, 2), FdinfoEntry.self) { $0 += descriptors }
  }
}

// MARK: - Changes to the tree

extension Sketch {
  func tasks(_ edit: (inout [PstreeEntry]) -> Void) -> Sketch {
    messages(ImageName(.pstree), PstreeEntry.self, edit)
  }

  func core(_ id: UInt64, _ edit: (inout CoreEntry) -> Void) -> Sketch {
    message(ImageName(.core, id), CoreEntry.self, edit)
  }

  /// Gives the only task another number.
  func renumbered(to pid: UInt32) -> Sketch {
    tasks { tasks in
      tasks[0].pid = pid
      tasks[0].pgid = pid
      tasks[0].sid = pid
      tasks[0].threads = [pid]
    }
    .with { sketch in
      for type in [ImageType.core, .ids, .mm, .fs, .pagemap] {
        sketch = sketch.renaming(ImageName(type, 1), to: ImageName(type, UInt64(pid)))
      }
    }
  }

  func renaming(_ name: ImageName, to other: ImageName) -> Sketch {
    editing("checkpoint/\(name)") { $0.entry.name = EntryName("checkpoint/\(other)") }
  }
}
