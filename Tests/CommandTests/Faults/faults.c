// Preloaded into the program under test: makes one of its calls fail, come short or be met by a
// signal, and writes down every call that concerns the test.
//
//   FAULT_ROOT   the folder of the test: calls on what lies in it count, and on standard input and
//                output, pipes and files in memory
//   FAULT_PLACE  the folder in it where the program may write; anything elsewhere is told
//   FAULT_LOG    where the calls are written down, one a line: mark, kind, path. The mark is `.` for
//                a call, `!` for the one that was struck, `>` for a write outside of FAULT_PLACE,
//                `#` for a crash inside of a C library
//   FAULT_KIND   the kind of call to strike, or `any`, which is any but an allocation
//   FAULT_AT     which of them, from 1; 0 is every one
//   FAULT_DO     errno:N, signal:N or short
//   FAULT_LACKS  what the file system cannot do: tmpfile, renameat2
//
// Nothing counts before main begins: that is the loader and the runtime.
#define _GNU_SOURCE
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <link.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

static const char *root, *place, *kind_to_strike, *lacks = "";
static long strike_at, calls;
static int strike_errno, strike_signal, strike_short, log_file = -1, is_running;

// syscall(2), past the one below. The loader calls ours before main.
#define KERNEL(...) (find_syscall()(__VA_ARGS__))

static long (*find_syscall(void))(long, ...) {
  static long (*real)(long, ...);
  if (!real) *(void **)&real = dlsym(RTLD_NEXT, "syscall");
  return real;
}

static const char *setting(const char *name) {
  const char *text = getenv(name);
  return text ? text : "";
}

static int starts(const char *text, const char *prefix) {
  return strncmp(text, prefix, strlen(prefix)) == 0;
}

static int is_below(const char *path, const char *folder) {
  return *folder && starts(path, folder) && strchr("/", path[strlen(folder)]);
}

// Where a call points: at a file that is open, or at a name below one.
static void locate(int file, const char *name, char *path) {
  char link[64];
  ssize_t length = 0;
  *path = 0;
  if (!name || *name != '/') {
    if (file == AT_FDCWD) strcpy(link, "/proc/self/cwd");
    else snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    length = KERNEL(SYS_readlinkat, AT_FDCWD, link, path, PATH_MAX);
    if (length < 0) length = 0;
    path[length] = 0;
  }
  if (name) snprintf(path + length, PATH_MAX - length, "%s%s", length ? "/" : "", name);
}

static void note(char mark, const char *kind, const char *path) {
  if (log_file < 0) return;
  char line[PATH_MAX + 64];
  int length = snprintf(line, sizeof line, "%c %s %s\n", mark, kind, path);
  KERNEL(SYS_write, log_file, line, length);
}

// Counts a call; true if it is to fail, with errno set, or to come short.
static int is_struck(const char *kind, const char *path) {
  int fits = strcmp(kind_to_strike, kind) == 0 ||
             (strcmp(kind_to_strike, "any") == 0 && strcmp(kind, "allocate") != 0);
  int strikes =
      fits && (strike_at == 0 || __sync_add_and_fetch(&calls, 1) == strike_at);
  note(strikes ? '!' : '.', kind, path);
  if (!strikes) return 0;
  if (strike_signal) {
    // To this thread, and by the time this returns: the next call sees it.
    KERNEL(SYS_tgkill, getpid(), gettid(), strike_signal);
    return 0;
  }
  errno = strike_errno;
  return 1;
}

static int strike(const char *kind, int file, const char *name, int writes) {
  if (!is_running || file == log_file) return 0;
  int error = errno;
  char path[2 * PATH_MAX];
  locate(file, name, path);
  int is_file = *path == '/' && !starts(path, "/memfd:");
  if (writes && is_file && file != 1 && file != 2 && !is_below(path, place) &&
      strcmp(path, "/dev/null") != 0)
    note('>', kind, path);
  int concerns = is_file ? is_below(path, root) : file != 2;
  int result = concerns && is_struck(kind, path);
  if (!result) errno = error;
  return result;
}

