import Testing

@testable import Host

@Suite struct ControlGroupTests {
  static let others = """
    22 27 0:21 / /proc rw,relatime - proc proc rw
    23 27 0:22 / /sys rw,nosuid shared:7 - sysfs sysfs rw
    42 27 254:0 /a\\040b /mnt/a\\040b\\134c rw shared:1 master:2 - ext4 /dev/vda rw,discard

    """
  /// Of Debian 13.
  static let two = """
    29 23 0:26 / /sys/fs/cgroup rw,nosuid,nodev,noexec,relatime shared:9 - cgroup2 cgroup2 \
    rw,nsdelegate,memory_recursiveprot

    """
  /// Of a host whose hierarchies were mounted by hand, and of Debian 10.
  static let one = """
    31 23 0:28 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755
    32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw,relatime shared:9 - cgroup cgroup rw,cpu,cpuacct
    33 31 0:32 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,seclabel,xattr,memory
    40 31 0:37 / /sys/fs/cgroup/systemd rw,relatime - cgroup cgroup rw,xattr,release_agent=\
    /lib/systemd/systemd-cgroups-agent,name=systemd

    """
  static let beside = """
    41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw

    """

  static func layout(_ text: String) -> ControlGroupLayout? {
    MountTable.entries(text).flatMap { ControlGroupLayout($0) }
  }

  @Test func layouts() {
    let controllers = ["cpu", "cpuacct", "memory", "systemd"]
    #expect(Self.layout(Self.others) == nil)
    #expect(Self.layout(Self.others + Self.two) == .unified(at: "/sys/fs/cgroup"))
    #expect(
      Self.layout(Self.others + Self.one)
        == .versionOne(.init(mode: .legacy, controllers: controllers)))
    #expect(
      Self.layout(Self.others + Self.one + Self.beside)
        == .versionOne(.init(mode: .hybrid, controllers: controllers)))
    // A hierarchy of version 1 somewhere else changes nothing for runtimes.
    let elsewhere = "50 27 0:40 / /run/net_cls rw - cgroup cgroup rw,net_cls\n"
    #expect(Self.layout(Self.two + elsewhere) == .unified(at: "/sys/fs/cgroup"))
    #expect(Self.layout(Self.beside) == .unified(at: "/sys/fs/cgroup/unified"))
  }

  @Test func mountpointsAreUnescaped() {
    let mounts = MountTable.entries(Self.others)
    #expect(mounts?.map(\.mountpoint) == ["/proc", "/sys", "/mnt/a b\\c"])
    #expect(mounts?.last?.options == ["rw", "discard"])
  }

  @Test(arguments: [
    "", "\n", "22", "22 27 0:21 / /proc rw - proc proc", "22 27 0:21 / /proc rw proc proc rw",
    "22 27 0:21 / /a\\04 rw - a b c", "22 27 0:21 / /a\\ rw - a b c",
    "22 27 0:21 / /a\\777 rw - a b c", "22 27 0:21 / /a\\-12 rw - a b c", " - - - - - - - -",
    "22 27 0:21 / /proc rw - proc proc rw more",
  ])
  func otherTables(_ text: String) {
    #expect(MountTable.entries(text) == nil)
  }

  @Test func anyCutIsHarmless() {
    let text = Self.others + Self.one + Self.beside
    for end in text.indices { _ = Self.layout(String(text[..<end])) }
  }

  @Test(arguments: [
    ("cpuset cpu io memory hugetlb pids rdma misc\n", 8), ("hugetlb\n", 1), ("\n", 0), ("", 0),
    ("cpu ../io\n", nil), ("cpu\u{0}io", nil),
  ])
  func controllers(_ text: String, _ count: Int?) {
    #expect(ControlGroupLayout.controllers(text)?.count == count)
  }
}
