#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

int ckptmend_open_unnamed(int directory, uint32_t mode) {
  return openat(directory, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, mode);
}

int ckptmend_link_unnamed(int file, int directory, const char *name) {
  char path[32];
  snprintf(path, sizeof path, "/proc/self/fd/%d", file);
  if (linkat(AT_FDCWD, path, directory, name, AT_SYMLINK_FOLLOW) == 0) return 0;
  // Without /proc; needs CAP_DAC_READ_SEARCH.
  return errno == ENOENT ? linkat(file, "", directory, name, AT_EMPTY_PATH) : -1;
}

int ckptmend_rename_new(int from, const char *old_name, int to, const char *new_name) {
  return (int)syscall(SYS_renameat2, from, old_name, to, new_name, 1u /* RENAME_NOREPLACE */);
}

int ckptmend_open_in_root(int root, const char *path, int flags) {
  // struct open_how of <linux/openat2.h>, which older headers lack; 0x10 is RESOLVE_IN_ROOT.
  struct {
    uint64_t flags, mode, resolve;
  } how = {(uint64_t)flags, 0, 0x10};
  return (int)syscall(437 /* SYS_openat2 */, root, path, &how, sizeof how);
}

int ckptmend_exchange(int directory, const char *name, const char *other) {
  return (int)syscall(SYS_renameat2, directory, name, directory, other, 2u /* RENAME_EXCHANGE */);
}

int ckptmend_sync_file_system(int file) { return syncfs(file); }

int ckptmend_open_memory(void) { return memfd_create("ckptmend", MFD_CLOEXEC); }

int64_t ckptmend_next_data(int file, int64_t offset) { return lseek(file, offset, SEEK_DATA); }

int64_t ckptmend_next_hole(int file, int64_t offset) { return lseek(file, offset, SEEK_HOLE); }

int ckptmend_usable_processors(void) {
  cpu_set_t set;
  return sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : -1;
}

int ckptmend_forbid_core_dumps(void) {
  struct rlimit none = {0, 0};
  return prctl(PR_SET_DUMPABLE, 0) | setrlimit(RLIMIT_CORE, &none);
}

int64_t ckptmend_copy_range(int from, int64_t *offset, int to, size_t count) {
  off64_t place = *offset;
  ssize_t done = copy_file_range(from, &place, to, NULL, count, 0);
  if (done > 0) *offset = place;
  return done;
}

int64_t ckptmend_file_system_kind(int file) {
  struct statfs system;
  return fstatfs(file, &system) == 0 ? (int64_t)system.f_type : -1;
}

int ckptmend_pipe(int ends[2]) { return pipe2(ends, O_CLOEXEC); }

int ckptmend_is_written(int file) {
  if (fcntl(file, F_SETLEASE, F_RDLCK) != 0) return errno == EAGAIN;
  fcntl(file, F_SETLEASE, F_UNLCK);
  return 0;
}

#ifdef __x86_64__
#include <cpuid.h>

int ckptmend_state_components(uint64_t *components) {
  unsigned eax, ebx, ecx, edx;
  if (!__get_cpuid(1, &eax, &ebx, &ecx, &edx) || !(ecx & 1u << 27)) return errno = ENOTSUP, -1;
  uint32_t low, high;
  __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  *components = (uint64_t)high << 32 | low;
  return 0;
}
#else
int ckptmend_state_components(uint64_t *components) {
  (void)components;
  return errno = ENOTSUP, -1;
}
#endif