#define FORWARD(result, name, kind, parameters, arguments, failed, file, path, writes) \
  result name parameters {                                                             \
    static result(*real) parameters;                                                   \
    if (!real) real = (result(*) parameters)dlsym(RTLD_NEXT, #name);                   \
    if (strike(kind, file, path, writes)) return failed;                               \
    return real arguments;                                                             \
  }

// MARK: Bytes

// What is asked for when a call comes short: less, and not a multiple of a block.
static size_t less(size_t count) { return count > 511 ? 511 : count > 1 ? 1 : count; }

#define TRANSFER(name, kind, parameters, arguments, file, writes)          \
  ssize_t name parameters {                                                      \
    static ssize_t(*real) parameters;                                            \
    if (!real) real = (ssize_t(*) parameters)dlsym(RTLD_NEXT, #name);            \
    if ((file) != 2 && strike(kind, file, NULL, writes)) {                       \
      if (!strike_short) return -1;                                              \
      count = less(count);                                                       \
    }                                                                            \
    return real arguments;                                                       \
  }

TRANSFER(read, "read", (int file, void *data, size_t count), (file, data, count), file, 0)
TRANSFER(pread, "read", (int file, void *data, size_t count, off_t at), (file, data, count, at),
         file, 0)
TRANSFER(pread64, "read", (int file, void *data, size_t count, off64_t at),
         (file, data, count, at), file, 0)
TRANSFER(__read_chk, "read", (int file, void *data, size_t count, size_t room),
         (file, data, count, room), file, 0)
TRANSFER(write, "write", (int file, const void *data, size_t count), (file, data, count), file, 1)
TRANSFER(pwrite, "write", (int file, const void *data, size_t count, off_t at),
         (file, data, count, at), file, 1)
TRANSFER(pwrite64, "write", (int file, const void *data, size_t count, off64_t at),
         (file, data, count, at), file, 1)
TRANSFER(copy_file_range, "copy",
         (int from, off64_t *from_at, int file, off64_t *file_at, size_t count, unsigned flags),
         (from, from_at, file, file_at, count, flags), file, 1)

// MARK: Names

static int is_writing(int flags) {
  return (flags & O_ACCMODE) != O_RDONLY || flags & O_CREAT || (flags & O_TMPFILE) == O_TMPFILE;
}

static const char *opening(int flags) { return is_writing(flags) ? "create" : "open"; }

#define OPEN(name, parameters, folder, ...)                                     \
  int name parameters {                                                         \
    static int(*real) parameters;                                               \
    if (!real) real = (int(*) parameters)dlsym(RTLD_NEXT, #name);               \
    va_list list;                                                               \
    va_start(list, flags);                                                      \
    int mode = va_arg(list, int);                                               \
    va_end(list);                                                               \
    if ((flags & O_TMPFILE) == O_TMPFILE && strstr(lacks, "tmpfile"))           \
      return errno = EOPNOTSUPP, -1;                                            \
    if (strike(opening(flags), folder, path, is_writing(flags))) return -1;     \
    return real(__VA_ARGS__, mode);                                             \
  }

OPEN(open, (const char *path, int flags, ...), AT_FDCWD, path, flags)
OPEN(open64, (const char *path, int flags, ...), AT_FDCWD, path, flags)
OPEN(openat, (int folder, const char *path, int flags, ...), folder, folder, path, flags)
OPEN(openat64, (int folder, const char *path, int flags, ...), folder, folder, path, flags)

FORWARD(int, mkdirat, "mkdir", (int folder, const char *path, mode_t mode), (folder, path, mode),
        -1, folder, path, 1)
FORWARD(int, symlinkat, "link", (const char *target, int folder, const char *path),
        (target, folder, path), -1, folder, path, 1)
FORWARD(int, linkat, "link", (int from, const char *path, int to, const char *name, int flags),
        (from, path, to, name, flags), -1, to, name, 1)
FORWARD(int, renameat, "rename", (int from, const char *path, int to, const char *name),
        (from, path, to, name), -1, to, name, 1)
FORWARD(int, unlink, "unlink", (const char *path), (path), -1, AT_FDCWD, path, 1)
FORWARD(int, unlinkat, "unlink", (int folder, const char *path, int flags), (folder, path, flags),
        -1, folder, path, 1)
FORWARD(ssize_t, readlinkat, "readlink",
        (int folder, const char *path, char *target, size_t size), (folder, path, target, size),
        -1, folder, path, 0)
FORWARD(char *, realpath, "resolve", (const char *path, char *result), (path, result), NULL,
        AT_FDCWD, path, 0)
FORWARD(int, faccessat, "stat", (int folder, const char *path, int mode, int flags),
        (folder, path, mode, flags), -1, folder, path, 0)
FORWARD(int, stat, "stat", (const char *path, struct stat *status), (path, status), -1, AT_FDCWD,
        path, 0)
FORWARD(int, lstat, "stat", (const char *path, struct stat *status), (path, status), -1, AT_FDCWD,
        path, 0)
FORWARD(DIR *, opendir, "readdir", (const char *path), (path), NULL, AT_FDCWD, path, 0)
FORWARD(int, fstatat, "stat", (int folder, const char *path, struct stat *status, int flags),
        (folder, path, status, flags), -1, folder, path, 0)
FORWARD(int, fstatat64, "stat", (int folder, const char *path, struct stat64 *status, int flags),
        (folder, path, status, flags), -1, folder, path, 0)
FORWARD(int, utimensat, "utimens",
        (int folder, const char *path, const struct timespec times[2], int flags),
        (folder, path, times, flags), -1, folder, path, 1)
FORWARD(int, fchownat, "chown",
        (int folder, const char *path, uid_t owner, gid_t group, int flags),
        (folder, path, owner, group, flags), -1, folder, path, 1)

// Opening beneath a folder and renaming without replacing go through syscall(2).
long syscall(long call, ...) {
  va_list list;
  va_start(list, call);
  long a[6];
  for (int i = 0; i < 6; i++) a[i] = va_arg(list, long);
  va_end(list);
  if (call == SYS_renameat2) {
    if (strstr(lacks, "renameat2")) return errno = EINVAL, -1;
    if (strike("rename", a[2], (const char *)a[3], 1)) return -1;
  }
  if (call == SYS_openat2 && strike("open", a[0], (const char *)a[1], 0)) return -1;
  return KERNEL(call, a[0], a[1], a[2], a[3], a[4], a[5]);
}

// MARK: Open files

FORWARD(int, fsync, "fsync", (int file), (file), -1, file, NULL, 1)
FORWARD(int, fdatasync, "fsync", (int file), (file), -1, file, NULL, 1)
FORWARD(int, syncfs, "fsync", (int file), (file), -1, file, NULL, 1)
FORWARD(int, ftruncate, "truncate", (int file, off_t size), (file, size), -1, file, NULL, 1)
FORWARD(int, ftruncate64, "truncate", (int file, off64_t size), (file, size), -1, file, NULL, 1)
FORWARD(int, fchmod, "chmod", (int file, mode_t mode), (file, mode), -1, file, NULL, 1)
FORWARD(int, fchown, "chown", (int file, uid_t owner, gid_t group), (file, owner, group), -1, file,
        NULL, 1)
FORWARD(int, futimens, "utimens", (int file, const struct timespec times[2]), (file, times), -1,
        file, NULL, 1)
FORWARD(int, fsetxattr, "setxattr",
        (int file, const char *name, const void *value, size_t size, int flags),
        (file, name, value, size, flags), -1, file, NULL, 1)
FORWARD(ssize_t, flistxattr, "getxattr", (int file, char *list, size_t size), (file, list, size),
        -1, file, NULL, 0)
FORWARD(ssize_t, fgetxattr, "getxattr", (int file, const char *name, void *value, size_t size),
        (file, name, value, size), -1, file, NULL, 0)
FORWARD(off_t, lseek, "seek", (int file, off_t offset, int from), (file, offset, from), -1, file,
        NULL, 0)
FORWARD(off64_t, lseek64, "seek", (int file, off64_t offset, int from), (file, offset, from), -1,
        file, NULL, 0)
FORWARD(int, fstat, "stat", (int file, struct stat *status), (file, status), -1, file, NULL, 0)
FORWARD(int, fstat64, "stat", (int file, struct stat64 *status), (file, status), -1, file, NULL, 0)
FORWARD(int, flock, "lock", (int file, int how), (file, how), -1, file, NULL, 0)
FORWARD(void *, mmap, "mmap", (void *at, size_t size, int rights, int flags, int file, off_t offset),
        (at, size, rights, flags, file, offset), MAP_FAILED, file, NULL, 0)
FORWARD(DIR *, fdopendir, "readdir", (int file), (file), NULL, file, NULL, 0)
FORWARD(struct dirent *, readdir, "readdir", (DIR *folder), (folder), NULL, dirfd(folder), NULL, 0)
FORWARD(struct dirent64 *, readdir64, "readdir", (DIR *folder), (folder), NULL, dirfd(folder), NULL,
        0)
FORWARD(int, memfd_create, "memory", (const char *name, unsigned flags), (name, flags), -1, 0, NULL,
        0)
FORWARD(int, pipe2, "pipe", (int ends[2], int flags), (ends, flags), -1, 0, NULL, 0)

// Linux closes the file all the same.
int close(int file) {
  static int (*real)(int);
  if (!real) real = (int (*)(int))dlsym(RTLD_NEXT, "close");
  int fails = file > 2 && strike("close", file, NULL, 0);
  int error = errno, result = real(file);
  return fails ? errno = error, -1 : result;
}

static int duplicate(int (*real)(int, int, ...), int file, int call, void *argument) {
  if ((call == F_DUPFD || call == F_DUPFD_CLOEXEC) && strike("dup", file, NULL, 0)) return -1;
  return real(file, call, argument);
}

#define CONTROL(name)                                                              \
  int name(int file, int call, ...) {                                              \
    static int (*real)(int, int, ...);                                             \
    if (!real) real = (int (*)(int, int, ...))dlsym(RTLD_NEXT, #name);             \
    va_list list;                                                                  \
    va_start(list, call);                                                          \
    void *argument = va_arg(list, void *);                                         \
    va_end(list);                                                                  \
    return duplicate(real, file, call, argument);                                  \
  }

CONTROL(fcntl)
CONTROL(fcntl64)

int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*start)(void *),
                   void *argument) {
  static int (*real)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);
  if (!real) *(void **)&real = dlsym(RTLD_NEXT, "pthread_create");
  if (is_running && is_struck("thread", "")) return errno;
  return real(thread, attributes, start, argument);
}

// MARK: Memory

// Only what the C libraries ask for: Swift stops the program when its own allocation fails, which
// no program can handle.
static struct { uintptr_t start, end; const char *name; } libraries[16];
static int library_count;
static int find_libraries(struct dl_phdr_info *info, size_t size, void *context) {
  static const char *names[] = {"libarchive", "libz.", "libzstd", "libnettle", "libdeflate",
                                "liblzma", "libbz2"};
  (void)size, (void)context;
  const char *slash = strrchr(info->dlpi_name, '/');
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    if (!slash || !starts(slash + 1, names[i])) continue;
    for (int j = 0; j < info->dlpi_phnum && library_count < 16; j++) {
      const ElfW(Phdr) *segment = &info->dlpi_phdr[j];
      if (segment->p_type != PT_LOAD || !(segment->p_flags & PF_X)) continue;
      libraries[library_count].start = info->dlpi_addr + segment->p_vaddr;
      libraries[library_count].end = info->dlpi_addr + segment->p_vaddr + segment->p_memsz;
      libraries[library_count++].name = names[i];
    }
  }
  return 0;
}

