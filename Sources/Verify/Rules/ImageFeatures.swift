import CRIUImages
import Checkpoint

/// Something in images that not every version of CRIU or of the kernel can restore.
struct ImageFeature: Sendable {
  /// What it is, as a message names it.
  let name: String
  /// The first version that restores it.
  let since: String
  /// What an older one does about it.
  let consequence: Consequence
  /// A path that kernels have if they can do it, whatever their version; nil where there is none.
  var mark: String?
  /// Where the images have it; nil if they do not.
  let find: @Sendable (Subject) -> Location?

  init(
    _ name: String, since: String, _ consequence: Consequence = .refused, mark: String? = nil,
    find: @escaping @Sendable (Subject) -> Location?
  ) {
    self.name = name
    self.since = since
    self.consequence = consequence
    self.mark = mark
    self.find = find
  }
}

// MARK: - CRIU

extension ImageFeature {
  /// By the first release that has the field, the type of file or the flag (criu-images.md, §1.2; CRIU's
  /// tags from v3.11 on, where each was looked for in images/ and criu/include/). Older ones refuse
  /// a type of file that they do not know (criu/files.c: “Unknown file type”), and pass over fields.
  static let ofCRIU: [ImageFeature] = [
    ImageFeature("a pagemap with counts of 64 bits", since: "4.2") { subject in
      subject.checkpoint.images.all(.pagemap)
        .first { $0.pagemap.map { $0.entriesWithWideCount > 0 } ?? false }
        .map { subject.location($0.name) }
    },
    ImageFeature("a pidfd", since: "4.1") { $0.firstFile(.pidfd) },
    ImageFeature("a BPF map", since: "3.15") { $0.firstFile(.bpfmap) },
    ImageFeature("a memory file", since: "3.14") { $0.firstFile(.memfd) },
    ImageFeature("a task of RISC-V", since: "4.1") { $0.firstTask(of: .riscv64) },
    ImageFeature("a task of LoongArch", since: "3.19") { $0.firstTask(of: .loongarch64) },
    ImageFeature("ambient capabilities", since: "4.1", .silentLoss) { subject in
      subject.firstThread { $0.creds.capAmb.contains { $0 != 0 } }
    },
    ImageFeature("no_new_privs", since: "3.19", .silentLoss) { subject in
      subject.firstThread { $0.creds.noNewPrivs != 0 }
    },
    ImageFeature("registrations for membarrier", since: "3.19", .silentLoss) { subject in
      subject.firstTask { $0.membarrierRegistrationMask != 0 }
    },
    ImageFeature("restartable sequences", since: "3.17", .silentLoss) { subject in
      subject.firstThread { $0.rseqEntry.rseqAbiPointer != 0 }
    },
    ImageFeature("a memory file of huge pages", since: "3.17", .silentLoss) { subject in
      subject.hugeMemoryFile
    },
    ImageFeature("the clocks of a time namespace", since: "3.14", .silentLoss) { subject in
      subject.clocks
    },
  ]
}

// MARK: - The kernel

extension ImageFeature {
  /// What CRIU 4.2 asks of the kernel for it, and by the manual the kernel's first version that has
  /// it. Of membarrier every bit of the mask is a command (membarrier(2), CRIU: criu/pie/restorer.c).
  static let ofKernel: [ImageFeature] =
    [
      // MADV_GUARD_INSTALL, madvise(2).
      ImageFeature("guarded pages", since: "6.13") {
        $0.firstArea { $0.kind.contains(.guardArea) }
      },
      // A namespace of the container's own, for CRIU makes one; time_namespaces(7).
      ImageFeature("a time namespace", since: "5.6", mark: timeNamespace) { subject in
        guard subject.namespaces.isOwn(.time) == true, let root = subject.processes.root else {
          return nil
        }
        return subject.firstRecord(of: ImageName(.ids, UInt64(root.pid)))
      },
      // Where the kernel has none, CRIU leaves the clocks as they are on the host (criu/cr-restore.c).
      ImageFeature(
        "the clocks of the dump's host", since: "5.6", .silentLoss, mark: timeNamespace
      ) { subject in
        subject.namespaces.isOwn(.time) == false ? subject.clocks : nil
      },
      // pidfd_open(2).
      ImageFeature("a pidfd", since: "5.3") { $0.firstFile(.pidfd) },
      // rseq(2).
      ImageFeature("restartable sequences", since: "4.18") { subject in
        subject.firstThread { $0.rseqEntry.rseqAbiPointer != 0 }
      },
      // MFD_HUGETLB, memfd_create(2).
      ImageFeature("a memory file of huge pages", since: "4.14") { $0.hugeMemoryFile },
      // MADV_WIPEONFORK, madvise(2): bit 18.
      ImageFeature("memory that is wiped on fork", since: "4.14") { subject in
        subject.firstArea { $0.madv >> 18 & 1 == 1 }
      },
      // SECCOMP_FILTER_FLAG_LOG, seccomp(2).
      ImageFeature("a filter that logs", since: "4.14") { subject in
        let name = ImageName(.seccomp)
        let entry = subject.checkpoint.images[name]?.first(SeccompEntry.self)
        let isThere = entry?.seccompFilters.contains { $0.flags & 2 != 0 } ?? false
        return isThere ? subject.firstRecord(of: name) : nil
      },
    ]
    + [(8, "5.10"), (6, "4.16"), (2, "4.16"), (4, "4.14")].map { bit, since in
      ImageFeature("registration \(bit) for membarrier", since: since) { subject in
        subject.firstTask { $0.membarrierRegistrationMask >> bit & 1 == 1 }
      }
    }

  /// Kernels have it from CONFIG_TIME_NS on.
  static let timeNamespace = "/proc/self/ns/time"
}

// MARK: - Where images have it

extension Subject {
  fileprivate func firstFile(_ type: FileType) -> Location? {
    openFiles.files.first { $0.type == type }.map { location(ImageName(.files), $0.record) }
  }

  fileprivate func firstThread(_ has: (ThreadCoreEntry) -> Bool) -> Location? {
    threads.first { has($0.core) }?.location
  }

  fileprivate func firstTask(_ has: (TaskCoreEntry) -> Bool) -> Location? {
    firstCore { has($0.tc) }
  }

  fileprivate func firstTask(of machine: MachineType) -> Location? {
    firstCore { $0.machine == machine }
  }

  private func firstCore(_ has: (CoreEntry) -> Bool) -> Location? {
    processes.live.first { $0.core.map(has) ?? false }
      .map { firstRecord(of: ImageName(.core, UInt64($0.pid))) }
  }

  fileprivate func firstArea(_ has: (VmaEntry) -> Bool) -> Location? {
    for task in processes.live {
      guard let space = AddressSpace(checkpoint.images, pid: task.pid) else { continue }
      if space.areas.contains(where: has) { return location(space.image, space.record) }
    }
    return nil
  }

  fileprivate var hugeMemoryFile: Location? {
    // MFD_HUGETLB, memfd_create(2).
    let huge: UInt32 = 4
    let name = ImageName(.memfdInodes)
    return checkpoint.images[name]?.messages(MemfdInodeEntry.self)
      .first { $0.message.hugetlbFlag & huge != 0 }.map { location(name, $0.record) }
  }

  /// CRIU stores the clocks for every container, in a namespace of time or not.
  fileprivate var clocks: Location? {
    checkpoint.images.all(.timens).first { $0.fault == nil && !$0.records.isEmpty }
      .map { location($0.name) }
  }
}
