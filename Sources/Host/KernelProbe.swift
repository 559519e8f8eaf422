import CLinux
import Glibc

extension HostProbe {
  static func kernel(_ unknown: inout [HostFacts.Unknown]) -> HostFacts.Kernel {
    let system = names()
    var kernel = HostFacts.Kernel(release: system.release, machine: system.machine)
    let pageSize = sysconf(Int32(_SC_PAGESIZE))
    kernel.pageSize = pageSize > 0 ? UInt64(pageSize) : nil
    kernel.descriptorLimit = read(
      "/proc/sys/fs/nr_open", "kernel.descriptorLimit", &unknown, KernelText.number)
    kernel.processLimit = read(
      "/proc/sys/kernel/pid_max", "kernel.processLimit", &unknown, KernelText.number)
    kernel.filesystems = read(
      "/proc/filesystems", "kernel.filesystems", &unknown, KernelText.filesystems)
    kernel.securityModules = securityModules(&unknown)
    // Only root may read them. A kernel without AppArmor has none, which is no gap.
    if kernel.securityModules?.contains("apparmor") != false {
      kernel.profiles = read(
        "/sys/kernel/security/apparmor/profiles", "kernel.profiles", &unknown, KernelText.profiles)
    }
    if kernel.securityModules?.contains("selinux") == true {
      kernel.isEnforcing = read(
        "/sys/fs/selinux/enforce", "kernel.isEnforcing", &unknown, KernelText.flag)
    }
    kernel.userNamespaceLimit = read(
      "/proc/sys/user/max_user_namespaces", "kernel.userNamespaceLimit", &unknown,
      KernelText.number)
    return kernel
  }

  static func names() -> (node: String, release: String, machine: String) {
    var system = utsname()
    guard uname(&system) == 0 else { return ("", "", "") }
    func text<Field>(_ field: Field) -> String {
      withUnsafeBytes(of: field) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }
    return (text(system.nodename), text(system.release), text(system.machine))
  }

  static func processor(
    _ machine: String, _ unknown: inout [HostFacts.Unknown]
  ) -> HostFacts.Processor {
    var processor = HostFacts.Processor(stateComponents: nil)
    var components: UInt64 = 0
    if ckptmend_state_components(&components) == 0 {
      processor.stateComponents = components
    } else if machine == "x86_64" {
      unknown.append(.init("processor.stateComponents", "the processor or the kernel has no XSAVE"))
    }
    func list(_ name: String) -> String? {
      read("/sys/devices/system/cpu/\(name)", "processor.\(name)", &unknown) {
        NumberList($0)?.text
      }
    }
    processor.online = list("online")
    processor.possible = list("possible")
    return processor
  }

  /// The whole list is in securityfs, which is not mounted everywhere; then the two modules that
  /// containers meet can still be seen. That neither is active says nothing of others.
  private static func securityModules(_ unknown: inout [HostFacts.Unknown]) -> [String]? {
    let fact = "kernel.securityModules"
    let path = "/sys/kernel/security/lsm"
    let failure: SystemError
    do {
      if let names = KernelText.securityModules(try SystemFile.text(path)) { return names }
      failure = SystemError(path, EINVAL)
    } catch {
      failure = error
    }
    var names: [String] = []
    let enabled = try? SystemFile.text("/sys/module/apparmor/parameters/enabled")
    if enabled?.trimmingWhitespace == "Y" { names.append("apparmor") }
    // The kernel makes this folder when it starts with SELinux (security/selinux/selinuxfs.c).
    if access("/sys/fs/selinux", F_OK) == 0 { names.append("selinux") }
    let others = names.isEmpty ? "" : "but for AppArmor and SELinux: "
    unknown.append(.init(fact, others + failure.reason))
    return names.isEmpty ? nil : names
  }

  /// What `parse` makes of a file; what goes wrong is noted.
  static func read<Value>(
    _ path: String, _ fact: String, _ unknown: inout [HostFacts.Unknown],
    _ parse: (String) -> Value?
  ) -> Value? {
    do throws(SystemError) {
      if let value = parse(try SystemFile.text(path)) { return value }
      unknown.append(.init(fact, "\(path) has another form than expected"))
    } catch {
      unknown.append(.init(fact, error.reason))
    }
    return nil
  }
}
