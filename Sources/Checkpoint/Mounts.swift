public import CRIUImages

extension MountTable.Mount {
  /// Whether it lies below `/proc` or `/sys`.
  public var isOnKernelPath: Bool { path.hasPrefix("/proc/") || path.hasPrefix("/sys/") }

  /// A mount by which a runtime hides a path of the kernel: a null device or an empty read-only
  /// tmpfs, or with crun its empty folder (archive contract, §5a).
  public var isMask: Bool {
    guard isOnKernelPath else { return false }
    if filesystem == .cgroup || filesystem == .cgroup2 { return false }
    if let key { return key == "/dev/null" || key == path || key.hasSuffix("/.empty-directory") }
    let readOnly: UInt32 = 1
    return filesystem == .tmpfs && entry.sbFlags & readOnly != 0
  }

  /// A mount by which a runtime protects a path of the kernel from writing: a part of procfs or
  /// sysfs, mounted on itself (archive contract, §5a).
  public var isReadOnlyPath: Bool {
    isOnKernelPath && key == nil && (filesystem == .proc || filesystem == .sysfs)
      && !showsWholeFilesystem
  }
}

extension Checkpoint {
  /// Every place below `/proc` and `/sys` where something is mounted: what a host must have.
  public var kernelMountpoints: [String] {
    images.all(.mounts).flatMap { $0.messages(MntEntry.self) }.map(\.message.mountpointPath)
      .filter { $0.hasPrefix("/proc/") || $0.hasPrefix("/sys/") }
  }
}

extension MntEntry {
  /// Where it is mounted, as an absolute path. Older CRIU writes `./proc` for `/proc`.
  public var mountpointPath: String {
    let text = mountpointText
    if text.hasPrefix("/") { return text }
    return text == "." ? "/" : "/" + (text.hasPrefix("./") ? text.dropFirst(2) : text[...])
  }

  /// Whether the engine provides the mount at restore.
  public var isExternal: Bool { extKeyText?.isEmpty == false || extMount || withPlugin }
}
