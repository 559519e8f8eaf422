/// What `linux.resources` of a runtime specification holds; see `GoStruct.spec`.
extension GoStruct {
  static let linuxHugepageLimit = GoStruct(
    "specs.LinuxHugepageLimit",
    [
      "pageSize": .string, "limit": .uint64,
    ])

  static let linuxInterfacePriority = GoStruct(
    "specs.LinuxInterfacePriority",
    [
      "name": .string, "priority": .uint32,
    ])

  static let linuxBlockIODevice = GoStruct(
    "specs.LinuxBlockIODevice",
    [
      "major": .int64, "minor": .int64,
    ])

  static let linuxWeightDevice = GoStruct(
    "specs.LinuxWeightDevice",
    [
      "weight": .uint16, "leafWeight": .uint16,
    ], embedded: [.linuxBlockIODevice])

  static let linuxThrottleDevice = GoStruct(
    "specs.LinuxThrottleDevice",
    [
      "rate": .uint64
    ], embedded: [.linuxBlockIODevice])

  static let linuxBlockIO = GoStruct(
    "specs.LinuxBlockIO",
    [
      "weight": .uint16, "leafWeight": .uint16, "weightDevice": .slice(.linuxWeightDevice),
      "throttleReadBpsDevice": .slice(.linuxThrottleDevice),
      "throttleWriteBpsDevice": .slice(.linuxThrottleDevice),
      "throttleReadIOPSDevice": .slice(.linuxThrottleDevice),
      "throttleWriteIOPSDevice": .slice(.linuxThrottleDevice),
    ])

  static let linuxMemory = GoStruct(
    "specs.LinuxMemory",
    [
      "limit": .int64, "reservation": .int64, "swap": .int64, "kernel": .int64,
      "kernelTCP": .int64, "swappiness": .uint64, "disableOOMKiller": .bool,
      "useHierarchy": .bool, "checkBeforeUpdate": .bool,
    ])

  static let linuxCPU = GoStruct(
    "specs.LinuxCPU",
    [
      "shares": .uint64, "quota": .int64, "burst": .uint64, "period": .uint64,
      "realtimeRuntime": .int64, "realtimePeriod": .uint64, "cpus": .string, "mems": .string,
      "idle": .int64,
    ])

  static let linuxPids = GoStruct(
    "specs.LinuxPids",
    [
      "limit": .int64
    ])

  static let linuxNetwork = GoStruct(
    "specs.LinuxNetwork",
    [
      "classID": .uint32, "priorities": .slice(.linuxInterfacePriority),
    ])

  static let linuxRdma = GoStruct(
    "specs.LinuxRdma",
    [
      "hcaHandles": .uint32, "hcaObjects": .uint32,
    ])

  static let linuxResources = GoStruct(
    "specs.LinuxResources",
    [
      "devices": .slice(.linuxDeviceCgroup), "memory": .structure(.linuxMemory),
      "cpu": .structure(.linuxCPU), "pids": .structure(.linuxPids),
      "blockIO": .structure(.linuxBlockIO), "hugepageLimits": .slice(.linuxHugepageLimit),
      "network": .structure(.linuxNetwork), "rdma": .map(.linuxRdma), "unified": .stringMap,
    ])

  static let linuxDeviceCgroup = GoStruct(
    "specs.LinuxDeviceCgroup",
    [
      "allow": .bool, "type": .string, "major": .int64, "minor": .int64, "access": .string,
    ])
}
