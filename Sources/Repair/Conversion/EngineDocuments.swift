import Documents
import Checkpoint

/// The documents that each engine wants of a checkpoint (archive contract, §1c).
extension Portrait {
  /// `config.dump`.
  func configuration(for engine: Engine, hasNetwork: Bool, cgroupsPath: String?) -> JSONContent {
    engine == .podman
      ? podmanConfiguration(hasNetwork: hasNetwork, cgroupsPath: cgroupsPath)
      : criConfiguration(for: engine)
  }

  /// The little that CRI-O and containerd keep.
  private func criConfiguration(for engine: Engine) -> JSONContent {
    // CRI-O takes the id alone; containerd takes it with the algorithm where no digest of a
    // registry is known.
    let reference = imageID.map { engine == .criO ? $0 : "sha256:\($0)" } ?? ""
    return .object([
      "id": .string(id), "name": .string(name), "rootfsImage": .string(requestedImage),
      "rootfsImageRef": .string(reference), "rootfsImageName": .string(image),
      "runtime": .string(engine == .criO ? runtime.rawValue : "io.containerd.runc.v2"),
      "createdTime": .string(created), "checkpointedTime": .string(checkpointed),
      "restoredTime": .string("0001-01-01T00:00:00Z"), "restored": .bool(false),
    ])
  }

  /// What Podman cannot do without; the rest has the values of a container made without options.
  private func podmanConfiguration(hasNetwork: Bool, cgroupsPath: String?) -> JSONContent {
    // systemd's paths are SLICE:PREFIX:NAME (runtime specification, config-linux.md).
    let isSystemd = cgroupsPath?.contains(":") ?? false
    var members: [(name: String, value: JSONContent)] = [
      ("id", .string(id)), ("name", .string(name)),
      ("RawImageName", .string(requestedImage)),
      (
        "idMappingsOptions",
        .object(["HostUIDMapping": .bool(true), "HostGIDMapping": .bool(true)])
      ),
      ("rootfsImageID", .string(imageID ?? "")), ("rootfsImageName", .string(image)),
      ("shmSize", .integer(65_536_000)), ("createNetNS", .bool(hasNetwork)),
      ("stopSignal", .integer(15)), ("stopTimeout", .integer(10)),
      ("createdTime", .string(created)),
      ("cgroupManager", .string(isSystemd ? "systemd" : "cgroupfs")),
      ("cgroupsMode", .string("enabled")), ("logDriver", .string("k8s-file")),
      ("runtime", .string(runtime.rawValue)), ("umask", .string("0022")),
    ]
    if hasNetwork {
      members.append(("networkMode", .string("bridge")))
      members.append(
        ("newNetworks", .object(["podman": .object(["interface_name": .string("eth0")])])))
    }
    return .object(members)
  }

  /// containerd's `status.dump`: the CRI message ContainerStatus.
  func containerStatus(mounts: [RuntimeSpec.Mount]) -> JSONContent {
    .object([
      "id": .string(id), "metadata": .object(["name": .string(shortName)]),
      // CONTAINER_RUNNING.
      "state": .integer(1),
      "image": .object(["image": .string(image)]),
      "image_ref": .string(imageID.map { "sha256:\($0)" } ?? image),
      "labels": .object([:]), "annotations": .object([:]),
      "mounts": .array(
        mounts.map { mount in
          .object([
            "container_path": .string(mount.destination ?? ""),
            "host_path": .string(mount.source ?? ""),
            "readonly": .bool(mount.options.contains("ro")),
          ])
        }),
    ])
  }

  /// The annotations of `spec.dump` by which an engine knows its own.
  func annotations(for engine: Engine) -> [(name: String, value: String)] {
    switch engine {
    case .podman:
      return [
        ("io.container.manager", "libpod"),
        ("io.kubernetes.cri-o.Created", created),
        ("io.kubernetes.cri-o.TTY", hasTerminal ? "true" : "false"),
      ]
    case .criO:
      let metadata = JSONContent.object(["name": .string(shortName)])
      return [
        ("io.container.manager", "cri-o"),
        ("io.kubernetes.cri-o.Annotations", "{}"),
        ("io.kubernetes.cri-o.ContainerID", id),
        ("io.kubernetes.cri-o.ContainerType", "container"),
        ("io.kubernetes.cri-o.Created", created),
        ("io.kubernetes.cri-o.ImageName", image),
        ("io.kubernetes.cri-o.Labels", "{}"),
        ("io.kubernetes.cri-o.Metadata", metadata.text),
        ("io.kubernetes.cri-o.Name", name),
        ("io.kubernetes.cri-o.SandboxID", sandbox),
        ("io.kubernetes.cri-o.TTY", hasTerminal ? "true" : "false"),
      ]
    case .containerd:
      let pod = [
        ("sandbox-name", podName), ("sandbox-namespace", podNamespace), ("sandbox-uid", podUID),
      ]
      return [
        ("io.kubernetes.cri.container-name", shortName),
        ("io.kubernetes.cri.container-type", "container"),
        ("io.kubernetes.cri.image-name", image),
        ("io.kubernetes.cri.sandbox-id", sandbox),
      ] + pod.compactMap { key, value in value.map { ("io.kubernetes.cri.\(key)", $0) } }
    case .docker: return []
    }
  }

  /// Whether an annotation is an engine's own, and goes with it.
  static func isEngineAnnotation(_ name: String) -> Bool {
    ["io.container.manager", "platform-runtime-path.crio.io"].contains(name)
      || ["io.kubernetes.cri-o.", "io.kubernetes.cri.", "io.podman."].contains {
        name.hasPrefix($0)
      }
  }
}
