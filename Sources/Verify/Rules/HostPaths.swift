import Checkpoint
import Documents
import Host

/// Rules about what must lie on the host's own file systems.
extension Rule {
  static let hostPathRules: [Rule] = [
    hostBindSource, bindType, namespacePath, hookProgram, volumeExists, archiveReadable,
    mountsToRequest,
  ]

  private static let hostBindSource = Rule(
    id: "host.bind-source-missing", stage: .host,
    title: "The source of every bind mount is on the host",
    why:
      "The runtime looks for the source before CRIU starts: “stat …: no such file or directory”.",
    remedy: .manual("create the source on the host, of the type that the container expects"),
    needs: [.wholeArchive, .container, .document(.spec), .engine([.podman, .criO]), .host],
    examples: [
      .fires("missing", on: .lacking("/srv/data"), .minimal),
      .silent("there", on: .minimal, .minimal),
      .silent(
        "the engine's own", on: .minimal,
        .minimal.setting(
          "spec.dump", "/mounts/3",
          to: #"{"destination":"/etc/hosts","type":"bind","source":"/no/hosts","options":["bind"]}"#
        )),
    ]
  ) { subject, findings in
    guard let host = subject.host else { return }
    for (mount, source) in subject.hostBinds {
      guard findings.isAbsent(source, on: host) else { continue }
      // CRI-O creates what bind.mounts describes.
      let isMade =
        subject.engine == .criO
        && subject.bindMounts.contains { $0.destination == mount.destination }
      findings.report(
        .value("spec.dump", "\(mount.pointer)/source"),
        "\(shown(source)), bound to \(shown(mount.destination ?? "")), does not exist on \(shown(host.name))"
          + (isMade ? "; CRI-O creates it empty" : ""),
        have: "absent on the host", need: .text(shown(source)),
        severity: isMade ? .warning : nil, consequence: isMade ? .silentLoss : nil)
    }
  }

