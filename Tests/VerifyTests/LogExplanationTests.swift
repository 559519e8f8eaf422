import Support
import Testing

@testable import Verify

/// Lines of logs lead to the rules that explain them.
@Suite struct LogExplanationTests {
  private func rules(_ line: String) -> [String] {
    LogExplanation.explain(line).flatMap { $0.rules.map(\.id) }
  }

  /// What engines, runtimes and CRIU said, as they said it, where one thing was wrong.
  @Test(arguments: [
    (
      "Error: a complete checkpoint for this container cannot be found, cannot restore: stat /var/lib/containers/storage/overlay-containers/4f/userdata/checkpoint/inventory.img: no such file or directory",
      "archive.missing-checkpoint-dir"
    ),
    ("Error (criu/protobuf.c:72): Unexpected EOF on (empty-image)", "criu.core-missing"),
    ("open /run/b/checkpoint/descriptors.json: no such file", "archive.missing-descriptors"),
    ("runc: invalid character 'x' looking for beginning of value", "archive.bad-descriptors"),
    (
      "(00.081213) Error (criu/mount.c:390): mnt: No root found for tree", "mnt.no-root"
    ),
    (
      "Error: failed extracting runtime information from c.tar: failed to read /tmp/x1/config.dump: open /tmp/x1/config.dump: no such file or directory",
      "archive.missing-config-dump"
    ),
    (#"failed to read \"config.dump\": open: no such file"#, "archive.missing-config-dump"),
    (
      #"time="2026-01-02T03:04:05Z" level=error msg="failed to read \"spec.dump\"""#,
      "archive.missing-spec-dump"
    ),
    ("failed to unmarshal /tmp/1/spec.dump: unexpected end of JSON input", "archive.bad-spec-dump"),
    (#"failed to read "status.dump""#, "containerd.missing-status-dump"),
    (
      "failed to read status.dump: failed to unmarshal status.dump: unexpected end of JSON input",
      "containerd.bad-status-dump"
    ),
    ("archive/tar: invalid tar header", "podman.devshm-not-plain-tar"),
    ("unpack: unexpected EOF", "archive.truncated"),
    ("failed to apply root file-system diff file r.tar: unexpected EOF", "rootfs.diff-corrupt"),
    ("failed to read deleted files file: failed to unmarshal", "rootfs.bad-deleted-files"),
    (
      "failed to open volume file /tmp/3/volumes/data.tar: no such file or directory",
      "podman.volume-tar-missing"
    ),
    ("volume with name data already exists", "podman.volume-exists"),
    ("invalid symlink", "archive.link-entry"),
    ("is outside of /var/lib", "archive.path-escape"),
    ("unhandled tar header type 83", "archive.gnu-sparse"),
    (#"failed to read "io.kubernetes.cri-o.Annotations""#, "crio.missing-annotations"),
    (
      #"restoring "c.tar" expects following bind mounts defined (/a,/b)"#,
      "crio.mount-not-requested"
    ),
    (
      "the bind mount source /x is missing. Please create the corresponding file or directory",
      "host.bind-source-missing"
    ),
    ("stat /nonexist/x: no such file or directory", "host.bind-source-missing"),
    ("Requested network namespace /run/netns/a does not exist", "host.namespace-path-missing"),
    ("No mapping for 715:(null) mountpoint", "mnt.ext-key-unmapped"),
    ("No mapping for /proc/sched_debug", "mnt.ext-key-foreign-runtime"),
    (
      "is autodetected external mount. Try --ext-mount-map auto", "mnt.ext-key-unmapped"
    ),
    ("No parent found for mountpoint 712 (@/proc/irq)", "mnt.parent-missing"),
    (
      "1: Error (criu/mount-v2.c:354): mnt-v2: Can't stat mountpoint /tmp/.criu.mntns.x/mnt-12/a: No such file or directory",
      "mask.mountpoint-missing-on-host"
    ),
    ("ID:./proc/timer_list doesn't have a proper root mount", "mask.spec-image-drift"),
    ("Error (criu/mount.c:4711): BUG at criu/mount.c:4711", "mnt.dangling-file-reference"),
    ("Connected TCP socket in image", "opts.tcp-needed"),
    ("can't write lsm profile -13", "host.lsm-differs"),
    (
      #"create criu restore mountpoint for /proc/x mount: check proc-safety of /proc/x mount: "/r/proc/x" cannot be mounted because it is inside /proc"#,
      "spec.mount-inside-proc"
    ),
    (
      "ProcessLabel and Mountlabel must either not be specified or both", "podman.label-pair"
    ),
    ("Can't open file data/x on restore: No such file or directory", "rootfs.file-missing"),
    ("File lib/x.so has bad size 3 (expect 4)", "rootfs.file-changed"),
    ("requires runtime", "image.runtime-mismatch"),
    ("image is not a checkpoint", "image.no-engine-annotation"),
    ("2: Error (criu/cgroup.c:1282): cg: No set 2 found", "criu.cgset"),
    ("Read 73 bytes while 78 expected from inventory.img: E", "criu.inventory-unreadable"),
    ("Read 3 bytes while 8 expected from fdinfo-2.img: E", "criu.image-unreadable"),
    ("Failed unpacking object from checkpoint/core-1.img", "criu.image-unreadable"),
    ("Magic doesn't match for mm-1.img", "criu.image-unreadable"),
    ("Can't read async pr bytes (-1 / 36864 read, 0 off, 3 iovs)", "criu.pages-missing"),
    ("criu/files-reg.c:2592 No entry for reg-file-ID 0x1", "criu.files-missing"),
    ("Unable to find the 1 memfd inode", "criu.memfd"),
    ("runc: read unixpacket @->@: EOF", "criu.pstree-missing"),
    ("pie: 1: criu/pie/util-vdso.c:107 vdso: Invalid ELF magic", "criu.vdso-pages-missing"),
    (
      "checkpoint archive x.tar was created with runtime '' and cannot be restored with runtime 'runc'",
      "podman.runtime-missing"
    ),
    ("invalid RootfsImageRef zz: zz is not a valid image ID", "crio.image-reference"),
    ("failed to unmarshal bind.mounts: unexpected end of JSON input", "crio.bad-bind-mounts"),
    ("pigz: skipping: <stdin>: corrupted -- incomplete deflate data", "archive.truncated"),
    ("/*stdin*\\ : Read error (39) : premature end", "archive.truncated"),
    ("reading image ID: locating image with ID x: image not known", "host.image-missing"),
    ("cg: can't set cpuset.cpus: Permission denied", "host.cpuset-not-available"),
    (
      "1: Error (criu/files-reg.c:1): Can't create ghost regfile: File exists",
      "host.ghost-leftover"
    ),
    (
      "Error (criu/cr-restore.c:1274): 7 stopped by signal 11: Segmentation fault",
      "criu.fs-missing"
    ),
  ])
  func measured(_ line: String, _ rule: String) {
    #expect(rules(line).contains(rule), "\(rules(line))")
  }

  @Test func everyRuleOfTheTableExists() {
    for pattern in LogPattern.table + LogPattern.vague {
      for id in pattern.rules { #expect(Rule.named(id) != nil, "\(pattern.text): \(id)") }
      #expect(pattern.weight >= 8, "\(pattern.text)")
      #expect(!pattern.rules.isEmpty || pattern.advice != nil, "\(pattern.text)")
    }
  }

  /// A pattern that another one before it always beats would never be seen.
  @Test func noPatternIsHidden() {
    for (index, pattern) in LogPattern.table.enumerated() {
      let line = Array(LogText.plain(pattern.text).utf8)
      let first = LogPattern.table.firstIndex { $0.matches(line) }
      #expect(first == index, "\(pattern.text)")
    }
  }

  /// The words that a rule quotes lead back to the rule.
  @Test func quotesOfRules() {
    for rule in Rule.all {
      for quote in LogPattern.quotes(in: rule.why) where !LogPattern.unspecific.contains(quote) {
        #expect(rules(quote).contains(rule.id), "\(rule.id): \(quote): \(rules(quote))")
      }
    }
  }

  @Test func vagueLinesYield() {
    let log = """
      (00.052101)      1: Error (criu/cgroup.c:1282): cg: No set 2 found
      (00.060000) Error (criu/cr-restore.c:2557): Restoring FAILED.
      (00.060001) Error (criu/cgroup.c:1282): cg: No set 3 found
      """
    let found = LogExplanation.explain(log)
    #expect(found.map(\.line) == ["Error (criu/cgroup.c:1282): cg: No set 2 found"])
    #expect(rules("Restoring FAILED.") == ["criu.pagemap-missing", "criu.tmpfs-missing"])
  }

  @Test(arguments: ["", "all is well", "restored", "…", "\u{1B}[31m"])
  func unknown(_ line: String) { #expect(LogExplanation.explain(line).isEmpty) }
}
