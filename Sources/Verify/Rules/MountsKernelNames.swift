import CRIUImages
import Checkpoint

/// Names that Linux makes on procfs and sysfs, for the folders whose names are few and fixed.
enum KernelNames {
  /// Whether any kernel makes `path`, relative to the top of a whole mount; nil where that is not
  /// known: deeper paths, names of processes, other file systems.
  static func knows(_ path: String, on filesystem: FilesystemType) -> Bool? {
    let parts = components(of: path)
    guard let last = parts.last else { return nil }
    let folder = parts.dropLast().joined(separator: "/")
    switch filesystem {
    case .proc where folder.isEmpty: return proc.contains(last) || last.allSatisfy(\.isNumber)
    case .sysfs: return sysfs[folder].map { $0.contains(last) }
    default: return nil
    }
  }

  /// fs/proc and its users, of kernels 3.10 to 6.18, on every architecture; folders that modules
  /// make are among them.
  private static let proc: Set<String> = [
    "acpi", "allocinfo", "apm", "asound", "bc", "bootconfig", "buddyinfo", "bus", "cgroups",
    "cmdline", "config.gz", "consoles", "cpu", "cpuinfo", "crypto", "device-tree", "devices",
    "diskstats", "dma", "drbd", "driver", "dynamic_debug", "ecryptfs", "efi", "execdomains", "fb",
    "filesystems", "fs", "hardware", "i8k", "ide", "interrupts", "iomem", "ioports", "irq",
    "kallsyms", "kcore", "key-users", "keys", "kmsg", "kpagecgroup", "kpagecount", "kpageflags",
    "latency_stats", "loadavg", "lock_stat", "lockdep", "lockdep_chains", "lockdep_stats", "locks",
    "mca", "mdstat", "meminfo", "misc", "modules", "mounts", "mtd", "mtrr", "net", "nvram",
    "openprom", "page_owner", "pagetypeinfo", "partitions", "pktcdvd", "pmu", "powerpc", "ppc64",
    "pressure", "profile", "rtas", "sal", "sched_debug", "schedstat", "scsi", "self",
    "service_levels", "sgi_sn", "sgi_uv", "slab_allocators", "slabinfo", "softirqs", "spl", "stat",
    "swaps", "sys", "sysinfo", "sysrq-trigger", "sysvipc", "thread-self", "timer_list",
    "timer_stats", "toshiba", "tty", "uptime", "user_beancounters", "version", "version_signature",
    "vmallocinfo", "vmcore", "vmcoredd", "vmstat", "vz", "xen", "zoneinfo",
  ]

  private static let sysfs: [String: Set<String>] = [
    "": [
      "block", "bus", "class", "dev", "devices", "firmware", "fs", "hypervisor", "kernel",
      "module", "power",
    ],
    "dev": ["block", "char"],
  ]
}
