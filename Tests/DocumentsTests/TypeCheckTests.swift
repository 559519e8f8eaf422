import Testing

@testable import Documents

@Suite struct TypeCheckTests {
  private func first(_ text: String, _ type: GoType) throws -> String? {
    try parse(text).mismatches(against: type).first?.description
  }

  @Test(arguments: [
    ("uint8", "255", "256"), ("uint16", "65535", "65536"), ("uint32", "4294967295", "4294967296"),
    ("uint64", "18446744073709551615", "18446744073709551616"), ("uint", "0", "-1"),
    ("int32", "2147483647", "2147483648"), ("int32", "-2147483648", "-2147483649"),
    ("int64", "9223372036854775807", "9223372036854775808"),
    ("int", "-9223372036854775808", "-9223372036854775809"), ("int64", "-0", "1.0"),
    ("uint64", "0", "-0"), ("int64", "1000", "1e3"),
  ])
  func boundsIntegers(type: String, good: String, bad: String) throws {
    let integer = GoType.integer(try #require(GoInteger(rawValue: type)))
    #expect(try first(good, integer) == nil)
    #expect(try first(bad, integer) == "cannot unmarshal number \(bad) at / into \(type)")
  }

  /// time.Parse with RFC 3339's layout, on the raw bytes.
  @Test(arguments: [
    ("2026-11-23T01:54:30.215799964Z", true), ("0001-01-01T00:00:00Z", true),
    ("2024-02-29T23:59:59+02:00", true), ("2024-02-29T1:59:59-24:60", true),
    ("2024-01-01T00:00:00,5Z", true), ("2023-02-29T00:00:00Z", false), ("yesterday", false),
    ("2024-01-01T24:00:00Z", false), ("2024-01-01T00:60:00Z", false), ("", false),
    ("2024-1-01T00:00:00Z", false), ("2024-01-01 00:00:00Z", false),
    ("2024-01-01t00:00:00z", false), ("2024-01-01T00:00:00.Z", false),
    ("2024-01-01T00:00:00", false), ("2024-01-01T00:00:00Zx", false),
    ("2024-01-01T00:00:00+0200", false), ("2024-01-01T00:00:00+25:00", false),
    ("2024-00-01T00:00:00Z", false), ("2024-04-31T00:00:00Z", false),
    (#"2024-01-01\u005400:00:00Z"#, false),
  ])
  func readsTimes(text: String, isGood: Bool) throws {
    let document = try parse("\"\(text)\"")
    #expect(document.mismatches(against: .time).isEmpty == isGood)
  }

  @Test(
    arguments: [
      (.address, "10.88.0.1", true), (.address, "", true), (.address, "::1", true),
      (.address, "::", true), (.address, "fe80::1:2", true), (.address, "1:2:3:4:5:6:7:8", true),
      (.address, "1::", true), (.address, "::ffff:1.2.3.4", true),
      (.address, "1:2:3:4:5:6:7::", true),
      (.address, "010.1.1.1", false), (.address, "1.2.3", false), (.address, "1.2.3.256", false),
      (.address, "1:2:3:4:5:6:7", false), (.address, "1::2::3", false), (.address, ":1", false),
      (.address, ":::", false), (.address, "1:", false), (.address, "12345::", false),
      (.address, "1:2:3:4:5:6:7:8::", false), (.address, "fe80::1%eth0", false),
      (.network, "10.88.0.5/16", true), (.network, "::/128", true),
      (.network, "10.0.0.0/33", false),
      (.network, "10.0.0.0", false), (.network, "10.0.0.0/", false), (.network, "", false),
      (.hardwareAddress, "92:d0:c6:0a:29:33", true), (.hardwareAddress, "92-d0-c6-0a-29-33", true),
      (.hardwareAddress, "92d0.c60a.2933", true), (.hardwareAddress, "ktDGCikz", true),
      (.hardwareAddress, "", true), (.hardwareAddress, "92:d0:c6:0a:29", false),
      (.hardwareAddress, "92:d0:c6:0a:29:3g", false), (.hardwareAddress, "kt=GCikz", false),
    ] as [(GoText, String, Bool)])
  func readsNetworkTexts(type: GoText, text: String, isGood: Bool) throws {
    let document = try parse("\"\(text)\"")
    #expect(document.mismatches(against: .text(type)).isEmpty == isGood)
  }

  /// The changes that Podman, CRI-O and runc were measured to refuse as type errors, and others
  /// of their kind.
  @Test(
    arguments: [
      (
        .runtimeSpec, #"{"process":{"user":{"uid":-1}}}"#,
        "number -1 at /process/user/uid into uint32"
      ),
      (
        .runtimeSpec, #"{"process":{"user":{"uid":4294967296}}}"#,
        "number 4294967296 at /process/user/uid into uint32"
      ),
      (
        .runtimeSpec, #"{"linux":{"resources":{"memory":{"limit":18446744073709551616}}}}"#,
        "number 18446744073709551616 at /linux/resources/memory/limit into int64"
      ),
      (.runtimeSpec, #"{"ociVersion":1}"#, "number at /ociVersion into string"),
      (
        .runtimeSpec, #"{"linux":{"maskedPaths":"/proc/kcore"}}"#,
        "string at /linux/maskedPaths into []string"
      ),
      (
        .runtimeSpec, #"{"linux":{"sysctl":{"net.a":1}}}"#,
        "number at /linux/sysctl/net.a into string"
      ),
      (
        .runtimeSpec, #"{"mounts":[{},{"options":{}}]}"#,
        "object at /mounts/1/options into []string"
      ),
      (.runtimeSpec, #"{"PROCESS":{"Cwd":[]}}"#, "array at /PROCESS/Cwd into string"),
      (
        .runtimeSpec, #"{"root":{"readonly":"yes"},"root":{}}"#,
        "string at /root/readonly into bool"
      ),
      (
        .runtimeSpec, #"{"windows":{"credentialSpec":{"a":[1,1e999]}}}"#,
        "number 1e999 at /windows/credentialSpec into float64"
      ),
      (.runtimeSpec, "1", "number at / into specs.Spec"),
      (.runtimeSpec, "[]", "array at / into specs.Spec"),
      (.podmanConfig, #"{"createdTime":"yesterday"}"#, "string at /createdTime into time.Time"),
      (.podmanConfig, #"{"checkpointedTime":0}"#, "number at /checkpointedTime into time.Time"),
      (.podmanConfig, #"{"id":5}"#, "number at /id into string"),
      (
        .podmanConfig, #"{"shmSize":18446744073709551616}"#,
        "number 18446744073709551616 at /shmSize into int64"
      ),
      (.podmanConfig, #"{"lockID":4294967296}"#, "number 4294967296 at /lockID into uint32"),
      (.podmanConfig, #"{"umask":18}"#, "number at /umask into string"),
      (.podmanConfig, #"{"spec":{"process":[]}}"#, "array at /spec/process into specs.Process"),
      (
        .podmanConfig, #"{"exposedPorts":{"80":["tcp"],"65536":[]}}"#,
        "member name at /exposedPorts/65536 into uint16"
      ),
      (
        .podmanConfig, #"{"secrets":[{"createdAt":1,"UID":0}]}"#,
        "number at /secrets/0/createdAt into time.Time"
      ),
      (
        .podmanConfig, #"{"newNetworks":{"n":{"static_mac":"x"}}}"#,
        "string at /newNetworks/n/static_mac into types.HardwareAddr"
      ),
      (.criConfig, #"{"restored":0}"#, "number at /restored into bool"),
      (
        .bindMounts, #"[{"permissions":420},{"permissions":-1}]"#,
        "number -1 at /1/permissions into uint32"
      ),
      (.deletedFiles, "[1,2]", "number at /0 into string"),
      (.deletedFiles, #"{"a":1}"#, "object at / into []string"),
      (.descriptors, "{}", "object at / into []string"),
      (.networkStatus, "[]", "array at / into map[string]types.StatusBlock"),
      (.containerStatus, #"{"state":"CONTAINER_RUNNING"}"#, "string at /state into int32"),
      (.containerdStatus, #"{"ExitCode":2147483648}"#, "number 2147483648 at /ExitCode into int32"),
      (.podOptions, #"{"version":"1"}"#, "string at /version into int"),
    ] as [(GoType, String, String)])
  func refusesWhatGoRefuses(type: GoType, text: String, expected: String) throws {
    #expect(try first(text, type) == "cannot unmarshal \(expected)")
  }

  @Test(
    arguments: [
      (.runtimeSpec, "null"),
      (.runtimeSpec, #"{"process":null,"mounts":[null],"root":{"path":null}}"#),
      (.runtimeSpec, #"{"x-unknown":{"a":[1e999]},"annotations":{"":"","A":"b"}}"#),
      (
        .runtimeSpec,
        #"{"linux":{"devices":[{"fileMode":438,"major":-1}],"rdma":{"a":{"hcaHandles":1}}}}"#
      ),
      (
        .podmanConfig, #"{"createdTime":null,"exposedPorts":{"080":null},"staticMAC":[1,255,null]}"#
      ),
      (.podmanConfig, #"{"HEALTHCHECK":{"test":["CMD"],"startperiod":1},"Shmsize":-1}"#),
      (
        .networkStatus,
        #"{"p":{"interfaces":{"e":{"subnets":[{"ipnet":"::/0"}],"mac_address":"ktDGCikz"}}}}"#
      ),
      (.containerdStatus, #"{"Version":"v1","Pid":1,"Resources":{"linux":{}}}"#),
      (.bindMounts, "null"), (.descriptors, #"["/dev/null",null]"#),
    ] as [(GoType, String)])
  func acceptsWhatGoAccepts(type: GoType, text: String) throws {
    #expect(try first(text, type) == nil)
  }

  @Test func stopsAtTheLimit() throws {
    let document = try parse("[" + String(repeating: "1,", count: 1000) + "2]")
    #expect(document.mismatches(against: .strings).count == 100)
    #expect(document.mismatches(against: .strings, limit: 3).map(\.pointer) == ["/0", "/1", "/2"])
    #expect(document.mismatches(against: .strings, limit: 1).map(\.range) == [1..<2])
  }

  @Test func cutsLongNumbers() throws {
    let document = try parse(String(repeating: "9", count: 1000))
    #expect(document.mismatches(against: .int).first?.have.count == "number ".count + 41)
  }

  /// `GoStruct` relies on it: folding alone must find the field that Go finds.
  @Test func noStructHasFieldsThatFoldAlike() {
    var seen: Set<String> = []
    for root in [
      GoStruct.spec, .podmanConfig, .criConfig, .externalBindMount, .statusBlock, .containerStatus,
      .containerdStatus, .podOptions,
    ] { check(root, &seen) }
    #expect(seen.count > 90)
  }

  private func check(_ structure: GoStruct, _ seen: inout Set<String>) {
    guard seen.insert(structure.name).inserted else { return }
    let names = Set(structure.fields.map(\.name))
    #expect(Set(names.map { folded(Array($0.utf8)) }).count == names.count, "\(structure.name)")
    for field in structure.fields {
      var type = field.type
      while true {
        switch type {
        case .slice(let element), .map(let element, _):
          type = element
          continue
        case .structure(let inner): check(inner, &seen)
        default: break
        }
        break
      }
    }
  }
}
