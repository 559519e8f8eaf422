/// The Go types into which the engines read the documents of a checkpoint.
extension GoType {
  /// `spec.dump`, of every engine.
  public static let runtimeSpec = GoType.structure(.spec)
  /// `config.dump` of Podman.
  public static let podmanConfig = GoType.structure(.podmanConfig)
  /// `config.dump` of CRI-O and containerd.
  public static let criConfig = GoType.structure(.criConfig)
  /// `bind.mounts` of CRI-O.
  public static let bindMounts = GoType.slice(.externalBindMount)
  /// `deleted.files` of Podman and CRI-O.
  public static let deletedFiles = GoType.strings
  /// `network.status` of Podman.
  public static let networkStatus = GoType.map(.statusBlock)
  /// `checkpoint/descriptors.json`, which runc and crun read.
  public static let descriptors = GoType.strings
  /// `status.dump` of containerd.
  public static let containerStatus = GoType.structure(.containerStatus)
  /// `status` of containerd.
  public static let containerdStatus = GoType.structure(.containerdStatus)
  /// `pod.options`.
  public static let podOptions = GoType.structure(.podOptions)
}
