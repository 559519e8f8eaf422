import Checkpoint
import Host
import Support
import Testing
import Verify

/// What findings about hosts tell a person to do: both values, and the exact edit.
@Suite struct HostRemedyTests {
  static func finding(
    _ rule: String, _ sketch: Sketch, _ target: Target = Target(options: [])
  ) throws -> (message: String, remedy: String) {
    let report = Verifier.verify(sketch.checkpoint, target: target)
    let finding = try #require(report.findings.first { $0.rule == rule }, "\(report.findings)")
    return (finding.message, finding.remedies.map(\.text).joined())
  }

  static let nobody = HostFacts(
    name: "n", kernel: HostFacts.Kernel(release: "6.1", machine: "x86_64"))

  /// The first example of a rule with this name that fires.
  static func example(_ rule: String, _ name: String) throws -> (message: String, remedy: String) {
    let rule = try #require(Rule.all.first { $0.id == rule })
    let example = try #require(rule.examples.first { $0.fires && $0.name == name })
    return try finding(rule.id, example.sketch, example.target)
  }

  @Test func aRemovedBindIsGivenBack() throws {
    // Podman's own copy of the specification still has it.
    let found = try Self.finding(
      "mnt.ext-key-unmapped", .minimal.unsetting("spec.dump", "/mounts/2"))
    #expect(
      found.remedy.contains(
        #"append {"destination":"/data","type":"bind","source":"/srv/data","options":["rbind"]} to /mounts of spec.dump"#
      ), "\(found.remedy)")
    let unknown = try Self.finding(
      "mnt.ext-key-unmapped",
      .minimal.unsetting("spec.dump", "/mounts/2").unsetting("config.dump", "/spec"))
    #expect(unknown.remedy.contains(#""source":"SOURCE""#))
    #expect(unknown.remedy.contains("/srv/data of some file system"))
  }

  @Test func aMovedBindIsMovedBack() throws {
    let found = try Self.finding(
      "mnt.ext-key-unmapped",
      .minimal.setting("spec.dump", "/mounts/2/destination", to: #""/data-moved""#))
    #expect(
      found.remedy.hasPrefix(
        #"set /mounts/2/destination of spec.dump from "/data-moved" to "/data", or append {"#),
      "\(found.remedy)")
  }

  @Test func aPodRequestsIt() throws {
    let found = try Self.finding(
      "mnt.ext-key-unmapped",
      .minimalCRIO.unsetting("spec.dump", "/mounts/2").replacing(
        "bind.mounts",
        text:
          #"[{"source":"/srv/\"q\"","destination":"/data","file_type":"directory","permissions":1}]"#
      ))
    #expect(found.remedy.contains(#"{name: m0, mountPath: "/data"}"#), "\(found.remedy)")
    #expect(found.remedy.contains(#"hostPath: {path: "/srv/\"q\""}"#), "\(found.remedy)")
    let request = try Self.finding(
      "crio.mount-not-requested", .minimalCRIO, Target(host: Self.nobody, options: []))
    #expect(request.message.contains(#"volumes: [{name: m0, hostPath: {path: "/srv/data"}}]"#))
  }

  @Test func keysAreRenamedFromAndTo() throws {
    let toRunc = try Self.example("mnt.ext-key-foreign-runtime", "crun's name under runc")
    #expect(toRunc.remedy.contains(#"from "/proc/keys" to "/dev/null""#), "\(toRunc.remedy)")
    let toCrun = try Self.example("mnt.ext-key-foreign-runtime", "runc's name under crun")
    #expect(toCrun.remedy.contains(#"from "/dev/null" to "/proc/keys""#), "\(toCrun.remedy)")
    #expect(toCrun.remedy.contains("maskedPaths"))
  }

  /// The rule, its example, the values of its message and what its remedy names.
  static let values: [(String, String, [String], String)] = [
    ("host.criu-too-old", "a pidfd", ["CRIU 4.0", "a pidfd", "4.1"], "install CRIU 4.1"),
    ("host.criu-too-old", "old", ["CRIU 3.10", "asks for 3.11"], "install CRIU"),
    ("host.criu-too-old", "membarrier", ["membarrier", "3.18", "3.19"], "CRIU 3.19"),
    ("host.criu-too-old", "restartable sequences", ["3.16.1", "3.17"], "CRIU 3.17"),
    ("host.kernel-too-old", "membarrier", ["5.4.0", "5.10"], "kernel"),
    ("host.kernel-too-old", "no time namespaces", ["5.10", "built without"], "kernel"),
    (
      "host.lsm-profile-missing", "another", ["profile", "node7"],
      "lsm-profile apparmor:containers-default-0.57.4"
    ),
    ("host.selinux-enforcing", "enforcing", ["profile", "node7"], "--lsm-profile selinux:"),
    ("host.user-namespaces-off", "forbidden", ["is 0"], "sysctl user.max_user_namespaces="),
    ("host.cpuset-not-available", "more than there are", ["2-4", "0-3"], #"to "0-3""#),
    ("host.port-in-use", "of IPv6", ["::1", "8080"], "ss -tlnp sport = :8080"),
    ("host.port-in-use", "the host's all, perhaps", ["unless"], "ss "),
    (
      "host.address-missing", "of IPv6", ["2001:db8::2"], "ip address add 2001:db8::2/128"
    ),
    (
      "host.ghost-leftover", "on a bind mount", ["/data/x", "/srv/data/x.cr.1a.ghost"],
      "delete /srv/data/x.cr.1a.ghost on node7"
    ),
  ]

  @Test(arguments: values.indices)
  func messagesHaveBothValues(_ index: Int) throws {
    let (rule, example, parts, command) = Self.values[index]
    let found = try Self.example(rule, example)
    for part in parts { #expect(found.message.contains(part), "\(found.message)") }
    #expect(found.remedy.contains(command), "\(found.remedy)")
  }

  @Test func whatFactsDoNotTellIsNotChecked() throws {
    var host = HostFacts(name: "n", kernel: HostFacts.Kernel(release: "", machine: "x86_64"))
    host.tools = ["criu": HostFacts.Tool(path: "/usr/sbin/criu", version: nil)]
    for (rule, example, words) in [
      ("host.kernel-too-old", "a pidfd", "the version of its kernel"),
      ("host.criu-too-old", "a pidfd", "which CRIU"),
      ("host.lsm-profile-missing", "another", "profiles"),
      ("host.selinux-enforcing", "enforcing", "whether its SELinux"),
      ("host.user-namespaces-off", "forbidden", "user.max_user_namespaces"),
      ("host.cpuset-not-available", "more than there are", "processors"),
      ("host.ghost-leftover", "on a bind mount", "/srv/data/x.cr.1a.ghost"),
    ] {
      let rule = try #require(Rule.all.first { $0.id == rule })
      let example = try #require(rule.examples.first { $0.name == example })
      let report = Verifier.verify(
        example.sketch.checkpoint, target: Target(host: host, options: []))
      #expect(!report.findings.contains { $0.rule == rule.id }, "\(rule.id)")
      #expect(
        report.notChecked.contains { $0.rules.contains(rule.id) && $0.reason.contains(words) },
        "\(rule.id): \(report.notChecked)")
    }
  }
}
