/// Podman's `config.dump`, a whole libpod.ContainerConfig: containers/podman,
/// libpod/container_config.go and container.go, main of 2026-05, with the fields that only 4.3 has.
/// No field that both have differs in what it accepts.
extension GoStruct {
  /// The command line reads the same file a first time as the metadata.ContainerConfig of
  /// checkpointctl, to learn the runtime (pkg/checkpoint/crutils); its fields are added, as either
  /// reading can fail. Fields without a tag go by their Go names.
  static let podmanConfig = GoStruct(
    "libpod.ContainerConfig",
    [
      "spec": .structure(.spec), "id": .string, "name": .string, "pod": .string,
      "namespace": .string, "lockID": .uint32, "CreateCommand": .strings, "RawImageName": .string,
      "idMappingsOptions": .structure(.idMappingOptions), "Dependencies": .strings,
    ],
    embedded: [
      .podmanRootFS, .podmanSecurity, .podmanNamespaces, .podmanNetwork, .podmanImage,
      .podmanMiscellany, .criConfig,
    ])

  static let podmanRootFS = GoStruct(
    "libpod.ContainerRootFSConfig",
    [
      "rootfsImageID": .string, "rootfsImageName": .string, "rootfs": .string,
      "rootfs_overlay": .bool, "rootfs_mapping": .string, "ShmDir": .string, "NOShmShare": .bool,
      "NoShm": .bool, "shmSize": .int64, "shmSizeSystemd": .int64, "staticDir": .string,
      "mounts": .strings, "namedVolumes": .slice(.namedVolume),
      "overlayVolumes": .slice(.overlayVolume), "ctrImageVolumes": .slice(.imageVolume),
      "artifactVolumes": .slice(.artifactVolume), "createWorkingDir": .bool,
      "secrets": .slice(.containerSecret), "secretsPath": .string, "storageOpts": .stringMap,
      "volatile": .bool, "passwd": .bool, "chroot_directories": .strings,
    ])

  static let podmanSecurity = GoStruct(
    "libpod.ContainerSecurityConfig",
    [
      "privileged": .bool, "ProcessLabel": .string, "MountLabel": .string, "labelopts": .strings,
      "user": .string, "groups": .strings, "HostUsers": .strings,
      "addCurrentUserPasswdEntry": .bool, "label_nested": .bool,
    ])

  static let podmanNamespaces = GoStruct(
    "libpod.ContainerNameSpaceConfig",
    [
      "ipcNsCtr": .string, "mountNsCtr": .string, "netNsCtr": .string, "pidNsCtr": .string,
      "userNsCtr": .string, "utsNsCtr": .string, "cgroupNsCtr": .string,
    ])

  static let podmanNetwork = GoStruct(
    "libpod.ContainerNetworkConfig",
    [
      "createNetNS": .bool, "newPortMappings": .slice(.portMapping),
      "portMappings": .slice(.cniPortMapping), "exposedPorts": .map(.strings, keys: .uint16),
      "UseImageResolvConf": .bool, "dnsServer": .slice(.text(.address)), "dnsSearch": .strings,
      "dnsOption": .strings, "useImageHostname": .bool, "UseImageHosts": .bool,
      "baseHostsFile": .string, "hostsAdd": .strings,
      "orderedNetworks": .slice(.namedNetworkOptions), "newNetworks": .map(.networkOptions),
      "networks": .strings, "networkMode": .string, "network_options": .map(.strings),
      // Only Podman 4.3 has these two.
      "staticIP": .text(.address), "staticMAC": .text(.hardwareAddress),
    ])

  static let podmanImage = GoStruct(
    "libpod.ContainerImageConfig",
    ["userVolumes": .strings, "entrypoint": .strings, "command": .strings])

  static let podmanMiscellany = GoStruct(
    "libpod.ContainerMiscConfig",
    [
      "stdin": .bool, "labels": .stringMap, "stopSignal": .uint, "stopTimeout": .uint,
      "timeout": .uint, "createdTime": .time, "cgroupManager": .string, "noCgroups": .bool,
      "cgroupsMode": .string, "cgroupParent": .string, "group_entry": .string,
      "kubeExitCodePropagation": .int, "logPath": .string, "logTag": .string,
      "logLabels": .stringMap, "logSize": .int64, "logDriver": .string, "conmonPidFile": .string,
      "restart_policy": .string, "restart_retries": .uint, "postConfigureNetNS": .bool,
      "runtime": .string, "pause": .bool, "defaultPause": .bool, "isService": .bool,
      "sdnotifyMode": .string, "sdnotifySocket": .string, "systemd": .bool,
      "healthcheck": .structure(.healthConfig), "healthcheck_on_failure_action": .int,
      "healthLogDestination": .string, "healthMaxLogCount": .uint, "healthMaxLogSize": .uint,
      "startupHealthCheck": .structure(.startupHealthCheck), "preserveFds": .uint,
      "preserveFd": .slice(.uint), "timezone": .string, "umask": .string, "pid_file": .string,
      "cdiDevices": .strings, "gpus": .strings, "device_host_src": .slice(.linuxDevice),
      "secret_env": .map(.secret), "init_container_type": .string, "passwd_entry": .string,
      "mountAllDevices": .bool, "readWriteTmpfs": .bool,
    ])
}

