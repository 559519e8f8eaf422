import CRIUImages
import Checkpoint
import Documents

/// The edits that make a runtime offer what the dump names, exact enough to be made by hand.
extension Subject {
  /// What gives the runtime the key of a mount that it does not offer.
  func edit(offering mount: MountTable.Mount) -> Remedy {
    let key = cleaned(mount.key ?? "")
    if mount.filesystem == .cgroup {
      let folder = "/" + components(of: key).dropLast().joined(separator: "/")
      let object = JSONContent.object([
        "destination": .string(folder), "type": .string("cgroup"), "source": .string("cgroup"),
        "options": .array(["nosuid", "noexec", "nodev", "relatime", "ro"].map { .string($0) }),
      ])
      return .manual("append \(object.text) to /mounts of spec.dump")
    }
    let source = source(of: key)
    if engine == .criO {
      return .manual(
        "have the pod request it: \(PodSnippet([PodSnippet.Item(key, source: source)]).text)"
          + (source == nil ? ", \(unknownSource(mount))" : ""))
    }
    let object = JSONContent.object([
      "destination": .string(key), "type": .string("bind"),
      "source": .string(source ?? "SOURCE"), "options": .array([.string("rbind")]),
    ])
    var ways: [String] = []
    if let moved = movedBind(key, source) {
      ways.append(
        "set \(moved.pointer)/destination of spec.dump from \(quoted(moved.destination ?? "")) to \(quoted(key))"
      )
    }
    ways.append(
      "append \(shown(object.text)) to /mounts of spec.dump"
        + (source == nil ? ", \(unknownSource(mount))" : ""))
    return .manual(ways.joined(separator: ", or ") + ", or have `repair` drop its entry")
  }

  private func quoted(_ text: String) -> String { shown(JSONContent.string(text).text) }

  /// The image says what the mount showed, from the root of a file system that it does not name.
  private func unknownSource(_ mount: MountTable.Mount) -> String {
    "SOURCE being what the host bound there: \(shown(mount.root)) of some file system"
  }

  /// Where the archive says that the host has what was bound to `destination`.
  private func source(of destination: String) -> String? {
    let own = podman?.spec.map(RuntimeSpec.init)?.mounts ?? []
    let mounts = own.filter(\.isBind).map { ($0.destination, $0.source) }
    let made = bindMounts.map { ($0.destination, $0.source) }
    return (mounts + made).first { cleaned($0.0 ?? "") == destination }?.1
  }

  /// A bind mount of the specification that the dump does not have: the one that was moved there, by
  /// its source, or because there is no other.
  private func movedBind(_ key: String, _ source: String?) -> RuntimeSpec.Mount? {
    let keys = Set(mounts.all.compactMap { $0.key.map(cleaned) })
    let places = Set(mounts.all.map { cleaned($0.path) })
    let others = (spec?.mounts ?? []).filter { mount in
      guard mount.isBind, let destination = mount.destination else { return false }
      return !keys.contains(cleaned(destination)) && !places.contains(cleaned(destination))
    }
    if let source { return others.first { $0.source == source } }
    return others.count == 1 ? others[0] : nil
  }

  /// What a key of the other runtime becomes: its name there, and nil where there is none.
  func renaming(_ mount: MountTable.Mount) -> String? {
    switch runtime {
    // Its empty folder has no counterpart: runc mounts a tmpfs.
    case .runc: mount.key?.hasSuffix("/.empty-directory") == true ? nil : "/dev/null"
    case .crun: mount.path
    case nil: nil
    }
  }

  /// The keys of the other runtime, each with what it must become.
  func edit(renaming foreign: [MountTable.Mount]) -> Remedy {
    let steps = foreign.prefix(8).map { mount in
      let place = "the mount \(mount.id) at \(shown(mount.path))"
      return renaming(mount).map {
        "ext_key of \(place) from \(quoted(mount.key ?? "")) to \(quoted($0))"
      } ?? "\(place) made a tmpfs or dropped, for \(runtime?.rawValue ?? "") has no name for it"
    }
    let more = foreign.count > 8 ? ", and \(foreign.count - 8) more" : ""
    let listed = runtime == .crun ? "; each must be in maskedPaths of spec.dump" : ""
    return .edit(
      "restore with the runtime that dumped, or let `repack --runtime \(runtime?.rawValue ?? "")` rename the keys: \(steps.joined(separator: "; "))\(more)\(listed)"
    )
  }
}

/// Mounts as a pod's specification requests them, in flow style, for a line to paste.
struct PodSnippet {
  struct Item {
    let path: String
    /// On the host; nil if nobody knows.
    let source: String?
    /// A tmpfs, which takes no source.
    let isTemporary: Bool

    init(_ path: String, source: String?, isTemporary: Bool = false) {
      self.path = path
      self.source = source
      self.isTemporary = isTemporary
    }
  }

  let items: [Item]

  init(_ items: [Item]) { self.items = items }

  var text: String {
    let mounts = items.enumerated().map { "{name: m\($0), mountPath: \(Self.yaml($1.path))}" }
    let volumes = items.enumerated().map { index, item in
      item.isTemporary
        ? "{name: m\(index), emptyDir: {medium: Memory}}"
        : "{name: m\(index), hostPath: {path: \(Self.yaml(item.source ?? "SOURCE"))}}"
    }
    return
      "volumeMounts: [\(mounts.joined(separator: ", "))] of the container, volumes: [\(volumes.joined(separator: ", "))] of the pod"
  }

  /// A flow scalar of YAML: quoted, so that nothing in it means anything.
  private static func yaml(_ text: String) -> String {
    let escaped = shown(text).replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
    return "\"\(escaped)\""
  }
}
