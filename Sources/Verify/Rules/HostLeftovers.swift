import CRIUImages
import Checkpoint
import Documents
import Host

/// What a restore that failed may have left behind.
extension Rule {
  static let ghostLeftover = Rule(
    id: "host.ghost-leftover", stage: .host,
    title: "No restore that failed left a ghost file behind",
    why: """
      CRIU makes a deleted file anew beside its old place, under a name of its own; one that is there \
      already stops it: “Can't create ghost regfile: File exists”. In a root file system it goes with \
      the container, in what is bound from the host it stays.
      """,
    remedy: .manual("delete the file: only a restore that failed leaves it"),
    needs: [.wholeArchive, .images],
    examples: [
      .fires("there", in: .minimal.with { $0.leftovers = ["/tmp/x.cr.1.ghost"] }, .onRoot()),
      .fires(
        "on a bind mount", on: .minimal.with { $0.paths.add("/srv/data/x.cr.1a.ghost", .file) },
        .deletedOnBind),
      .silent("none", in: .minimal, .onRoot()),
      .silent(
        "none on a bind mount",
        on: .minimal.with { $0.paths.add("/srv/data/x.cr.1a.ghost", nil) }, .deletedOnBind),
      .silent(
        "of another file", on: .minimal.with { $0.paths.add("/srv/data/y.cr.1a.ghost", .file) },
        .deletedOnBind),
      .silent(
        "a deleted folder",
        on: .minimal.with { $0.paths.add("/srv/data/x.cr.1a.ghost", .file) },
        .deletedOnBind.records(
          ImageName(.ghostFile, 0x1A), [.init(Sketch.ghost(mode: 0o40755), payload: [])])),
    ]
  ) { subject, findings in
    if let root = subject.rootFilesystem {
      for path in root.leftovers {
        findings.report(
          .archive, "\(shown(path)) is in \(shown(root.path))", have: .text(shown(path)),
          need: "no such file", remedy: deletion("\(root.path)\(path)", on: nil))
      }
    }
    guard let host = subject.host else { return }
    for ghost in subject.ghostsOnBinds {
      switch host.paths[ghost.path] {
      case .absent: break
      case .unknown: findings.notKnown("whether \(shown(ghost.path)) exists", host)
      case .present:
        findings.report(
          ghost.location,
          "CRIU makes the deleted file \(shown(ghost.name)) as \(shown(ghost.path)), which exists on \(shown(host.name))",
          have: .text(shown(ghost.path)), need: "no such file",
          remedy: deletion(ghost.path, on: host.name))
      }
    }
  }

  private static func deletion(_ path: String, on host: String?) -> Remedy {
    .manual(
      "delete \(shown(path))\(host.map { " on \(shown($0))" } ?? ""): only a restore that failed leaves it"
    )
  }
}

extension Subject {
  /// Where on the host CRIU will make files that were deleted on a bind mount: `NAME.cr.ID.ghost`,
  /// the number in hexadecimal (criu/files-reg.c, ghost_path). Folders it makes under their own name.
  /// If the file's folder is gone, CRIU takes the one above, which is not looked into.
  var ghostsOnBinds: [(path: String, name: String, location: Location)] {
    let files = Dictionary(openFiles.all(RegFileEntry.self).map { ($0.content.id, $0.content) }) {
      first, _ in first
    }
    var sources: [String: String] = [:]
    for mount in spec?.mounts ?? [] where mount.isBind {
      guard let source = mount.source, source.hasPrefix("/") else { continue }
      if let destination = mount.destination { sources[cleaned(destination)] = source }
    }
    let folderType: UInt32 = 0o040000
    let typeMask: UInt32 = 0o170000
    var seen: Set<UInt32> = []
    return messages(.remapFilePaths, RemapFilePathEntry.self).compactMap { location, entry in
      // Several files may be one ghost; it lies where the first of them was.
      guard let remap = entry.remap, remap.type == .ghost, seen.insert(remap.id).inserted,
        let file = files[entry.origID],
        let mount = mounts.all.first(where: { Int32(clamping: $0.id) == file.mntID }),
        let key = mount.key, let source = sources[cleaned(key)],
        let place = relativePath(of: cleaned(file.nameText), below: mount.path), !place.isEmpty
      else { return nil }
      let ghost = checkpoint.images[.ghostFile, UInt64(remap.id)]?.first(GhostFileEntry.self)
      if let ghost, ghost.mode & typeMask == folderType { return nil }
      let path = "\(cleaned(source))/\(place).cr.\(String(remap.id, radix: 16)).ghost"
      return (path, file.nameText, location)
    }
  }
}

extension Sketch {
  /// `/data/x` is a deleted file on a bind mount.
  fileprivate static let deletedOnBind =
    minimal
    .opening(regular(7, "/data/x", mount: 270, mode: 0o100644, size: 3), as: 7)
    .remapping(7, to: 0x1A, .ghost)
    .records(
      ImageName(.ghostFile, 0x1A), [.init(ghost(mode: 0o100644), payload: [1, 2, 3])])
}
