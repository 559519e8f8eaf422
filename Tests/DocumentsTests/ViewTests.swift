import Testing

@testable import Documents

@Suite struct ViewTests {
  @Test func readsRuntimeSpec() throws {
    let spec = RuntimeSpec(
      try parse(
        #"""
        {"ociVersion": "1.0.2", "hostname": "h", "root": {"path": "/r", "readonly": true},
         "process": {"terminal": true, "args": ["sh"], "cwd": "/", "user": {"uid": 1, "gid": -1},
          "capabilities": {}, "rlimits": [{"type": "RLIMIT_NOFILE", "hard": 18446744073709551615}],
          "apparmorProfile": "p", "selinuxLabel": "l"},
         "Mounts": [null, {"destination": "/d", "options": ["rbind", 1], "source": "/s"}],
         "annotations": {"k": "v", "n": 1}, "hooks": {"poststop": [{"path": "/bin/h"}]},
         "linux": {"namespaces": [{"type": "network", "path": "/n"}],
          "sysctl": {"b": "1", "a": "2"},
          "devices": [{"path": "/dev/x"}], "maskedPaths": ["/a", 1, "/b"], "readonlyPaths": null,
          "cgroupsPath": "c", "uidMappings": [{}], "mountLabel": "m", "rootfsPropagation": "rslave",
          "seccomp": {"defaultAction": "A", "syscalls": [{"action": "B"}, {"action": "B"}]},
          "resources": {"pids": {"limit": -1}, "memory": {"limit": 9},
           "cpu": {"shares": 2, "cpus": "0"}}}}
        """#
      ).root)
    #expect(spec.ociVersion == "1.0.2")
    #expect(spec.root?.path == "/r")
    #expect(spec.root?.isReadonly == true)
    #expect(spec.process?.args == ["sh"])
    #expect(spec.process?.uid == 1)
    #expect(spec.process?.gid == nil)
    #expect(spec.process?.hasCapabilities == true)
    #expect(spec.process?.rlimits.first?.hard == .max)
    #expect(spec.mounts.map(\.pointer) == ["/Mounts/1"])
    #expect(spec.mounts.first?.options == ["rbind"])
    #expect(spec.mounts.first?.isBind == true)
    #expect(spec.annotations == ["k": "v"])
    #expect(spec.hooks.map(\.stage) == ["poststop"])
    #expect(spec.hooks.map(\.program.pointer) == ["/hooks/poststop/0/path"])
    #expect(spec.linux?.namespace("network")?.path == "/n")
    #expect(spec.linux?.namespace("uts") == nil)
    #expect(spec.linux?.sysctls == ["a", "b"])
    #expect(spec.linux?.devices.map(\.pointer) == ["/linux/devices/0/path"])
    #expect(spec.linux?.maskedPaths.map(\.path) == ["/a", "/b"])
    #expect(
      spec.linux?.maskedPaths.map(\.pointer) == ["/linux/maskedPaths/0", "/linux/maskedPaths/2"])
    #expect(spec.linux?.readonlyPaths == [])
    #expect(spec.linux?.uidMappingCount == 1)
    #expect(spec.linux?.seccomp?.defaultAction == "A")
    #expect(spec.linux?.seccomp?.actions == ["B"])
    #expect(spec.linux?.resources?.pidsLimit == -1)
    #expect(spec.linux?.resources?.cpuShares == 2)
    #expect(spec.linux?.resources?.cpus == "0")
  }

  @Test(arguments: ["{}", "null", "[]", #"{"process": [], "root": 1, "linux": "", "mounts": {}}"#])
  func toleratesAnything(text: String) throws {
    let root = try parse(text).root
    let spec = RuntimeSpec(root)
    #expect(spec.process == nil)
    #expect(spec.root == nil)
    #expect(spec.linux == nil)
    #expect(spec.mounts.isEmpty)
    #expect(PodmanConfig(root).id == nil)
    #expect(CRIConfig(root).id == nil)
  }

  @Test func readsPodmanConfig() throws {
    let document = try parse(
      #"""
      {"ID": "i", "name": "n", "rootfsImageID": "cd", "RawImageName": "raw", "runtime": "runc",
       "Dependencies": ["x"], "namedVolumes": [{"volumeName": "v", "dest": "/v"}], "ShmDir": "/s",
       "shmSize": -1, "createNetNS": true, "orderedNetworks": [{"name": "a"}],
       "newNetworks": {"b": {}}, "networks": ["c"],
       "spec": {"mounts": [{"destination": "/d"}]}}
      """#)
    let config = PodmanConfig(document.root)
    #expect(config.id == "i")
    #expect(config.rootfsImageName == nil)
    #expect(config.rootfsImageID == "cd")
    #expect(config.rawImageName == "raw")
    #expect(config.dependencies == ["x"])
    #expect(config.namedVolumes.first?.destination == "/v")
    #expect(config.hasShmDir)
    #expect(config.shmSize == -1)
    #expect(config.createsNetworkNamespace)
    #expect(config.networks == ["a", "b", "c"])
    let spec = try #require(config.spec)
    #expect(RuntimeSpec(spec).mounts.map(\.pointer) == ["/spec/mounts/0"])
  }

  @Test func readsSmallDocuments() throws {
    let config = CRIConfig(try parse(#"{"id":"i","rootfsImageRef":"r","runtime":"runc"}"#).root)
    #expect(config.rootfsImageRef == "r")
    let mounts = BindMount.all(
      in: try parse(#"[1,{"destination":"/d","file_type":"file","permissions":420}]"#))
    #expect(mounts.map(\.pointer) == ["/1"])
    #expect(mounts.map(\.permissions) == [420])
    #expect(Descriptors(try parse(#"["/dev/null",null]"#).root).targets == ["/dev/null", ""])
  }
}
