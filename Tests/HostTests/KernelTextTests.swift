import Testing

@testable import Host

@Suite struct KernelTextTests {
  @Test(arguments: [
    ("1048576\n", UInt64(1_048_576)), ("0", 0), (" 7\n", 7),
    ("18446744073709551615\n", .max), ("18446744073709551616\n", nil), ("", nil), ("\n", nil),
    ("-1\n", nil), ("+1", nil), ("1 2", nil), ("0x10", nil), ("٣", nil),
  ])
  func numbers(_ text: String, _ value: UInt64?) {
    #expect(KernelText.number(text) == value)
  }

  @Test(arguments: [
    ("lockdown,capability,landlock,bpf", ["lockdown", "capability", "landlock", "bpf"]),
    ("lockdown,capability,yama,apparmor\n", ["lockdown", "capability", "yama", "apparmor"]),
    ("capability", ["capability"]), ("", nil), (",", nil), ("a,,b", nil), ("a,\u{1B}[2J", nil),
  ])
  func securityModules(_ text: String, _ names: [String]?) {
    #expect(KernelText.securityModules(text) == names)
  }

  @Test func filesystems() {
    #expect(
      KernelText.filesystems("nodev\tsysfs\nnodev\ttmpfs\n\text4\nnodev\toverlay\n\text3\n")
        == ["ext3", "ext4", "overlay", "sysfs", "tmpfs"])
  }

  @Test(arguments: ["", "\n", "ext4\n", "nodev\t\n", "odd\text4\n", "nodev\text4\tmore\n"])
  func otherFilesystems(_ text: String) {
    #expect(KernelText.filesystems(text) == nil)
  }

  @Test func profiles() {
    #expect(
      KernelText.profiles(
        "containers-default-0.57.4 (enforce)\n/usr/bin/man (complain)\nman//groff (enforce)\n"
          + "with blanks (and more) (kill)\n:inner://a (unconfined)\n")
        == [
          "/usr/bin/man", ":inner://a", "containers-default-0.57.4", "man//groff",
          "with blanks (and more)",
        ])
    #expect(KernelText.profiles("") == [])
  }

  @Test(arguments: [
    "a", "a(enforce)", " (enforce)", "a (enforce", "a (enforce)x", "a\u{1B} (kill)",
  ])
  func otherProfiles(_ text: String) {
    #expect(KernelText.profiles(text) == nil)
  }

  @Test(arguments: [("1", true), ("0\n", false), ("2", nil), ("", nil), ("yes", nil)])
  func flags(_ text: String, _ value: Bool?) {
    #expect(KernelText.flag(text) == value)
  }
}
