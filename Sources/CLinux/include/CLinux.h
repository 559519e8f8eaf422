#pragma once
// The few Linux calls that Swift cannot reach: newer than the C library's headers, or behind
// _GNU_SOURCE. Each returns -1 and sets errno on failure.
#include <stddef.h>
#include <stdint.h>
#include <sys/xattr.h>

/// Opens an unnamed regular file in `directory` for reading and writing (O_TMPFILE).
int ckptmend_open_unnamed(int directory, uint32_t mode);

/// Gives an unnamed file its name in `directory`; fails with EEXIST instead of replacing.
int ckptmend_link_unnamed(int file, int directory, const char *name);

/// renameat2(2) with RENAME_NOREPLACE: fails with EEXIST instead of replacing.
int ckptmend_rename_new(int from, const char *old_name, int to, const char *new_name);

/// renameat2(2) with RENAME_EXCHANGE: two names of one folder change places at once.
int ckptmend_exchange(int directory, const char *name, const char *other);

/// openat2(2) with RESOLVE_IN_ROOT: links and `..` lead nowhere outside `root`.
int ckptmend_open_in_root(int root, const char *path, int flags);

/// syncfs(2): flushes the file system that `file` is on.
int ckptmend_sync_file_system(int file);

/// memfd_create(2): a file in memory, closed on exec.
int ckptmend_open_memory(void);

/// lseek(2) with SEEK_DATA: where the next stored bytes begin; fails with ENXIO if there are none.
int64_t ckptmend_next_data(int file, int64_t offset);

/// lseek(2) with SEEK_HOLE: where the next hole begins, which may be the end of the file.
int64_t ckptmend_next_hole(int file, int64_t offset);

/// sched_getaffinity(2): how many processors this thread may run on.
int ckptmend_usable_processors(void);

/// Lets no core dump hold what this process has in memory, be it written to a file (RLIMIT_CORE)
/// or handed to a program (PR_SET_DUMPABLE).
int ckptmend_forbid_core_dumps(void);

/// copy_file_range(2) from `*offset` of `from`, which is moved on, to where `to` stands.
int64_t ckptmend_copy_range(int from, int64_t *offset, int to, size_t count);

/// fstatfs(2): the number of the kind of file system that `file` is on.
int64_t ckptmend_file_system_kind(int file);

/// pipe2(2) with O_CLOEXEC: the reading end, then the writing end.
int ckptmend_pipe(int ends[2]);

/// Whether somebody has `file`, a regular one that is open for reading, open for writing. A lease
/// tells, which only the owner may ask for (fcntl(2), F_SETLEASE); false where it cannot be told.
/// A writer that comes just then makes the kernel send SIGIO, which is better ignored.
int ckptmend_is_written(int file);

/// XCR0, the components of extended state that the kernel has enabled, by XGETBV. Returns -1 where
/// the processor has no such register, or the kernel does not use it (CPUID 1, ECX bit 27, OSXSAVE).
int ckptmend_state_components(uint64_t *components);
