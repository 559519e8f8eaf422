/// What a runtime specification holds for platforms other than Linux. Go decodes it on Linux too.
extension GoStruct {
  static let solaris = GoStruct(
    "specs.Solaris",
    [
      "milestone": .string, "limitpriv": .string, "maxShmMemory": .string,
      "anet": .slice(.solarisAnet), "cappedCPU": .structure(.solarisCappedCPU),
      "cappedMemory": .structure(.solarisCappedMemory),
    ])

  static let solarisCappedCPU = GoStruct(
    "specs.SolarisCappedCPU",
    [
      "ncpus": .string
    ])

  static let solarisCappedMemory = GoStruct(
    "specs.SolarisCappedMemory",
    [
      "physical": .string, "swap": .string,
    ])

  static let solarisAnet = GoStruct(
    "specs.SolarisAnet",
    [
      "linkname": .string, "lowerLink": .string, "allowedAddress": .string,
      "configureAllowedAddress": .string, "defrouter": .string, "linkProtection": .string,
      "macAddress": .string,
    ])

  static let windows = GoStruct(
    "specs.Windows",
    [
      "layerFolders": .strings, "devices": .slice(.windowsDevice),
      "resources": .structure(.windowsResources), "credentialSpec": .any, "servicing": .bool,
      "ignoreFlushesDuringBoot": .bool, "hyperv": .structure(.windowsHyperV),
      "network": .structure(.windowsNetwork),
    ])

  static let windowsDevice = GoStruct(
    "specs.WindowsDevice",
    [
      "id": .string, "idType": .string,
    ])

  static let windowsResources = GoStruct(
    "specs.WindowsResources",
    [
      "memory": .structure(.windowsMemoryResources), "cpu": .structure(.windowsCPUResources),
      "storage": .structure(.windowsStorageResources),
    ])

  static let windowsMemoryResources = GoStruct(
    "specs.WindowsMemoryResources",
    [
      "limit": .uint64
    ])

  static let windowsCPUResources = GoStruct(
    "specs.WindowsCPUResources",
    [
      "count": .uint64, "shares": .uint16, "maximum": .uint16,
      "affinity": .slice(.windowsCPUGroupAffinity),
    ])

  static let windowsCPUGroupAffinity = GoStruct(
    "specs.WindowsCPUGroupAffinity",
    [
      "mask": .uint64, "group": .uint32,
    ])

  static let windowsStorageResources = GoStruct(
    "specs.WindowsStorageResources",
    [
      "iops": .uint64, "bps": .uint64, "sandboxSize": .uint64,
    ])

  static let windowsNetwork = GoStruct(
    "specs.WindowsNetwork",
    [
      "endpointList": .strings, "allowUnqualifiedDNSQuery": .bool, "DNSSearchList": .strings,
      "networkSharedContainerName": .string, "networkNamespace": .string,
    ])

  static let windowsHyperV = GoStruct(
    "specs.WindowsHyperV",
    [
      "utilityVMPath": .string
    ])

  static let ioMems = GoStruct(
    "specs.IOMems",
    [
      "firstGFN": .uint64, "firstMFN": .uint64, "nrMFNs": .uint64,
    ])

  static let hwConfig = GoStruct(
    "specs.HWConfig",
    [
      "deviceTree": .string, "vcpus": .uint32, "memory": .uint64, "dtdevs": .strings,
      "iomems": .slice(.ioMems), "irqs": .slice(.uint32),
    ])

  static let vm = GoStruct(
    "specs.VM",
    [
      "hypervisor": .structure(.vmHypervisor), "kernel": .structure(.vmKernel),
      "image": .structure(.vmImage), "hwconfig": .structure(.hwConfig),
    ])

  static let vmHypervisor = GoStruct(
    "specs.VMHypervisor",
    [
      "path": .string, "parameters": .strings,
    ])

  static let vmKernel = GoStruct(
    "specs.VMKernel",
    [
      "path": .string, "parameters": .strings, "initrd": .string,
    ])

  static let vmImage = GoStruct(
    "specs.VMImage",
    [
      "path": .string, "format": .string,
    ])

  static let zos = GoStruct(
    "specs.ZOS",
    [
      "namespaces": .slice(.zosNamespace)
    ])

  static let zosNamespace = GoStruct(
    "specs.ZOSNamespace",
    [
      "type": .string, "path": .string,
    ])

  static let freeBSD = GoStruct(
    "specs.FreeBSD",
    [
      "devices": .slice(.freeBSDDevice), "jail": .structure(.freeBSDJail),
    ])

  static let freeBSDDevice = GoStruct(
    "specs.FreeBSDDevice",
    [
      "path": .string, "mode": .fileMode,
    ])

  static let freeBSDJail = GoStruct(
    "specs.FreeBSDJail",
    [
      "parent": .string, "host": .string, "ip4": .string, "ip4Addr": .strings, "ip6": .string,
      "ip6Addr": .strings, "vnet": .string, "interface": .string, "vnetInterfaces": .strings,
      "sysvmsg": .string, "sysvsem": .string, "sysvshm": .string, "enforceStatfs": .int,
      "allow": .structure(.freeBSDJailAllow),
    ])

  static let freeBSDJailAllow = GoStruct(
    "specs.FreeBSDJailAllow",
    [
      "setHostname": .bool, "rawSockets": .bool, "chflags": .bool, "mount": .strings,
      "quotas": .bool, "socketAf": .bool, "mlock": .bool, "reservedPorts": .bool, "suser": .bool,
    ])
}
