import Testing
import Verify

/// Every invariant of criu-images.md, §3, and the rules that check it. That each rule works is for
/// its own examples to show.
@Suite struct InvariantTests {
  /// The numbers of §3.1 to §3.6.
  static let numbers = [1...14, 20...27, 30...46, 50...72, 80...86, 90...97].flatMap(Array.init)

  static let rules: [Int: [String]] = [
    // Process tree
    1: [
      "criu.inventory-missing", "criu.inventory-unreadable", "criu.inventory-invalid",
      "criu.image-version",
    ],
    2: ["criu.pstree-missing"],
    3: ["criu.pstree-root"],
    4: ["criu.pstree-parent"],
    5: ["criu.pstree-dup"],
    6: ["criu.thread-zero"],
    7: ["criu.core-missing"],
    8: ["criu.core-shape"],
    9: ["criu.core-state"],
    10: ["criu.zombie-extra"],
    11: ["criu.ids-missing"],
    12: ["criu.session", "criu.group-is-thread", "criu.group-session", "criu.root-group"],
    13: ["criu.task-orphan", "criu.orphan-image"],
    14: ["criu.pid-one"],

    // Namespaces
    20: ["criu.root-ids"],
    // A definition, on which these rest.
    21: ["criu.ns-image", "criu.ns-spurious"],
    22: ["criu.ns-image"],
    23: ["criu.ns-spurious"],
    24: ["criu.ns-nested"],
    26: ["criu.ns-file"],
    27: ["criu.sk-ns"],

    // Memory
    30: ["criu.mm-missing", "criu.pagemap-missing"],
    31: ["criu.pages-missing", "criu.pages-shared", "criu.pages-unreferenced"],
    32: ["criu.pages-size-mismatch"],
    33: ["criu.pagemap-order"],
    34: ["criu.pagemap-outside-vma"],
    35: ["criu.pagemap-flags"],
    36: ["criu.shmem-range"],
    37: ["criu.parent-link", "criu.parent-pages-missing"],
    38: ["archive.parent-link-dangling"],
    39: ["criu.lazy-absent"],
    40: ["criu.vma-file"],
    41: ["criu.vma-shmem"],
    42: ["criu.vma-sysv", "criu.vma-shmem"],
    43: ["criu.vma-socket"],
    44: ["criu.vma-shape"],
    45: ["criu.exe"],
    46: ["criu.auxv"],

    // Files
    50: ["criu.fdinfo-missing"],
    51: ["criu.fdinfo-dangling"],
    52: ["criu.fd-dup", "criu.fd-range"],
    53: ["criu.file-union"],
    54: ["criu.file-id-dup"],
    55: ["criu.file-unreferenced"],
    56: ["criu.fs-missing", "criu.fs-dangling"],
    57: ["mnt.dangling-file-reference"],
    58: ["criu.remap", "criu.remap-type"],
    // As far as the archive shows; the rest is in the root file system.
    59: ["criu.ghost-orphan", "criu.tmpfs-file-missing", "rootfs.file-deleted"],
    60: ["criu.ghost-size", "criu.image-unreadable"],
    61: ["criu.regf"],
    62: ["criu.tty-info", "criu.tty-shape"],
    63: ["criu.queue-orphan"],
    64: ["criu.scm", "criu.scm-count"],
    65: ["criu.memfd"],
    66: ["criu.unix-peer"],
    67: ["criu.tcp-stream"],
    68: ["criu.epoll"],
    69: ["criu.lock"],
    70: ["criu.queue-orphan", "criu.pidfd"],
    71: ["criu.fanotify-mount"],

    // Credentials, control groups, seccomp
    80: ["criu.cgset"],
    81: ["criu.cgset"],
    82: ["criu.cgset-controllers"],
    83: [
      "criu.seccomp-missing", "criu.seccomp-index", "criu.seccomp-cycle", "criu.seccomp-filter",
    ],
    84: ["criu.lsm"],
    85: ["criu.option-lock"],
    86: ["criu.network-lock"],

    // Mounts
    90: ["mnt.no-root", "mnt.parent-missing"],
    91: ["mnt.duplicate-id", "mnt.same-mountpoint"],
    92: ["criu.tmpfs-missing", "criu.tmpfs-content-unreadable"],
    93: ["criu.tmpfs-orphan"],
    94: ["mnt.ext-key-unmapped"],
    // As far as no kernel has the name; which names the target's has is for the target to say.
    95: ["mnt.mountpoint-not-of-kernel", "mnt.mountpoint-not-in-tmpfs"],
    96: ["criu.fstype", "mnt.unsupported-filesystem"],
    97: ["archive.missing-descriptors", "archive.bad-descriptors", "criu.descriptors"],
  ]

  /// Those that no archive shows, and why.
  static let reasons: [Int: String] = [
    25: "the number of the cgroup namespace has no effect at a restore",
    72: "the sizes, modes and build ids of mapped files are those of the target's root file system",
  ]

  @Test(arguments: numbers) func isChecked(_ number: Int) {
    let rules = Self.rules[number] ?? []
    #expect(rules.isEmpty == (Self.reasons[number] != nil), "R-\(number)")
    for id in rules { #expect(Rule.named(id) != nil, "R-\(number): \(id)") }
  }

  @Test func tableHasOnlyTheseNumbers() {
    #expect(Set(Self.rules.keys).union(Self.reasons.keys) == Set(Self.numbers))
  }
}