static int lacks_memory(void *caller) {
  if (!is_running) return 0;
  for (int i = 0; i < library_count; i++)
    if ((uintptr_t)caller >= libraries[i].start && (uintptr_t)caller < libraries[i].end) {
      int error = errno, result = is_struck("allocate", libraries[i].name);
      if (!result) errno = error;
      return result;
    }
  return 0;
}

// Tells a crash of a library from one of the program, which is all that the program answers for.
static void tell_crash(int number, siginfo_t *info, void *context) {
  (void)info;
#ifdef __x86_64__
  uintptr_t at = ((ucontext_t *)context)->uc_mcontext.gregs[REG_RIP];
#else
  uintptr_t at = ((ucontext_t *)context)->uc_mcontext.pc;
#endif
  for (int i = 0; i < library_count; i++)
    if (at >= libraries[i].start && at < libraries[i].end) note('#', "crash", libraries[i].name);
  signal(number, SIG_DFL);
}

extern void *__libc_malloc(size_t), *__libc_calloc(size_t, size_t), *__libc_realloc(void *, size_t);

void *malloc(size_t size) {
  return lacks_memory(__builtin_return_address(0)) ? NULL : __libc_malloc(size);
}

void *calloc(size_t count, size_t size) {
  return lacks_memory(__builtin_return_address(0)) ? NULL : __libc_calloc(count, size);
}