/// The types of the fields of Podman's configuration.
extension GoStruct {
  static let idMappingOptions = GoStruct(
    "types.IDMappingOptions",
    [
      "HostUIDMapping": .bool, "HostGIDMapping": .bool, "UIDMap": .slice(.idMap),
      "GIDMap": .slice(.idMap), "AutoUserNs": .bool,
      "AutoUserNsOpts": .structure(.autoUserNsOptions),
    ])

  static let autoUserNsOptions = GoStruct(
    "types.AutoUserNsOptions",
    [
      "Size": .uint32, "InitialSize": .uint32, "PasswdFile": .string, "GroupFile": .string,
      "AdditionalUIDMappings": .slice(.idMap), "AdditionalGIDMappings": .slice(.idMap),
    ])

  static let idMap = GoStruct(
    "idtools.IDMap", ["container_id": .int, "host_id": .int, "size": .int])

  static let namedVolume = GoStruct(
    "libpod.ContainerNamedVolume",
    [
      "volumeName": .string, "dest": .string, "options": .strings, "setAnonymous": .bool,
      "SubPath": .string, "noCreate": .bool,
    ])

  static let overlayVolume = GoStruct(
    "libpod.ContainerOverlayVolume",
    ["dest": .string, "source": .string, "options": .strings])

  static let imageVolume = GoStruct(
    "libpod.ContainerImageVolume",
    ["source": .string, "dest": .string, "rw": .bool, "subPath": .string])

  static let artifactVolume = GoStruct(
    "libpod.ContainerArtifactVolume",
    ["source": .string, "dest": .string, "title": .string, "digest": .string, "name": .string])

  static let containerSecret = GoStruct(
    "libpod.ContainerSecret",
    ["UID": .uint32, "GID": .uint32, "Mode": .uint32, "Target": .string], embedded: [.secret])

  static let secret = GoStruct(
    "secrets.Secret",
    [
      "name": .string, "id": .string, "labels": .stringMap, "metadata": .stringMap,
      "createdAt": .time, "updatedAt": .time, "driver": .string, "driverOptions": .stringMap,
    ])

  static let portMapping = GoStruct(
    "types.PortMapping",
    [
      "host_ip": .string, "container_port": .uint16, "host_port": .uint16, "range": .uint16,
      "protocol": .string,
    ])

  static let cniPortMapping = GoStruct(
    "types.OCICNIPortMapping",
    ["hostPort": .int32, "containerPort": .int32, "protocol": .string, "hostIP": .string])

  static let namedNetworkOptions = GoStruct(
    "types.NamedPerNetworkOptions", ["name": .string], embedded: [.networkOptions])

  static let networkOptions = GoStruct(
    "types.PerNetworkOptions",
    [
      "static_ips": .slice(.text(.address)), "aliases": .strings,
      "static_mac": .text(.hardwareAddress), "interface_name": .string, "options": .stringMap,
    ])

  static let healthConfig = GoStruct(
    "manifest.Schema2HealthConfig",
    [
      "Test": .strings, "StartPeriod": .duration, "StartInterval": .duration,
      "Interval": .duration, "Timeout": .duration, "Retries": .int,
    ])

  static let startupHealthCheck = GoStruct(
    "define.StartupHealthCheck", ["Successes": .int], embedded: [.healthConfig])
}

/// Podman's `network.status`. A restore only logs that it cannot read it, and goes on.
extension GoStruct {
  static let statusBlock = GoStruct(
    "types.StatusBlock",
    [
      "interfaces": .map(.netInterface), "dns_server_ips": .slice(.text(.address)),
      "dns_search_domains": .strings,
    ])

  static let netInterface = GoStruct(
    "types.NetInterface",
    ["subnets": .slice(.netAddress), "mac_address": .text(.hardwareAddress)])

  static let netAddress = GoStruct(
    "types.NetAddress", ["ipnet": .text(.network), "gateway": .text(.address)])
}
