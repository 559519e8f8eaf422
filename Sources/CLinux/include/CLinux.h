#pragma once
// The few Linux calls that Swift cannot reach: variadic, or newer than the C library's headers.
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <linux/openat2.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/// openat2(2): resolves `path` beneath `dirfd`, following no link of any kind. -1 and errno on failure.
static inline int ckptmend_open_beneath(int dirfd, const char *path, uint64_t flags, uint64_t mode) {
  struct open_how how = {
      .flags = flags | O_CLOEXEC,
      .mode = mode,
      .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS,
  };
  return (int)syscall(SYS_openat2, dirfd, path, &how, sizeof how);
}

/// An unnamed regular file in `directory`; needs O_TMPFILE support of the file system.
static inline int ckptmend_open_unnamed(const char *directory, uint32_t mode) {
  return open(directory, O_TMPFILE | O_RDWR | O_CLOEXEC, mode);
}

/// renameat2(2) with RENAME_NOREPLACE: fails with EEXIST instead of replacing.
static inline int ckptmend_rename_new(int from, const char *old, int to, const char *new_name) {
  return (int)syscall(SYS_renameat2, from, old, to, new_name, 1u /* RENAME_NOREPLACE */);
}
