import CRIUImages
import Checkpoint
import Documents
import Verify

/// What `spec.dump` must say to another engine.
extension Conversion {
  /// Mounts that Podman makes for every container whose specification lacks them (archive contract,
  /// §4a.6).
  private static let suppliedByPodman: Set<String> = [
    "/etc/hosts", "/etc/hostname", "/etc/resolv.conf", "/dev/shm", "/run/.containerenv",
  ]

  /// Mounts that belong to a pod, and that no request names.
  static let suppliedByPod: Set<String> = [
    "/etc/hosts", "/etc/hostname", "/etc/resolv.conf", "/dev/shm", "/run/.containerenv",
    "/run/secrets", "/dev/termination-log",
  ]

  mutating func convertSpecification(for engine: Engine) {
    guard let root = subject.root(.spec) else { return }
    let own = portrait.annotations(for: engine)
    let kept = (root.field("annotations")?.members.map { $0 } ?? []).filter {
      !Portrait.isEngineAnnotation($0.key)
    }
    let annotations =
      kept.map { ($0.key, JSONContent.copy(of: $0.value)) }
      + own.map { ($0.name, JSONContent.string($0.value)) }
    var edits = [
      Edit.set(
        pointer: root.field("annotations")?.pointer ?? "/annotations",
        json: JSONContent.object(annotations).text)
    ]
    if let namespaces = namespaces(for: engine) {
      edits.append(
        .set(
          pointer: root.field("linux")?.field("namespaces")?.pointer ?? "/linux/namespaces",
          json: namespaces.text))
    }
    add(
      Plan.Step(
        .edit(path: "spec.dump", edits: edits),
        because: "\(engine) knows its containers by annotations, and has namespaces of its own"))
  }

  /// The key under which a runtime passes on the network namespace; nil if the dump has made it.
  var networkKey: String? { key(of: .net) }

  private func key(of kind: Namespaces.Kind) -> String? {
    let images = checkpoint.images
    return subject.namespaces.ids(of: kind).lazy.compactMap { id -> String? in
      switch kind {
      case .net:
        let image = images[.netns, UInt64(id)]?.first(NetnsEntry.self)
        return image?.hasExtKey == true ? image?.extKeyText : nil
      case .pid:
        let image = images[.pidns, UInt64(id)]?.first(PidnsEntry.self)
        return image?.hasExtKey == true ? image?.extKeyText : nil
      default: return nil
      }
    }.first
  }

  private static let kinds: [String: Namespaces.Kind] = [
    "pid": .pid, "network": .net, "ipc": .ipc, "uts": .uts, "user": .user, "time": .time,
  ]

  /// Podman makes the namespaces that the dump has; those that the dump shares with the host it
  /// must not make. CRI-O puts the pod's in the place of each that has a path.
  private mutating func namespaces(for engine: Engine) -> JSONContent? {
    guard let spec = subject.spec?.linux, engine != .containerd else { return nil }
    if key(of: .pid) != nil, engine == .podman {
      refuse(
        "convert.namespace-model-differs", at: "checkpoint/pidns.img",
        "the processes share the pid namespace of their pod",
        "checkpoint a container with a pid namespace of its own")
    }
    let shared: Set<Namespaces.Kind> = [.net, .ipc, .uts]
    let items = spec.namespaces.compactMap { namespace -> JSONContent? in
      guard let type = namespace.type else { return nil }
      let kind = Self.kinds[type]
      if let kind, subject.namespaces.isOwn(kind) == false { return nil }
      var members: [(name: String, value: JSONContent)] = [("type", .string(type))]
      let isPodded = kind.map(shared.contains) ?? false
      if engine == .criO, isPodded, kind != .net || networkKey != nil {
        let path = "/var/run/\(type == "network" ? "net" : type)ns/pod"
        members.append(("path", .string(path)))
        portrait.invent("the path of the pod's \(type) namespace, which CRI-O replaces", path)
      }
      return .object(members)
    }
    return .array(items)
  }

  /// A mount with its source on the other host.
  func moved(_ mount: RuntimeSpec.Mount) -> RuntimeSpec.Mount {
    var mount = mount
    mount.source = mount.source.map { request.mounts.mapped($0) ?? $0 }
    return mount
  }

  /// Rewrites the sources of bind mounts, and takes out those that Podman makes itself.
  mutating func moveMounts() {
    let isForPodman = request.engine == .podman && subject.identity.engine != .podman
    for document in specifications {
      var edits: [Edit] = []
      var taken: [String] = []
      for mount in document.spec.mounts {
        let pointer = mount.pointer
        if isForPodman, Self.suppliedByPodman.contains(mount.destination ?? "") {
          edits.append(.remove(pointer: pointer))
          taken.append(mount.destination ?? "")
        } else if mount.isBind, let source = mount.source,
          let new = request.mounts.mapped(source)
        {
          edits.append(.set(pointer: pointer + "/source", json: JSONContent.string(new).text))
        }
      }
      if edits.isEmpty { continue }
      add(
        Plan.Step(
          .edit(path: document.path, edits: edits),
          because: taken.isEmpty
            ? "the sources lie elsewhere on the other host"
            : "Podman makes \(taken.joined(separator: ", ")) itself"))
    }
    moveBindMounts()
  }

  private mutating func moveBindMounts() {
    guard request.engine == nil || request.engine == .criO,
      case .success(let document)? = checkpoint.document(.bindMounts)?.result
    else { return }
    let edits = BindMount.all(in: document).compactMap { mount -> Edit? in
      guard let new = mount.source.flatMap(request.mounts.mapped) else { return nil }
      return .set(pointer: mount.pointer + "/source", json: JSONContent.string(new).text)
    }
    if edits.isEmpty { return }
    add(
      Plan.Step(
        .edit(path: "bind.mounts", edits: edits),
        because: "CRI-O makes what is missing at the sources"))
  }
}
