import Archive
import Checkpoint

/// Rules about single entries: names, links and types (archive contract, §3 “Dialect”).
extension Rule {
  static let entryRules: [Rule] = [
    pathEscape, writeThroughSymlink, linkEntry, hardlinkEntry, specialEntry, gnuSparse,
    duplicateEntry, belowFile, nameTooLong, headerWarning, entryTooLarge,
  ]

  /// The one legitimate symbolic link, to Podman's pre-checkpoint (contract, §1b).
  static let parentLink = "checkpoint/parent"

  private static let pathEscape = Rule(
    id: "archive.path-escape", consequence: .security, stage: .container,
    title: "No entry name leads out of the folder it is unpacked in",
    why: "Engines refuse `..`; what they do with absolute names differs by version.",
    remedy: .edit("do not trust the archive; `repair` can drop the entry if told to"),
    needs: [],
    examples: [
      .fires("dot dot", .minimal.adding("checkpoint/../../x")),
      .fires("absolute", .minimal.adding("/etc/x")),
      .silent("dot slash", .minimal.adding("./x/./y")),
      .silent("dots in a name", .minimal.adding("x/..y/z..")),
    ]
  ) { subject, findings in
    for stored in subject.checkpoint.notable {
      guard let reason = stored.entry.name.escape else { continue }
      findings.report(
        .entry(Escape.text(stored.entry.name.bytes)), "the name of the entry \(reason)",
        have: .text(Escape.text(stored.entry.name.bytes)), need: "a relative name without .."
      )
    }
  }

  private static let writeThroughSymlink = Rule(
    id: "archive.write-through-symlink", consequence: .security, stage: .container,
    title: "No entry lies below or on a symbolic link of the archive",
    why: "Unpacking would follow the link and write where it points, as root.",
    remedy: .edit("do not trust the archive; `repair` can drop the entries if told to"),
    needs: [],
    examples: [
      .fires(
        "below a link",
        .minimal.adding("l", kind: .symlink(target: Array("/etc".utf8))).adding("l/x")),
      .fires(
        "on a link", .minimal.adding("l", kind: .symlink(target: Array("x".utf8))).adding("l")),
      .silent("a link alone", .minimal.adding("l", kind: .symlink(target: Array("x".utf8)))),
    ]
  ) { subject, findings in
    guard subject.checkpoint.notable.contains(where: \.entry.kind.isLink) else { return }
    var links: [String: EntryName] = [:]
    for stored in subject.checkpoint.entries {
      if !links.isEmpty, let link = firstAncestor(of: stored.path, in: links) {
        findings.report(
          .entry(stored.path),
          "the entry would be written through the symbolic link \(link) that comes before it",
          evidence: ["link": .text(link)])
      }
      switch stored.entry.kind {
      case .symlink, .hardlink: links[stored.path] = stored.entry.name
      default: break
      }
    }
  }

  private static func firstAncestor(of path: String, in links: [String: EntryName]) -> String? {
    var rest = path[...]
    while true {
      if links[String(rest)] != nil { return String(rest) }
      guard let slash = rest.utf8.lastIndex(of: UInt8(ascii: "/")) else { return nil }
      rest = rest[..<slash]
    }
  }

  private static let linkEntry = Rule(
    id: "archive.link-entry", stage: .container,
    title: "The archive holds no symbolic links, except checkpoint/parent",
    why: """
      Engines differ by version in which links they unpack; containerd skips them all. A link \
      whose target lies outside the archive can bring a file of the host into the container.
      """,
    remedy: .edit(
      "`repair` can drop the link if told to; a donor can bring the file it stands for"),
    needs: [],
    examples: [
      .fires("relative", .minimal.adding("l", kind: .symlink(target: Array("nowhere".utf8)))),
      .fires(
        "outwards", .minimal.adding("l", kind: .symlink(target: Array("../../etc/passwd".utf8)))),
      .silent(
        "parent",
        .minimal.adding(
          "checkpoint/parent", kind: .symlink(target: Array("../pre-checkpoint".utf8)))),
    ]
  ) { subject, findings in
    for stored in subject.checkpoint.notable {
      guard case .symlink(let target) = stored.entry.kind else { continue }
      let leaves = leavesArchive(target, from: stored.entry.name)
      if stored.path == parentLink && !leaves { continue }
      findings.report(
        .entry(stored.path),
        "the entry is a symbolic link to \(Escape.text(target))\(leaves ? ", outside the archive" : "")",
        have: .text(Escape.text(target)), consequence: leaves ? .security : .refused)
    }
  }

