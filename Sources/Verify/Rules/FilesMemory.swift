import CRIUImages
import Checkpoint

/// Rules about files that are memory.
extension Rule {
  static let memoryFileRules: [Rule] = [memfdShape]

  // Measured
  private static let memfdShape = Rule(
    id: "criu.memfd-shape", stage: .files,
    title: "A memory file has an owner and seals that the kernel knows",
    why: "The kernel takes neither −1 for an owner nor an unknown seal, and CRIU stops.",
    remedy: .donor("memfd.img of the same dump"), needs: [.wholeArchive, .images],
    examples: [
      .fires("owner", .memoryFile.memfd { $0.gid = .max }),
      .fires("seal", .memoryFile.memfd { $0.seals = 64 }),
      .silent("sealed in every way", .memoryFile.memfd { $0.seals = 63 }),
      .silent("as it should be", .memoryFile),
    ]
  ) { subject, findings in
    findings.noteUnreadable(.memfdInodes, subject)
    for (location, inode) in subject.messages(.memfdInodes, MemfdInodeEntry.self) {
      let owners = [("uid", inode.uid), ("gid", inode.gid)]
      for (field, value) in owners where value == .max {
        findings.report(
          location, "memfd_inode_entry.\(field) is \(value), which is nobody's",
          have: .unsigned(UInt64(value)), need: "an id",
          evidence: ["field": .text("memfd_inode_entry.\(field)")])
      }
      if inode.seals & ~knownSeals != 0 {
        findings.report(
          location, "memfd_inode_entry.seals is \(inode.seals)",
          have: .unsigned(UInt64(inode.seals)), need: "bits 0 to 5",
          evidence: ["field": "memfd_inode_entry.seals"])
      }
    }
  }

  /// F_SEAL_SEAL to F_SEAL_EXEC
  private static let knownSeals: UInt32 = 0x3f
}
