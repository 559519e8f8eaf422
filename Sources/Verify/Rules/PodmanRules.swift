import Archive
import Checkpoint
import Documents

/// Rules about what Podman checks in `config.dump` (contract, §1c; engines-measured.md, §5).
extension Rule {
  static let podmanRules: [Rule] = [
    configRule(
      "podman.runtime-missing", "config.dump names its runtime",
      why: "“checkpoint archive was created with runtime '' and cannot be restored with …”.",
      remedy: .donor("config.dump of the same checkpoint"),
      examples: [
        .fires("gone", .minimal.unsetting("config.dump", "/runtime")),
        .fires("empty document", .minimal.replacing("config.dump", text: "{}")),
        .fires("null", .minimal.replacing("config.dump", text: "null")),
      ]
    ) { config, report in
      if config.runtime ?? "" == "" {
        report("/runtime", "no runtime is named", nil, "runc or crun")
      }
    },
    configRule(
      "podman.image-pair", "Image name and image id come together",
      why: "“both RootfsImageName and RootfsImageID must be set if either is set”.",
      remedy: .donor("config.dump of the same checkpoint"),
      examples: [
        .fires("no id", .minimal.unsetting("config.dump", "/rootfsImageID")),
        .fires("no name", .minimal.unsetting("config.dump", "/rootfsImageName")),
      ]
    ) { config, report in
      let name = config.rootfsImageName ?? ""
      let id = config.rootfsImageID ?? ""
      if name.isEmpty != id.isEmpty {
        let missing = name.isEmpty ? "rootfsImageName" : "rootfsImageID"
        report("/\(missing)", "\(missing) is missing beside the other", nil, "both or neither")
      }
    },
    configRule(
      "podman.rootfs-and-image", "The root file system is an image or a folder, not both",
      why: "“cannot set both an image ID and rootfs for a container”.",
      remedy: .donor("config.dump of the same checkpoint"),
      examples: [.fires("both", .minimal.setting("config.dump", "/rootfs", to: #""/srv/root""#))]
    ) { config, report in
      if let rootfs = config.rootfs, !rootfs.isEmpty, config.rootfsImageID ?? "" != "" {
        report("/rootfs", "a root folder is set beside an image", rootfs, "one of the two")
      }
    },
    configRule(
      "podman.has-dependencies", "The container depends on no other",
      why: "“cannot import checkpoints of containers with dependencies”.",
      remedy: .manual("checkpoint the container outside of what it shares with others"),
      examples: [.fires("one", .minimal.setting("config.dump", "/Dependencies", to: #"["ef"]"#))]
    ) { config, report in
      if !config.dependencies.isEmpty {
        report(
          "/Dependencies", "the container depends on \(config.dependencies.count) others",
          "\(config.dependencies.count)", "0")
      }
    },
    configRule(
      "podman.pod-mismatch", "A container of a pod is restored into a pod",
      why: "“cannot restore pod container without --pod”.",
      remedy: .manual("restore with `podman container restore --pod POD --import …`"),
      examples: [.fires("pod", .minimal.setting("config.dump", "/pod", to: #""ef""#))]
    ) { config, report in
      if let pod = config.pod, !pod.isEmpty {
        report("/pod", "the container belonged to a pod", pod, "--pod at restore")
      }
    },
    configRule(
      "podman.label-pair", "Process label and mount label come together",
      why: "“ProcessLabel and MountLabel must either not be specified or both specified”.",
      remedy: .donor("config.dump of the same checkpoint"),
      examples: [
        .fires("one", .minimal.setting("config.dump", "/ProcessLabel", to: #""a:b:c:s0""#))
      ]
    ) { config, report in
      let process = config.processLabel ?? ""
      let mount = config.mountLabel ?? ""
      if process.isEmpty != mount.isEmpty {
        report(
          process.isEmpty ? "/ProcessLabel" : "/MountLabel", "only one of the labels is set", nil,
          "both or neither")
      }
    },
    configRule(
      "podman.shm-size", "The size of /dev/shm is not negative",
      why: "The mount of the shm tmpfs fails: “invalid argument”.",
      remedy: .donor("config.dump of the same checkpoint"),
      examples: [.fires("negative", .minimal.setting("config.dump", "/shmSize", to: "-1"))]
    ) { config, report in
      if let size = config.shmSize, size < 0 {
        report("/shmSize", "the size of /dev/shm is \(size)", "\(size)", "at least 0")
      }
    },
    volumeMissing, runtimeMismatch, volumeUndeclared, configSpecDrift,
  ]

  private typealias Reporter = (
    _ pointer: String, _ message: String, _ have: String?, _ need: String
  ) -> Void

  private static func configRule(
    _ id: String, _ title: String, why: String, remedy: Remedy, examples: [Example],
    check: @escaping @Sendable (PodmanConfig, Reporter) -> Void
  ) -> Rule {
    Rule(
      id: id, stage: .engine, title: title, why: why, remedy: remedy,
      needs: [.wholeArchive, .container, .document(.config), .engine([.podman])],
      examples: examples + [.silent("minimal", .minimal), .silent("CRI-O", .minimalCRIO)]
    ) { subject, findings in
      guard let config = subject.podman else { return }
      check(config) { pointer, message, have, need in
        findings.report(
          .value("config.dump", pointer), message, have: have.map { .text(Escape.text($0)) },
          need: .text(need))
      }
    }
  }

  private static let runtimeMismatch = Rule(
    id: "podman.runtime-mismatch", stage: .engine,
    title: "The restore uses the runtime of the dump",
    why: "“was created with runtime … and cannot be restored with runtime …”.",
    remedy: .manual("restore with the runtime of the dump"),
    needs: [.wholeArchive, .container, .document(.config), .engine([.podman])],
    examples: [
      .fires("another", with: .crun, .minimal),
      .silent("the same", with: .runc, .minimal),
      .silent("nothing asked", .minimal),
    ]
  ) { subject, findings in
    guard let named = subject.identity.runtime, let runtime = subject.runtime, named != runtime
    else { return }
    findings.report(
      .value("config.dump", "/runtime"),
      "the dump was made with \(named.rawValue), and the restore is to use \(runtime.rawValue)",
      have: .text(named.rawValue), need: .text(runtime.rawValue))
  }

  private static let volumeMissing = Rule(
    id: "podman.volume-tar-missing", stage: .engine, title: "Every named volume has its content",
    why: "“failed to open volume file”.",
    remedy: .donor("the volume's tar of the same checkpoint, or restore with --ignore-volumes"),
    needs: [.wholeArchive, .container, .document(.config), .engine([.podman])],
    examples: [
      .fires("gone", .minimal.setting("config.dump", "/namedVolumes", to: oneVolume)),
      .silent(
        "there",
        .minimal.setting("config.dump", "/namedVolumes", to: oneVolume)
          .adding("volumes/v.tar", Sketch.tar([]))),
    ]
  ) { subject, findings in
    if subject.options?.contains(.ignoreVolumes) == true { return }
    for volume in subject.podman?.namedVolumes ?? [] {
      guard let name = volume.name else { continue }
      let path = "volumes/\(Escape.text(name)).tar"
      if subject.checkpoint.contains(path) { continue }
      findings.report(
        .entry(path), "config.dump names the volume \(Escape.text(name)), and its tar is missing",
        have: "nothing", need: "a plain tar")
    }
  }

  private static let volumeUndeclared = Rule(
    id: "podman.volume-undeclared", stage: .engine,
    title: "config.dump names every volume that the archive brings",
    why: """
      Podman makes only the volumes that config.dump names; the mount of another one fails for \
      want of its source: “volumes/NAME/_data: no such file or directory”.
      """,
    remedy: .donor("config.dump of the same checkpoint"),
    needs: [
      .wholeArchive, .container, .document(.config), .document(.spec), .engine([.podman]),
    ],
    examples: [
      .fires(
        "mounted, not named",
        .minimal.adding("volumes/v.tar", Sketch.tar([Sketch.file("./", kind: .directory)]))
          .setting("spec.dump", "/mounts/3", to: volumeMount)),
      .silent(
        "named",
        .minimal.adding("volumes/v.tar", Sketch.tar([Sketch.file("./", kind: .directory)]))
          .setting("spec.dump", "/mounts/3", to: volumeMount)
          .setting("config.dump", "/namedVolumes", to: oneVolume)),
    ]
  ) { subject, findings in
    let named = Set((subject.podman?.namedVolumes ?? []).compactMap(\.name))
    for mount in subject.spec?.mounts ?? [] {
      let parts = Array(components(of: mount.source ?? "").suffix(3))
      guard parts.count == 3, parts[0] == "volumes", parts[2] == "_data",
        subject.checkpoint.contains("volumes/\(Escape.text(parts[1])).tar"),
        !named.contains(parts[1])
      else { continue }
      findings.report(
        .value("config.dump", "/namedVolumes"),
        "spec.dump mounts the volume \(Escape.text(parts[1])), which config.dump does not name",
        have: .list(named.sorted()), need: .text(Escape.text(parts[1])))
    }
  }

  private static let volumeMount =
    #"{"destination":"/v","type":"bind","source":"/s/volumes/v/_data","options":["rbind"]}"#

  private static let oneVolume = #"[{"volumeName":"v","dest":"/v"}]"#

  /// Most of the two differs in every real archive, as Podman completes the specification when it
  /// starts the container; the masks are what other readers trust.
  private static let configSpecDrift = Rule(
    id: "podman.config-spec-drift", severity: .note, consequence: .none, stage: .engine,
    title: "The masks of spec.dump equal those of the copy inside config.dump",
    why: "Podman replaces the embedded copy by spec.dump on import; other readers may not.",
    remedy: .edit("`repair` keeps both equal when it edits spec.dump"),
    needs: [
      .wholeArchive, .container, .document(.config), .document(.spec), .engine([.podman]),
    ],
    examples: [
      .fires("differs", .minimal.unsetting("spec.dump", "/linux/maskedPaths/0")),
      .silent("equal", .minimal),
      .silent("another host name", .minimal.setting("spec.dump", "/hostname", to: #""other""#)),
    ]
  ) { subject, findings in
    guard let embedded = subject.podman?.spec, let spec = subject.root(.spec) else { return }
    for key in ["maskedPaths", "readonlyPaths"] {
      let own = paths(spec, key)
      let copy = paths(embedded, key)
      guard own != copy else { continue }
      let differing = own.symmetricDifference(copy).sorted().map { Escape.text($0) }
      findings.report(
        .value("config.dump", "/spec/linux/\(key)"),
        "\(key) differs from spec.dump in \(differing.joined(separator: ", "))",
        have: .list(copy.sorted()), need: .list(own.sorted()))
    }
  }

  private static func paths(_ spec: JSONValue, _ key: String) -> Set<String> {
    Set((spec.field("linux")?.field(key)?.elements).map { $0.compactMap(\.string) } ?? [])
  }
}
