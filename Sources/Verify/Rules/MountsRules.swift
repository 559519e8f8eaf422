import CRIUImages
import Checkpoint

/// Rules about the mount trees (criu-images.md, §3.6; archive contract, §4f).
extension Rule {
  static let mountsRules: [Rule] = [
    mountRoot, mountParent, mountDuplicate, mountCollision, mountOutsideParent,
    mountFilesystem, mountName, bindSource,
    tmpfsMissing, tmpfsUnreadable, tmpfsOrphan, tmpfsPlace, tmpfsFile,
    placeUnknown, placeMoved, mountOfFile,
    keyUnmapped, keyForeign, engineBindMoved, namespaceDrift,
    deletedFile, diffNeeded, modifiedOmitted, sharedMemoryMissing,
  ]
}

extension Subject {
  func location(_ mount: MountTable.Mount) -> Location { location(mount.image, mount.record) }
}

extension Findings {
  mutating func noteIncomplete(_ mounts: MountTable) {
    for tree in mounts.trees where !tree.isComplete {
      notChecked("\(tree.image) is not readable")
    }
  }
}

extension MountTable.Mount {
  /// For a person.
  var title: String { "mount \(id) at \(shown(path))" }
}
