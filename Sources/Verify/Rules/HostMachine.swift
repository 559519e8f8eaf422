import CRIUImages
import Checkpoint
import Host

/// Rules about the host's processor and kernel.
extension Rule {
  static let machineRules: [Rule] = [
    architecture, pageSize, descriptorLimit, processLimit, filesystems, kernelOption,
  ]

  /// The kernel has it only with CONFIG_CHECKPOINT_RESTORE.
  private static let markOfOption = "/proc/sys/kernel/ns_last_pid"

  private static let kernelOption = Rule(
    id: "host.kernel-without-criu", stage: .host,
    title: "The host's kernel is built for checkpoint and restore",
    why: "Without CONFIG_CHECKPOINT_RESTORE a kernel gives CRIU none of what it needs.",
    remedy: .manual("restore on a host whose kernel has CONFIG_CHECKPOINT_RESTORE"),
    needs: [.wholeArchive, .images, .host],
    examples: [
      .fires("without", on: .minimal.with { $0.paths.add(markOfOption, nil) }, .minimal),
      .silent("with", on: .minimal.with { $0.paths.add(markOfOption, .file) }, .minimal),
    ]
  ) { subject, findings in
    guard let host = subject.host else { return }
    switch host.paths[markOfOption] {
    case .present: break
    case .unknown: findings.notKnown("how its kernel is built", host)
    case .absent:
      findings.report(
        .archive,
        "the kernel of \(shown(host.name)) (\(shown(host.kernel.release))) has no \(markOfOption)",
        have: "absent on the host", need: "CONFIG_CHECKPOINT_RESTORE")
    }
  }

  /// What `uname -m` calls the architectures of core images.
  private static let machines: [MachineType: Set<String>] = [
    .x86: ["x86_64", "i686"], .arm: ["armv7l", "armv6l", "aarch64"], .aarch64: ["aarch64"],
    .ppc64: ["ppc64le", "ppc64"], .s390: ["s390x"], .mips: ["mips64", "mips"],
    .loongarch64: ["loongarch64"], .riscv64: ["riscv64"],
  ]

  private static let architecture = Rule(
    id: "host.arch-differs", stage: .host,
    title: "The host has the architecture of the dump",
    why: "Registers and machine code mean nothing on another architecture.",
    remedy: .manual("restore on a host of the same architecture"),
    needs: [.wholeArchive, .images, .host],
    examples: [
      .fires("another", on: .minimal.with { $0.kernel.machine = "aarch64" }, .minimal),
      .silent("the same", on: .minimal, .minimal),
    ]
  ) { subject, findings in
    guard let host = subject.host, let root = subject.processes.root, let core = root.core,
      let machine = core.machine, let names = machines[machine],
      !names.contains(host.kernel.machine)
    else { return }
    findings.report(
      subject.location(ImageName(.core, UInt64(root.pid))),
      "the dump is of \(names.sorted().joined(separator: " or ")), \(shown(host.name)) is \(shown(host.kernel.machine))",
      have: .text(shown(host.kernel.machine)), need: .list(names.sorted()))
  }

  private static let pageSize = Rule(
    id: "host.page-size-differs", stage: .host,
    title: "The host has the page size of the dump",
    why: "Mappings begin and end on pages of the dump's size, which a larger one cannot express.",
    remedy: .manual("restore on a kernel with the same page size"),
    needs: [.wholeArchive, .images, .host],
    examples: [
      .fires("larger", on: .minimal.with { $0.kernel.pageSize = 65536 }, .onPages(of: 4096)),
      .silent("the same", on: .minimal, .onPages(of: 4096)),
    ]
  ) { subject, findings in
    guard let host = subject.host, let root = subject.processes.root,
      let space = AddressSpace(subject.checkpoint.images, pid: root.pid), let need = space.pageSize
    else { return }
    guard let have = host.kernel.pageSize else {
      return findings.notKnown("the page size", host)
    }
    if have == need { return }
    findings.report(
      subject.location(space.image, space.record),
      "the dump has pages of \(need) bytes, \(shown(host.name)) of \(have)",
      have: .unsigned(have), need: .unsigned(need), evidence: ["field": "mm_saved_auxv"])
  }

