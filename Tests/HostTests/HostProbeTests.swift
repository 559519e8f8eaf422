import Testing

@testable import Host

@Suite struct HostProbeTests {
  @Test func everyFactIsKnownOrNamedUnknown() {
    let facts = HostProbe.run()
    let unknown = Set(facts.unknown.map(\.fact))
    func has(_ fact: String, _ isKnown: Bool) {
      #expect(isKnown || unknown.contains(fact), "\(fact)")
    }
    has("kernel.pageSize", facts.kernel.pageSize != nil)
    has("kernel.descriptorLimit", facts.kernel.descriptorLimit != nil)
    has("kernel.processLimit", facts.kernel.processLimit != nil)
    has("kernel.securityModules", facts.kernel.securityModules != nil)
    has("kernel.filesystems", facts.kernel.filesystems != nil)
    has(
      "kernel.profiles",
      facts.kernel.profiles != nil || facts.kernel.securityModules?.contains("apparmor") == false)
    has("kernel.userNamespaceLimit", facts.kernel.userNamespaceLimit != nil)
    has("processor.online", facts.processor?.online != nil)
    has("processor.possible", facts.processor?.possible != nil)
    has("controlGroups", facts.controlGroups != nil)
    has("network", facts.network != nil)
    has("images", facts.images != nil || facts.tools?["podman"] == nil)
    #if arch(x86_64)
      has("processor.stateComponents", facts.processor?.stateComponents != nil)
    #endif
    for (name, tool) in facts.tools ?? [:] {
      has("tools.\(name).version", tool.version != nil)
      #expect(tool.path.hasPrefix("/"))
    }
  }

  @Test func oddPathsAreHarmless() {
    let long = "/usr/" + String(repeating: "a", count: 100_000)
    let facts = HostProbe.run(paths: ["", "relative", long, "/etc\0/passwd", "/dev/null/below"])
    #expect(facts.paths["/etc\0/passwd"] == .absent)
    #expect(facts.paths["/dev/null/below"] == .absent)
    #expect(facts.paths[long] == .unknown)
  }

  @Test(arguments: [
    ("/sys/devices/system/cpu/cpu0", true), ("/sys/devices/system/cpu/cpu128", true),
    ("/sys/devices/system/cpu/cpufreq", false), ("/sys/devices/system/cpu/cpuidle", false),
    ("/sys/devices/system/cpu/cpu", false), ("/sys/devices/system/cpu/cpu0/cache", false),
  ])
  func processors(_ path: String, _ isOne: Bool) {
    #expect(HostProbe.isProcessor(path) == isOne)
  }
}
