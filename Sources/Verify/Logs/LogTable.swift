extension LogPattern {
  /// Texts that rules do not quote, or that need more than the rules which quote them. The first
  /// that fits counts, so what is more specific comes first. From the sources of Podman, CRI-O,
  /// containerd, runc, crun and CRIU 4.2, and from restores that were made to fail.
  static let table: [LogPattern] = engines + runtimes + images + mounts + processes

  private static let engines: [LogPattern] = [
    LogPattern(
      "a complete checkpoint for this container cannot be found", "archive.missing-checkpoint-dir",
      "criu.inventory-missing"),
    LogPattern("stat …inventory.img: no such file", "criu.inventory-missing"),
    LogPattern("checkpoint directory is missing in the archive", "archive.missing-checkpoint-dir"),
    LogPattern(
      "failed to read config.dump: open …: no such file", "archive.missing-config-dump",
      "archive.wrapped-in-directory"),
    LogPattern(
      "config.dump: no such file", "archive.missing-config-dump", "archive.wrapped-in-directory"),
    LogPattern("config.dump: …json", "archive.bad-config-dump"),
    LogPattern("config.dump: invalid character", "archive.bad-config-dump"),
    LogPattern("spec.dump: no such file", "archive.missing-spec-dump"),
    LogPattern("spec.dump: …json", "archive.bad-spec-dump"),
    LogPattern("spec.dump: invalid character", "archive.bad-spec-dump"),
    LogPattern("status.dump: no such file", "containerd.missing-status-dump"),
    LogPattern("status.dump: …json", "containerd.bad-status-dump"),
    LogPattern("status.dump: invalid character", "containerd.bad-status-dump"),
    LogPattern("unhandled tar header type 83", "archive.gnu-sparse"),
    LogPattern("invalid symlink", "archive.link-entry", "archive.write-through-symlink"),
    LogPattern(
      "is outside of rootfs",
      advice:
        "a link in the base image or in rootfs-diff.tar leads a mount's destination out of the root"
    ),
    LogPattern("is outside of", "archive.path-escape"),
    LogPattern("is not a regular file or directory", "archive.link-entry", "archive.special-entry"),
    LogPattern("refusing to copy", "archive.link-entry", "archive.special-entry"),
    LogPattern(
      "devshm-checkpoint.tar", "podman.devshm-not-plain-tar", "podman.devshm-missing"),
    LogPattern(
      "failed to pull checkpoint base image", "host.image-missing", "crio.image-reference"),
    LogPattern("was created with runtime '' and cannot", "podman.runtime-missing"),
    LogPattern("ProcessLabel and MountLabel must either not be", "podman.label-pair"),
    LogPattern("image not known", "host.image-missing"),
    LogPattern("image is not a checkpoint", "image.no-engine-annotation"),
    LogPattern("the bind mount source … is missing", "host.bind-source-missing"),
    LogPattern("failed to mount shm tmpfs", "podman.shm-size"),
    LogPattern("incomplete deflate data", "archive.truncated"),
    LogPattern("premature end", "archive.truncated"),
    LogPattern("gzip: invalid checksum", "archive.checksum-mismatch"),
    LogPattern("container_validate.go", "spec.missing-process"),
    LogPattern(
      "panic: runtime error", "spec.missing-process",
      advice: "Podman dereferences process and root of spec.dump without a look"),
  ]

  private static let runtimes: [LogPattern] = [
    LogPattern("descriptors.json: no such file", "archive.missing-descriptors"),
    LogPattern(
      "cannot be mounted because it is not of type proc", "spec.mount-inside-proc"),
    LogPattern(
      "read unixpacket", "criu.pstree-missing", "criu.image-unreadable",
      advice: "CRIU crashed while it read the images; its restore.log has the last one"),
    LogPattern(
      "unable to set hostname without a private UTS namespace", "spec.namespace-missing"),
    LogPattern(
      "unable to restrict sys entries without a private MNT namespace", "spec.namespace-missing"),
    LogPattern("not allowed in host network namespace", "spec.namespace-missing"),
    LogPattern("Requested network namespace … does not exist", "host.namespace-path-missing"),
    LogPattern(
      "Do not know how to handle namespace",
      advice: "spec.dump joins a control group namespace by its path, which runc cannot restore"),
  ]

  private static let images: [LogPattern] = [
    LogPattern("expected from …inventory.img", "criu.inventory-unreadable"),
    LogPattern("unpacking object from …inventory.img", "criu.inventory-unreadable"),
    LogPattern("Magic doesn't match for inventory.img", "criu.inventory-unreadable"),
    LogPattern("Not supported images version", "criu.inventory-invalid"),
    LogPattern("Read … bytes while … expected from", "criu.image-unreadable"),
    LogPattern("Failed unpacking object from", "criu.image-unreadable"),
    LogPattern("Magic doesn't match for", "criu.image-unreadable", "criu.image-version"),
    LogPattern("Img trimmed", "criu.image-unreadable"),
    LogPattern("Failed to read IPC namespace vari", "criu.ns-image"),
    LogPattern(
      "Unexpected EOF on", "criu.core-missing", "criu.ns-image", "criu.inventory-missing",
      "criu.remap", "criu.image-unreadable",
      advice: "CRIU does not name the image: it is missing, or empty"),
    LogPattern(
      "Failed getting raw image", "criu.pages-missing",
      advice: "a successful restore logs it, too, where shared memory came back as zeros"),
    LogPattern("Can't read async pr bytes", "criu.pages-missing", "criu.pages-size-mismatch"),
    LogPattern("Image corruption on kIDs data", "criu.root-ids"),
    LogPattern("Image…corrupted or too old criu", "criu.ids-missing"),
    LogPattern("No entry for reg-file-ID", "criu.files-missing", "criu.fs-dangling", "criu.exe"),
    LogPattern("Unable to find the … memfd inode", "criu.memfd"),
    LogPattern("Empty list on file desc", "criu.file-unreferenced", "criu.fdinfo-missing"),
    LogPattern("Unable to open fd=", "criu.tcp-stream", "criu.fdinfo-dangling"),
    LogPattern("can only be restored in a new pid namespace", "criu.root-ids"),
  ]

  private static let mounts: [LogPattern] = [
    LogPattern(
      "No mapping for", "mnt.ext-key-unmapped", "mnt.ext-key-foreign-runtime",
      "mask.crun-key-needs-spec"),
    LogPattern("is autodetected external mount", "mnt.ext-key-unmapped"),
    LogPattern("No parent found for mountpoint", "mnt.parent-missing", "mnt.no-root"),
    LogPattern(
      "No root found for tree", "mnt.no-root",
      advice: "CRIU takes a mountpoints image that is missing for an empty one"),
    LogPattern(
      "Can't stat mountpoint", "mask.mountpoint-missing-on-host", "mnt.mountpoint-not-of-kernel",
      "mnt.mountpoint-not-in-tmpfs", "mnt.mountpoint-moved",
      advice: "the number after mnt- is the mount's parent in mountpoints-N.img"),
    LogPattern(
      "Can't bind-mount at", "mask.mountpoint-missing-on-host", "mnt.mountpoint-not-of-kernel",
      "mnt.mountpoint-not-in-tmpfs", "mnt.mountpoint-moved"),
    LogPattern(
      "Unable to mount tmpfs", "mask.mountpoint-missing-on-host", "mnt.mountpoint-not-of-kernel",
      "mnt.mountpoint-not-in-tmpfs"),
    LogPattern("doesn't have a proper root mount", "mnt.no-bind-source", "mask.spec-image-drift"),
    LogPattern("BUG at criu/mount.c", "mnt.dangling-file-reference"),
    LogPattern(
      "Can't restore tmpfs content", "criu.tmpfs-content-unreadable", "criu.tmpfs-missing"),
    LogPattern(
      "tar: Error is not recoverable", "criu.tmpfs-content-unreadable"),
    LogPattern("gzip: stdin: not in gzip format", "criu.tmpfs-content-unreadable"),
  ]

  private static let processes: [LogPattern] = [
    LogPattern(
      "can't write lsm profile", "criu.lsm", "host.lsm-differs", "host.lsm-profile-missing",
      "host.selinux-enforcing"),
    LogPattern(
      "has bad mode", "rootfs.file-changed", "criu.ghost-size",
      advice: "the base image, a volume or rootfs-diff.tar has the file otherwise"),
    LogPattern(
      "has bad size", "rootfs.file-changed", "rootfs.modified-file-omitted", "criu.ghost-size",
      advice: "the base image, a volume or rootfs-diff.tar has the file otherwise"),
    LogPattern(
      "has bad build-ID", "rootfs.file-changed"),
    LogPattern(
      "Can't open file … on restore", "rootfs.file-missing", "rootfs.file-deleted",
      "rootfs.diff-missing-but-needed", "rootfs.modified-file-omitted", "podman.devshm-missing",
      "criu.tmpfs-file-missing", "criu.remap"),
    LogPattern("cpuset.cpus", "host.cpuset-not-available"),
    LogPattern(
      "Can't mount … No such device", "host.filesystem-missing", "host.cgroup-version-differs"),
  ]

  /// Texts that say no more than that something failed; any other in the log says more.
  static let vague: [LogPattern] = [
    LogPattern(
      "invalid character", "archive.bad-descriptors", "archive.bad-spec-dump",
      "archive.bad-config-dump", advice: "the line does not name the document"),
    LogPattern(
      "unexpected end of JSON input", "archive.bad-descriptors", "archive.bad-spec-dump",
      "archive.bad-config-dump", advice: "the line does not name the document"),
    LogPattern(
      "cannot unmarshal", "archive.bad-config-dump", "archive.bad-spec-dump",
      advice: "the line does not name the document"),
    LogPattern(
      "signal 11", "criu.mm-missing", "criu.fs-missing", "criu.seccomp-missing",
      "mnt.dangling-file-reference",
      advice: "the restored task crashed: an image that it needs is missing or wrong"),
    LogPattern(
      "Segmentation fault", "criu.mm-missing", "criu.fs-missing", "criu.seccomp-missing",
      "mnt.dangling-file-reference",
      advice: "the restored task crashed: an image that it needs is missing or wrong"),
    LogPattern(
      "Restoring FAILED", "criu.pagemap-missing", "criu.tmpfs-missing",
      advice: "lines of the same log with “Error” say more, if there are any"),
    LogPattern(
      "Can't setup RLIMIT_NOFILE",
      advice:
        "harmless: Podman shows CRIU's first error line with crun, and successful restores have it, too; look for another in CRIU's restore.log"
    ),
    LogPattern(
      "criu failed: type", advice: "CRIU failed; lines of its restore.log with “Error” say why"),
  ]
}
