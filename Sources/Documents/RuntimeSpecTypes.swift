/// The OCI runtime specification's `Spec`, as `spec.dump` holds it: opencontainers/runtime-spec,
/// specs-go/config.go, main of 2026-04. Podman 4.3.1 compiles in version 1.0.2 of 2022; what that
/// lacks it ignores, and no field that both have differs in type. No type here decodes itself.
extension GoStruct {
  static let spec = GoStruct(
    "specs.Spec",
    [
      "ociVersion": .string, "process": .structure(.process), "root": .structure(.root),
      "hostname": .string, "domainname": .string, "mounts": .slice(.mount),
      "hooks": .structure(.hooks), "annotations": .stringMap, "linux": .structure(.linux),
      "solaris": .structure(.solaris), "windows": .structure(.windows), "vm": .structure(.vm),
      "zos": .structure(.zos), "freebsd": .structure(.freeBSD),
    ])

  static let scheduler = GoStruct(
    "specs.Scheduler",
    [
      "policy": .string, "nice": .int32, "priority": .int32, "flags": .strings,
      "runtime": .uint64, "deadline": .uint64, "period": .uint64,
    ])

  static let process = GoStruct(
    "specs.Process",
    [
      "terminal": .bool, "consoleSize": .structure(.box), "user": .structure(.user),
      "args": .strings, "commandLine": .string, "env": .strings, "cwd": .string,
      "capabilities": .structure(.linuxCapabilities), "rlimits": .slice(.posixRlimit),
      "noNewPrivileges": .bool, "apparmorProfile": .string, "oomScoreAdj": .int,
      "scheduler": .structure(.scheduler), "selinuxLabel": .string,
      "ioPriority": .structure(.linuxIOPriority), "execCPUAffinity": .structure(.cpuAffinity),
    ])

  static let linuxCapabilities = GoStruct(
    "specs.LinuxCapabilities",
    [
      "bounding": .strings, "effective": .strings, "inheritable": .strings, "permitted": .strings,
      "ambient": .strings,
    ])

  static let linuxIOPriority = GoStruct(
    "specs.LinuxIOPriority",
    [
      "class": .string, "priority": .int,
    ])

  static let cpuAffinity = GoStruct(
    "specs.CPUAffinity",
    [
      "initial": .string, "final": .string,
    ])

  static let box = GoStruct(
    "specs.Box",
    [
      "height": .uint, "width": .uint,
    ])

  static let user = GoStruct(
    "specs.User",
    [
      "uid": .uint32, "gid": .uint32, "umask": .uint32, "additionalGids": .slice(.uint32),
      "username": .string,
    ])

  static let root = GoStruct(
    "specs.Root",
    [
      "path": .string, "readonly": .bool,
    ])

  static let mount = GoStruct(
    "specs.Mount",
    [
      "destination": .string, "type": .string, "source": .string, "options": .strings,
      "uidMappings": .slice(.linuxIdMapping), "gidMappings": .slice(.linuxIdMapping),
    ])

  static let hook = GoStruct(
    "specs.Hook",
    [
      "path": .string, "args": .strings, "env": .strings, "timeout": .int,
    ])

  static let hooks = GoStruct(
    "specs.Hooks",
    [
      "prestart": .slice(.hook), "createRuntime": .slice(.hook), "createContainer": .slice(.hook),
      "startContainer": .slice(.hook), "poststart": .slice(.hook), "poststop": .slice(.hook),
    ])

  static let linux = GoStruct(
    "specs.Linux",
    [
      "uidMappings": .slice(.linuxIdMapping), "gidMappings": .slice(.linuxIdMapping),
      "sysctl": .stringMap, "resources": .structure(.linuxResources), "cgroupsPath": .string,
      "namespaces": .slice(.linuxNamespace), "devices": .slice(.linuxDevice),
      "netDevices": .map(.linuxNetDevice), "seccomp": .structure(.linuxSeccomp),
      "rootfsPropagation": .string, "maskedPaths": .strings, "readonlyPaths": .strings,
      "mountLabel": .string, "intelRdt": .structure(.linuxIntelRdt),
      "memoryPolicy": .structure(.linuxMemoryPolicy),
      "personality": .structure(.linuxPersonality), "timeOffsets": .map(.linuxTimeOffset),
    ])

  static let linuxNamespace = GoStruct(
    "specs.LinuxNamespace",
    [
      "type": .string, "path": .string,
    ])

  static let linuxIdMapping = GoStruct(
    "specs.LinuxIDMapping",
    [
      "containerID": .uint32, "hostID": .uint32, "size": .uint32,
    ])

  static let linuxTimeOffset = GoStruct(
    "specs.LinuxTimeOffset",
    [
      "secs": .int64, "nanosecs": .uint32,
    ])

  static let posixRlimit = GoStruct(
    "specs.POSIXRlimit",
    [
      "type": .string, "hard": .uint64, "soft": .uint64,
    ])

  static let linuxDevice = GoStruct(
    "specs.LinuxDevice",
    [
      "path": .string, "type": .string, "major": .int64, "minor": .int64, "fileMode": .fileMode,
      "uid": .uint32, "gid": .uint32,
    ])

  static let linuxNetDevice = GoStruct(
    "specs.LinuxNetDevice",
    [
      "name": .string
    ])

  static let linuxPersonality = GoStruct(
    "specs.LinuxPersonality",
    [
      "domain": .string, "flags": .strings,
    ])

  static let linuxSeccomp = GoStruct(
    "specs.LinuxSeccomp",
    [
      "defaultAction": .string, "defaultErrnoRet": .uint, "architectures": .strings,
      "flags": .strings, "listenerPath": .string, "listenerMetadata": .string,
      "syscalls": .slice(.linuxSyscall),
    ])

  static let linuxSeccompArg = GoStruct(
    "specs.LinuxSeccompArg",
    [
      "index": .uint, "value": .uint64, "valueTwo": .uint64, "op": .string,
    ])

  static let linuxSyscall = GoStruct(
    "specs.LinuxSyscall",
    [
      "names": .strings, "action": .string, "errnoRet": .uint, "args": .slice(.linuxSeccompArg),
    ])

  static let linuxIntelRdt = GoStruct(
    "specs.LinuxIntelRdt",
    [
      "closID": .string, "schemata": .strings, "l3CacheSchema": .string, "memBwSchema": .string,
      "enableMonitoring": .bool,
      // Up to version 1.2.
      "enableCMT": .bool, "enableMBM": .bool,
    ])

  static let linuxMemoryPolicy = GoStruct(
    "specs.LinuxMemoryPolicy",
    [
      "mode": .string, "nodes": .string, "flags": .strings,
    ])
}