  private static let bindType = Rule(
    id: "host.bind-type-differs", stage: .host,
    title: "The source of every bind mount is of the recorded type",
    why: "A folder cannot be bound over a file, nor a file over a folder: “not a directory”.",
    remedy: .manual("replace the source on the host by one of the recorded type"),
    needs: [.wholeArchive, .container, .document(.spec), .document(.bindMounts), .host],
    examples: [
      .fires(
        "a folder for a file", on: .minimal,
        .minimalCRIO.replacing(
          "bind.mounts",
          text:
            #"[{"source":"/srv/data","destination":"/data","file_type":"file","permissions":1}]"#)),
      .silent(
        "a folder", on: .minimal,
        .minimalCRIO.replacing(
          "bind.mounts",
          text:
            #"[{"source":"/srv/data","destination":"/data","file_type":"directory","permissions":1}]"#
        )),
    ]
  ) { subject, findings in
    guard let host = subject.host else { return }
    for mount in subject.bindMounts {
      guard let source = mount.source, case .present(let kind) = host.paths[source] else {
        continue
      }
      let need: PathListing.Kind = mount.fileType == "directory" ? .folder : .file
      if kind == need || kind == .other && need == .file { continue }
      findings.report(
        .value("bind.mounts", mount.pointer),
        "\(shown(source)) is a \(kind.rawValue) on \(shown(host.name)), and was a \(need.rawValue)",
        have: .text(kind.rawValue), need: .text(need.rawValue))
    }
  }

  private static let namespacePath = Rule(
    id: "host.namespace-path-missing", stage: .host,
    title: "Every namespace that the specification joins is there",
    why: "“invalid netns path: stat …: no such file or directory”.",
    remedy: .manual("create the namespace under this name, or restore into a pod that has one"),
    needs: [.wholeArchive, .container, .document(.spec), .engine([.podman]), .host],
    examples: [
      .fires("missing", on: .minimal.with { $0.paths.add("/run/netns/a", nil) }, .joining),
      .silent("there", on: .minimal.with { $0.paths.add("/run/netns/a", .file) }, .joining),
      .silent("none", on: .minimal, .minimal),
    ]
  ) { subject, findings in
    guard let host = subject.host else { return }
    // CRI engines put the namespaces of the pod in their place.
    for namespace in subject.spec?.linux?.namespaces ?? [] {
      guard let path = namespace.path, !path.isEmpty else { continue }
      guard findings.isAbsent(path, on: host) else { continue }
      findings.report(
        .value("spec.dump", "\(namespace.pointer)/path"),
        "the \(shown(namespace.type ?? "")) namespace \(shown(path)) does not exist on \(shown(host.name))",
        have: "absent on the host", need: .text(shown(path)))
    }
  }

  private static let hookProgram = Rule(
    id: "host.hook-missing", stage: .host,
    title: "The program of every hook is on the host",
    why: "A hook whose program is missing fails the restore: “action scripts failed”.",
    remedy: .manual("install the program on the host, or take the hook out of spec.dump"),
    needs: [.wholeArchive, .container, .document(.spec), .engine([.podman, .criO]), .host],
    examples: [
      .fires("missing", on: .minimal.with { $0.paths.add("/opt/hook", nil) }, .hooked),
      .silent("there", on: .minimal.with { $0.paths.add("/opt/hook", .file) }, .hooked),
    ]
  ) { subject, findings in
    guard let host = subject.host else { return }
    for hook in subject.spec?.hooks ?? [] {
      guard findings.isAbsent(hook.program.path, on: host) else { continue }
      findings.report(
        .value("spec.dump", hook.program.pointer),
        "the \(hook.stage) hook \(shown(hook.program.path)) does not exist on \(shown(host.name))",
        have: "absent on the host", need: .text(shown(hook.program.path)))
    }
  }

  private static let volumeExists = Rule(
    id: "podman.volume-exists", stage: .host,
    title: "No volume of the checkpoint exists on the host",
    why: "Podman makes each volume anew: “volume with name … already exists”.",
    remedy: .manual("remove or rename the volume, or restore with --ignore-volumes"),
    needs: [.wholeArchive, .document(.config), .engine([.podman]), .host],
    examples: [
      .fires(
        "there", on: .minimal.with { $0.paths.add(Subject.volumePath("data"), .folder) },
        .withVolume),
      .silent(
        "not there", on: .minimal.with { $0.paths.add(Subject.volumePath("data"), nil) },
        .withVolume),
    ]
  ) { subject, findings in
    guard let host = subject.host, subject.options?.contains(.ignoreVolumes) != true else { return }
    for volume in subject.podman?.namedVolumes ?? [] {
      guard let name = volume.name, case .present = host.paths[Subject.volumePath(name)] else {
        continue
      }
      findings.report(
        .value("config.dump", "/namedVolumes"),
        "the volume \(shown(name)) exists on \(shown(host.name))", have: .text(shown(name)),
        need: "no volume of this name")
    }
  }
}

extension Subject {
  /// Where Podman run by root keeps a volume.
  static func volumePath(_ name: String) -> String {
    "/var/lib/containers/storage/volumes/\(name)"
  }

  /// The bind mounts whose sources somebody must bring: not those that the engine makes itself, nor
  /// Podman's volumes.
  var hostBinds: [(mount: RuntimeSpec.Mount, source: String)] {
    let own = engine.flatMap { OfferedKeys.suppliedByEngine[$0] } ?? []
    let volumes = Set((podman?.namedVolumes ?? []).compactMap(\.destination))
    return (spec?.mounts ?? []).compactMap { mount in
      guard mount.isBind, let source = mount.source, source.hasPrefix("/"),
        let destination = mount.destination, !own.contains(destination),
        !volumes.contains(destination)
      else { return nil }
      return (mount, source)
    }
  }

  var bindMounts: [BindMount] {
    guard case .success(let document)? = checkpoint.document(.bindMounts)?.result else { return [] }
    return BindMount.all(in: document)
  }

  /// Every path that a host must be asked about.
  public var allHostPaths: [String] {
    checkpoint.kernelMountpoints + hostBinds.map(\.source) + bindMounts.compactMap(\.source)
      + (spec?.linux?.namespaces ?? []).compactMap(\.path).filter { !$0.isEmpty }
      + (spec?.hooks ?? []).map(\.program.path)
      + (podman?.namedVolumes ?? []).compactMap(\.name).map(Self.volumePath)
      + ghostsOnBinds.map(\.path)
  }
}

extension Sketch {
  fileprivate static let joining = minimal.setting(
    "spec.dump", "/linux/namespaces/1", to: #"{"type":"network","path":"/run/netns/a"}"#)

  fileprivate static let hooked = minimal.setting(
    "spec.dump", "/hooks", to: #"{"prestart":[{"path":"/opt/hook"}]}"#)

  fileprivate static let withVolume = minimal.setting(
    "config.dump", "/namedVolumes", to: #"[{"volumeName":"data","dest":"/vol"}]"#
  ).adding("volumes/data.tar", Sketch.tar([]))
}
