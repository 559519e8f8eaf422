/// The documents of CRI-O and containerd.
extension GoStruct {
  /// `config.dump` of both: checkpoint-restore/checkpointctl, lib/metadata.go.
  static let criConfig = GoStruct(
    "metadata.ContainerConfig",
    [
      "id": .string, "name": .string, "rootfsImage": .string, "rootfsImageRef": .string,
      "rootfsImageName": .string, "runtime": .string, "createdTime": .time,
      "checkpointedTime": .time, "restoredTime": .time, "restored": .bool,
    ])

  /// An element of CRI-O's `bind.mounts`: cri-o/cri-o, internal/lib/checkpoint.go.
  static let externalBindMount = GoStruct(
    "lib.ExternalBindMount",
    ["source": .string, "destination": .string, "file_type": .string, "permissions": .uint32])

  /// `pod.options`: checkpoint-restore/checkpointctl, lib/metadata.go.
  static let podOptions = GoStruct(
    "metadata.CheckpointedPodOptions",
    ["version": .int, "containers": .stringMap, "annotations": .stringMap])

  /// containerd's `status`: containerd/containerd, internal/cri/store/container/status.go. Without
  /// tags, so that the names are Go's.
  static let containerdStatus = GoStruct(
    "container.versionedStatus",
    [
      "Version": .string, "Pid": .uint32, "CreatedAt": .int64, "StartedAt": .int64,
      "FinishedAt": .int64, "ExitCode": .int32, "Reason": .string, "Message": .string,
      "Resources": .structure(.containerResources),
    ])
}

/// containerd's `status.dump`: the CRI message ContainerStatus (kubernetes/cri-api, api.proto),
/// written and read by encoding/json. So the names are those of the tags, the proto names, and
/// enumerations are numbers: not the JSON form of protobuf.
extension GoStruct {
  static let containerStatus = GoStruct(
    "v1.ContainerStatus",
    [
      "id": .string, "metadata": .structure(.containerMetadata), "state": .int32,
      "created_at": .int64, "started_at": .int64, "finished_at": .int64, "exit_code": .int32,
      "image": .structure(.imageSpec), "image_ref": .string, "reason": .string,
      "message": .string, "labels": .stringMap, "annotations": .stringMap,
      "mounts": .slice(.containerMount), "log_path": .string,
      "resources": .structure(.containerResources), "image_id": .string,
      "user": .structure(.containerUser), "stop_signal": .int32,
    ])

  static let containerMetadata = GoStruct(
    "v1.ContainerMetadata", ["name": .string, "attempt": .uint32])

  static let imageSpec = GoStruct(
    "v1.ImageSpec",
    [
      "image": .string, "annotations": .stringMap, "user_specified_image": .string,
      "runtime_handler": .string,
    ])

  static let containerMount = GoStruct(
    "v1.Mount",
    [
      "container_path": .string, "host_path": .string, "readonly": .bool,
      "selinux_relabel": .bool, "propagation": .int32, "uidMappings": .slice(.idMapping),
      "gidMappings": .slice(.idMapping), "recursive_read_only": .bool,
      "image": .structure(.imageSpec), "image_sub_path": .string,
    ])

  static let idMapping = GoStruct(
    "v1.IDMapping", ["host_id": .uint32, "container_id": .uint32, "length": .uint32])

  static let containerResources = GoStruct(
    "v1.ContainerResources",
    ["linux": .structure(.criLinuxResources), "windows": .structure(.criWindowsResources)])

  static let criLinuxResources = GoStruct(
    "v1.LinuxContainerResources",
    [
      "cpu_period": .int64, "cpu_quota": .int64, "cpu_shares": .int64,
      "memory_limit_in_bytes": .int64, "oom_score_adj": .int64, "cpuset_cpus": .string,
      "cpuset_mems": .string, "hugepage_limits": .slice(.criHugepageLimit),
      "unified": .stringMap, "memory_swap_limit_in_bytes": .int64,
    ])

  static let criHugepageLimit = GoStruct(
    "v1.HugepageLimit", ["page_size": .string, "limit": .uint64])

  static let criWindowsResources = GoStruct(
    "v1.WindowsContainerResources",
    [
      "cpu_shares": .int64, "cpu_count": .int64, "cpu_maximum": .int64,
      "memory_limit_in_bytes": .int64, "rootfs_size_in_bytes": .int64,
      "affinity_cpus": .slice(.criCPUAffinity),
    ])

  static let criCPUAffinity = GoStruct(
    "v1.WindowsCpuGroupAffinity", ["cpu_mask": .uint64, "cpu_group": .uint32])

  static let containerUser = GoStruct(
    "v1.ContainerUser", ["linux": .structure(.linuxContainerUser)])

  static let linuxContainerUser = GoStruct(
    "v1.LinuxContainerUser",
    ["uid": .int64, "gid": .int64, "supplemental_groups": .slice(.int64)])
}