void *realloc(void *old, size_t size) {
  return lacks_memory(__builtin_return_address(0)) ? NULL : __libc_realloc(old, size);
}

// MARK: Start

static int (*real_main)(int, char **, char **);

static int counted_main(int count, char **arguments, char **environment) {
  root = setting("FAULT_ROOT");
  place = setting("FAULT_PLACE");
  kind_to_strike = setting("FAULT_KIND");
  lacks = setting("FAULT_LACKS");
  strike_at = strtol(setting("FAULT_AT"), NULL, 10);
  const char *what = setting("FAULT_DO");
  if (starts(what, "errno:")) strike_errno = atoi(what + 6);
  if (starts(what, "signal:")) strike_signal = atoi(what + 7);
  strike_short = strcmp(what, "short") == 0;
  dl_iterate_phdr(find_libraries, NULL);
  // Out of the way of the program's own files.
  int file = KERNEL(SYS_openat, AT_FDCWD, setting("FAULT_LOG"),
                          O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (file >= 0) {
    log_file = KERNEL(SYS_fcntl, file, F_DUPFD_CLOEXEC, 200);
    KERNEL(SYS_close, file);
  }
  struct sigaction action = {.sa_sigaction = tell_crash, .sa_flags = SA_SIGINFO};
  sigaction(SIGSEGV, &action, NULL);
  // A program that goes in circles is ended, and that is told from everything else.
  alarm(30);
  is_running = 1;
  return real_main(count, arguments, environment);
}

int __libc_start_main(int (*start)(int, char **, char **), int count, char **arguments,
                      void (*first)(void), void (*last)(void), void (*loader)(void), void *stack) {
  int (*real)(int (*)(int, char **, char **), int, char **, void (*)(void), void (*)(void),
              void (*)(void), void *);
  *(void **)&real = dlsym(RTLD_NEXT, "__libc_start_main");
  real_main = start;
  return real(counted_main, count, arguments, first, last, loader, stack);
}
