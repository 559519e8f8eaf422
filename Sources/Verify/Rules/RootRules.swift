import CRIUImages
import Checkpoint
import Documents
import Host

/// Rules about the root file system that a container is restored into; silent unless one is named.
extension Rule {
  static let rootRules: [Rule] = [rootFileMissing, rootFileChanged, ghostLeftover]

  ///
  private static let rootFileMissing = Rule(
    id: "rootfs.file-missing", stage: .host,
    title: "Every open file is in the root file system",
    why:
      "CRIU opens files by their path: “Can't open file … on restore: No such file or directory”.",
    remedy: .manual("restore on the image of the dump, or add the file to rootfs-diff.tar"),
    needs: [.wholeArchive, .images, .image(.files), .root],
    examples: [
      .fires("missing", in: .minimal.with { $0.files["/bin/sh"] = .some(nil) }, .onRoot()),
      .silent("there", in: .minimal, .onRoot()),
      .silent(
        "in the diff", in: .minimal.with { $0.files["/bin/sh"] = .some(nil) },
        .onRoot().adding("rootfs-diff.tar", Sketch.tar([Sketch.file("bin/sh", [1])]))),
      .silent("no root named", .onRoot()),
    ]
  ) { subject, findings in
    guard let root = subject.rootFilesystem else { return }
    for (record, file) in subject.rootFiles {
      let path = cleaned(file.nameText)
      if subject.hasInDiff(path) { continue }
      guard let found = root.files[path] else {
        findings.notChecked("nobody looked for \(shown(path)) in \(shown(root.path))")
        continue
      }
      if found != nil, !subject.isDeleted(path) { continue }
      findings.report(
        subject.location(ImageName(.files), record),
        found == nil
          ? "\(shown(path)) is neither in \(shown(root.path)) nor in rootfs-diff.tar"
          : "\(shown(path)) is in \(shown(root.path)), and deleted.files takes it away",
        have: "absent", need: .text(shown(path)), evidence: ["field": "name"])
    }
  }

  ///
  private static let rootFileChanged = Rule(
    id: "rootfs.file-changed", stage: .host,
    title: "Open files are as they were dumped",
    why: """
      CRIU compares size, mode and build id before it opens a file: “bad size”, “bad mode”, “bad \
      build-ID”. Modified files of the image are missing from rootfs-diff.tar if their path did not \
      exist on the dump's host.
      """,
    remedy: .manual("restore on the image of the dump, or add the file to rootfs-diff.tar"),
    needs: [.wholeArchive, .images, .image(.files), .root],
    examples: [
      .fires("size", in: .minimal.with { $0.files["/bin/sh"]??.size = 9 }, .onRoot()),
      .fires("mode", in: .minimal.with { $0.files["/bin/sh"]??.mode = 0o100644 }, .onRoot()),
      .fires("build id", in: .minimal.with { $0.files["/bin/sh"]??.buildID = [9] }, .onRoot()),
      .silent("the same", in: .minimal, .onRoot()),
      .silent("missing", in: .minimal.with { $0.files["/bin/sh"] = .some(nil) }, .onRoot()),
    ]
  ) { subject, findings in
    guard let root = subject.rootFilesystem else { return }
    for (record, file) in subject.rootFiles {
      let path = cleaned(file.nameText)
      guard !subject.hasInDiff(path), !subject.isDeleted(path), case let found?? = root.files[path]
      else { continue }
      let kindMask: UInt32 = 0o170000
      let isRegular = file.mode & kindMask == 0o100000
      let differences: [(String, have: String, need: String)] = [
        ("size", "\(found.size)", isRegular && file.hasSize ? "\(file.size)" : "\(found.size)"),
        ("mode", octal(found.mode), file.hasMode ? octal(file.mode) : octal(found.mode)),
        (
          "build id", hex(found.buildID),
          file.buildID.isEmpty ? hex(found.buildID) : hex(file.buildIDBytes)
        ),
      ].filter { $0.1 != $0.2 }
      for difference in differences {
        findings.report(
          subject.location(ImageName(.files), record),
          "\(difference.0) of \(shown(path)) is \(difference.have) in \(shown(root.path)), and was \(difference.need)",
          have: .text(difference.have), need: .text(difference.need),
          evidence: ["field": .text(difference.0)])
      }
    }
  }

  private static func octal(_ mode: UInt32) -> String { "0" + String(mode, radix: 8) }

  private static func hex(_ bytes: [UInt8]?) -> String {
    guard let bytes else { return "none" }
    return bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
  }
}

extension RegFileEntry {
  /// CRIU stores the id in words, the first byte lowest.
  fileprivate var buildIDBytes: [UInt8] {
    buildID.flatMap { word in withUnsafeBytes(of: word.littleEndian) { Array($0) } }
  }
}

extension Subject {
  /// Open files by their path that lie on the container's root mount.
  fileprivate var rootFiles: [(record: ImageRecord, content: RegFileEntry)] {
    guard let mount = rootTree?.root else { return [] }
    return pathFiles.filter { $0.content.mntID == Int32(clamping: mount.id) }
  }

  /// The paths that a root file system must be asked about.
  public var rootPaths: [String] { rootFiles.map { cleaned($0.content.nameText) } }

  fileprivate func isDeleted(_ path: String) -> Bool {
    guard let list = root(.deletedFiles), list.kind == .array else { return false }
    return list.elements.compactMap(\.string).map(cleaned).contains {
      relativePath(of: path, below: $0) != nil
    }
  }
}

extension RootFilesystem {
  static let minimal = RootFilesystem(
    path: "/srv/root",
    files: [
      "/bin/sh": File(isRegular: true, size: 4096, mode: 0o100755, buildID: [1, 2, 3, 4]),
      "/": File(isRegular: false, size: 0, mode: 0o40555),
    ])

  func with(_ edit: (inout RootFilesystem) -> Void) -> RootFilesystem {
    var copy = self
    edit(&copy)
    return copy
  }
}

extension Sketch {
  /// The program of the smallest checkpoint lies on its root mount.
  static func onRoot() -> Sketch {
    minimal.messages(ImageName(.files), FileEntry.self) { files in
      for index in files.indices where files[index].reg.nameText == "/bin/sh" {
        files[index].reg.mntID = 261
        files[index].reg.size = 4096
        files[index].reg.buildID = [0x0403_0201]
      }
    }
  }
}