  /// Whether a relative target, taken from the folder of its link, stays inside.
  private static func leavesArchive(_ target: [UInt8], from name: EntryName) -> Bool {
    if target.first == UInt8(ascii: "/") { return true }
    var depth = name.components.count - 1
    for part in target.split(separator: UInt8(ascii: "/")) where part != [0x2E] {
      depth += part.elementsEqual([0x2E, 0x2E]) ? -1 : 1
      if depth < 0 { return true }
    }
    return false
  }

  private static let hardlinkEntry = Rule(
    id: "archive.hardlink-entry", stage: .container,
    title: "The archive stores bytes, not hard links",
    why: """
      Engines unpack in two passes and leave parts out of the first: a hard link to such a part \
      fails with a bare “no such file or directory”. containerd skips links.
      """,
    remedy: .repack("`repair` stores the bytes in place of the link"), needs: [],
    examples: [
      .fires("inside", .minimal.adding("h", kind: .hardlink(target: Array("spec.dump".utf8)))),
      .fires("outwards", .minimal.adding("h", kind: .hardlink(target: Array("/etc/x".utf8)))),
      .silent("none", .minimal),
    ]
  ) { subject, findings in
    for stored in subject.checkpoint.notable {
      guard case .hardlink(let target) = stored.entry.kind else { continue }
      let escape = EntryName(target).escape
      findings.report(
        .entry(stored.path),
        "the entry is a hard link to \(Escape.text(target))\(escape.map { ", which \($0)" } ?? "")",
        have: .text(Escape.text(target)), consequence: escape == nil ? .refused : .security)
    }
  }

  private static let specialEntry = Rule(
    id: "archive.special-entry", stage: .container,
    title: "The archive holds regular files and folders only",
    why: "A FIFO in the place of a file hangs Podman; a device node gives access to a device.",
    remedy: .edit("`repair` can drop the entry if told to; a donor can bring the file"), needs: [],
    examples: [
      .fires("FIFO", .minimal.adding("p", kind: .fifo)),
      .fires("device", .minimal.adding("d", kind: .blockDevice)),
      .silent("folder", .minimal.adding("artifacts", kind: .directory)),
    ]
  ) { subject, findings in
    for stored in subject.checkpoint.notable {
      switch stored.entry.kind {
      case .file, .directory, .symlink, .hardlink: continue
      case .fifo, .characterDevice, .blockDevice, .socket, .other: break
      }
      let isRead = Part.named(stored.path) != nil || stored.path.hasSuffix(".img")
      findings.report(
        .entry(stored.path), "the entry is a \(stored.entry.kind.noun)",
        have: .text(stored.entry.kind.noun), need: "regular file",
        consequence: isRead ? .hang : .refused)
    }
  }

  private static let gnuSparse = Rule(
    id: "archive.gnu-sparse", stage: .container,
    title: "No entry is stored as old GNU sparse",
    why: "Podman refuses header type S; newer containerd skips such entries with a warning.",
    remedy: .repack("`repack` writes the entry in full"), needs: [],
    examples: [
      .fires(
        "GNU",
        .minimal.editing("checkpoint/pages-1.img") { $0.entry.sparse = .gnu }),
      .silent("PAX", .minimal.editing("checkpoint/pages-1.img") { $0.entry.sparse = .pax }),
    ]
  ) { subject, findings in
    for stored in subject.checkpoint.notable where stored.entry.sparse == .gnu {
      findings.report(
        .entry(stored.path), "the entry is stored as old GNU sparse (header type S)",
        have: "S", need: "0")
    }
  }

  private static let duplicateEntry = Rule(
    id: "archive.duplicate-entry", severity: .warning, consequence: .none, stage: .container,
    title: "Every name occurs once",
    why: "Unpacking replaces an earlier entry by a later one of the same name.",
    remedy: .repack("`repair` keeps the last, as engines do"),
    examples: [
      .fires("twice", .minimal.adding("x").adding("./x")),
      .silent("folder twice", .minimal.adding("checkpoint", kind: .directory)),
    ]
  ) { subject, findings in
    for stored in subject.checkpoint.notable
    where stored.isSuperseded && stored.entry.kind != .directory {
      findings.report(
        .entry(stored.path), "a later entry has the same name and replaces this one")
    }
  }