  ///
  private static let descriptorLimit = Rule(
    id: "host.descriptor-limit", stage: .host,
    title: "Every descriptor is below the limit of the host",
    why: "The kernel refuses descriptors from fs.nr_open on.",
    remedy: .manual("raise fs.nr_open on the host"),
    needs: [.wholeArchive, .images, .host],
    examples: [
      .fires("a small limit", on: .minimal.with { $0.kernel.descriptorLimit = 2 }, .minimal),
      .silent("enough", on: .minimal, .minimal),
    ]
  ) { subject, findings in
    guard let host = subject.host else { return }
    guard let limit = host.kernel.descriptorLimit else {
      return findings.notKnown("fs.nr_open", host)
    }
    for table in subject.openFiles.tables.keys.sorted() {
      guard
        let last = subject.openFiles.tables[table]?.max(by: { $0.entry.fd < $1.entry.fd }),
        UInt64(last.entry.fd) >= limit
      else { continue }
      findings.report(
        subject.location(ImageName(.fdinfo, UInt64(table)), last.record),
        "descriptor \(last.entry.fd): fs.nr_open of \(shown(host.name)) is \(limit)",
        have: .unsigned(limit), need: .unsigned(UInt64(last.entry.fd) + 1),
        evidence: ["field": "fd"])
    }
  }

  private static let processLimit = Rule(
    id: "host.process-limit", stage: .host,
    title: "Every process id is below the limit of the host",
    why: "CRIU restores each task under its old number, and the kernel has none from pid_max on.",
    remedy: .manual("raise kernel.pid_max on the host"),
    needs: [.wholeArchive, .images, .host],
    examples: [
      .fires("a small limit", on: .minimal.with { $0.kernel.processLimit = 1 }, .minimal),
      .silent("enough", on: .minimal, .minimal),
    ]
  ) { subject, findings in
    guard let host = subject.host, let limit = host.kernel.processLimit else { return }
    let tasks = subject.processes.tasks.filter { UInt64($0.pid) >= limit }
    guard let first = tasks.first else { return }
    findings.report(
      subject.location(ImageName(.pstree), first.record),
      "task \(first.pid): kernel.pid_max of \(shown(host.name)) is \(limit)",
      have: .unsigned(limit), need: .unsigned(UInt64(first.pid) + 1), evidence: ["field": "pid"])
  }

  /// Kinds of file systems that a kernel may be built without; the others it always has.
  private static let optional: [FilesystemType: String] = [
    .binfmtMisc: "binfmt_misc", .tmpfs: "tmpfs", .devpts: "devpts", .mqueue: "mqueue",
    .fuse: "fuse", .overlay: "overlay", .autofs: "autofs",
  ]

  ///
  private static let filesystems = Rule(
    id: "host.filesystem-missing", stage: .host,
    title: "The host's kernel has every file system that CRIU mounts",
    why: "CRIU mounts it by its name: “Can't mount … No such device”.",
    remedy: .manual("load the kernel module of the file system"),
    needs: [.wholeArchive, .images, .host],
    examples: [
      .fires("no tmpfs", on: .minimal.with { $0.kernel.filesystems = ["proc"] }, .minimal),
      .silent("there", on: .minimal, .minimal),
    ]
  ) { subject, findings in
    guard let host = subject.host else { return }
    guard let known = host.kernel.filesystems else {
      return findings.notKnown("its file systems", host)
    }
    var seen: Set<String> = []
    for mount in subject.mounts.all where mount.key == nil && mount.showsWholeFilesystem {
      guard mount.path != "/", let name = optional[mount.filesystem], !known.contains(name),
        seen.insert(name).inserted
      else { continue }
      findings.report(
        subject.location(mount),
        "\(mount.title) is a \(name), which the kernel of \(shown(host.name)) does not have",
        have: .list(known.map(shown)), need: .text(name), evidence: ["field": "fstype"])
    }
  }
}

extension Sketch {
  fileprivate static func onPages(of size: UInt64) -> Sketch {
    minimal.message(ImageName(.mm, 1), MmEntry.self) { $0.mmSavedAuxv = [6, size, 0, 0] }
  }
}