  private static let belowFile = Rule(
    id: "archive.below-file", stage: .container,
    title: "No entry lies below a file, and no file takes the place of a folder",
    why: """
      Unpacking stops with “not a directory”; a file that comes after what lies below its name \
      replaces the whole folder.
      """,
    remedy: .donor("the archive, copied again"), needs: [],
    examples: [
      .fires("below", .minimal.adding("spec.dump/x")),
      .fires("in the place of a folder", .minimal.adding("checkpoint")),
      .silent("made a folder", .minimal.adding("x").adding("x", kind: .directory).adding("x/y")),
    ]
  ) { subject, findings in
    guard mayCollide(subject.checkpoint) else { return }
    // Links are for the rules above.
    var files: [String: EntryName] = [:]
    var folders: Set<Substring> = []
    for stored in subject.checkpoint.entries {
      let path = stored.path[...]
      if let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) {
        if let file = firstAncestor(of: String(path[..<slash]), in: files) {
          findings.report(.entry(stored.path), "the entry lies below the file \(file)")
        }
        addFolders(above: path, to: &folders)
      }
      switch stored.entry.kind {
      case .directory: files[stored.path] = nil
      case .symlink, .hardlink: break
      default:
        files[stored.path] = stored.entry.name
        if folders.contains(path) {
          findings.report(.entry(stored.path), "the entry replaces a folder that is not empty")
        }
      }
    }
  }

  /// Whether any entry that is no folder lies where others need one, whatever the order.
  private static func mayCollide(_ checkpoint: Checkpoint) -> Bool {
    var folders: Set<Substring> = []
    for stored in checkpoint.entries { addFolders(above: stored.path[...], to: &folders) }
    return folders.contains { checkpoint[String($0)].map { $0.entry.kind != .directory } ?? false }
      || checkpoint.notable.contains { $0.isSuperseded && folders.contains($0.path[...]) }
  }

  private static func addFolders(above path: Substring, to folders: inout Set<Substring>) {
    var rest = path
    while let slash = rest.utf8.lastIndex(of: UInt8(ascii: "/")) {
      rest = rest[..<slash]
      if !folders.insert(rest).inserted { return }
    }
  }

  private static let nameTooLong = Rule(
    id: "archive.name-too-long", stage: .container,
    title: "Every name is one that a file system can hold",
    why: "Unpacking stops with “file name too long”.",
    remedy: .edit("`repair` can drop the entry if told to"), needs: [],
    examples: [
      .fires("component", .minimal.adding(String(repeating: "n", count: 256))),
      .fires(
        "path",
        .minimal.adding(
          String(repeating: String(repeating: "n", count: 200) + "/", count: 21) + "x")),
      .silent("the longest", .minimal.adding(String(repeating: "n", count: 255))),
    ]
  ) { subject, findings in
    for stored in subject.checkpoint.notable {
      let name = stored.entry.name
      // Linux's NAME_MAX, and PATH_MAX without its NUL.
      if name.bytes.count <= 255 { continue }
      let longest = name.components.map(\.count).max() ?? 0
      if longest > 255 {
        findings.report(
          .entry(stored.path), "a part of the name has \(longest) bytes",
          have: .number(Int64(longest)), need: 255)
      } else if name.bytes.count > 4095 {
        findings.report(
          .entry(stored.path), "the name has \(name.bytes.count) bytes",
          have: .number(Int64(name.bytes.count)), need: 4095)
      }
    }
  }

  private static let headerWarning = Rule(
    id: "archive.header-warning", severity: .warning, consequence: .none, stage: .container,
    title: "Every header is understood without reserve",
    why: "The reader understood the entry, but a stricter one may not.",
    remedy: .repack("`repack` writes clean headers"), needs: [],
    examples: [
      .fires(
        "warned",
        .minimal.editing("spec.dump") { $0.entry.warning = "Ignoring unknown extension" }),
      .silent("clean", .minimal),
    ]
  ) { subject, findings in
    for stored in subject.checkpoint.notable {
      guard let warning = stored.entry.warning else { continue }
      findings.report(.entry(stored.path), "the header: \(Escape.text(warning))")
    }
  }

  private static let entryTooLarge = Rule(
    id: "archive.entry-too-large", consequence: .security, stage: .container,
    title: "Documents and images stay within the limits",
    why: "Nothing an engine writes is that large; reading it could exhaust the memory.",
    remedy: .manual("if the archive is trusted, raise the limit"), needs: [],
    examples: [
      .fires(
        "claims 1 GiB",
        .minimal.claiming("spec.dump", size: 1 << 30)),
      .silent("small", .minimal),
    ]
  ) { subject, findings in
    for stored in subject.checkpoint.notable {
      guard case .refused(let have, let limit) = stored.content else { continue }
      findings.report(
        .entry(stored.path), "the entry has \(have) bytes, the limit is \(limit)",
        have: .number(have), need: .number(limit))
    }
  }
}
