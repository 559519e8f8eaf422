// Preloaded into the program under test: the call with number FAULT_AT among those that write or
// publish fails with the error FAULT_ERRNO, or sends the process the signal FAULT_SIGNAL. That the
// fault happened is told by making the file FAULT_MARK.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static long number(const char *name) {
  const char *text = getenv(name);
  return text ? strtol(text, NULL, 10) : 0;
}

// Whether the call that comes now is the one; errno is set then.
static int fails(void) {
  static long calls;
  if (number("FAULT_AT") == 0 || __sync_add_and_fetch(&calls, 1) != number("FAULT_AT")) return 0;
  const char *mark = getenv("FAULT_MARK");
  if (mark) {
    long file = syscall(SYS_openat, AT_FDCWD, mark, O_CREAT | O_WRONLY, 0600);
    syscall(SYS_close, file);
  }
  if (number("FAULT_SIGNAL")) {
    syscall(SYS_kill, getpid(), number("FAULT_SIGNAL"));
    return 0;
  }
  errno = (int)number("FAULT_ERRNO");
  return 1;
}

#define FORWARD(result, name, parameters, arguments, applies) \
  result name parameters {                                    \
    static result(*real) parameters;                          \
    if (!real) real = (result(*) parameters)dlsym(RTLD_NEXT, #name); \
    if ((applies) && fails()) return -1;                      \
    return real arguments;                                    \
  }

FORWARD(ssize_t, write, (int fd, const void *data, size_t count), (fd, data, count), fd > 2)
FORWARD(ssize_t, pwrite, (int fd, const void *data, size_t count, off_t at), (fd, data, count, at), 1)
FORWARD(ssize_t, pwrite64, (int fd, const void *data, size_t count, off_t at), (fd, data, count, at), 1)
FORWARD(int, fsync, (int fd), (fd), 1)
FORWARD(int, syncfs, (int fd), (fd), 1)
FORWARD(int, ftruncate, (int fd, off_t size), (fd, size), 1)
FORWARD(int, ftruncate64, (int fd, off_t size), (fd, size), 1)
FORWARD(int, fchmod, (int fd, mode_t mode), (fd, mode), 1)
FORWARD(int, mkdirat, (int fd, const char *path, mode_t mode), (fd, path, mode), 1)
FORWARD(int, symlinkat, (const char *target, int fd, const char *path), (target, fd, path), 1)
FORWARD(int, linkat, (int from, const char *path, int to, const char *name, int flags),
        (from, path, to, name, flags), 1)
FORWARD(int, renameat, (int from, const char *path, int to, const char *name),
        (from, path, to, name), 1)

// Opening and renaming without replacing go through syscall(2).
long syscall(long call, ...) {
  static long (*real)(long, ...);
  if (!real) real = (long (*)(long, ...))dlsym(RTLD_NEXT, "syscall");
  va_list list;
  va_start(list, call);
  long a[6];
  for (int i = 0; i < 6; i++) a[i] = va_arg(list, long);
  va_end(list);
  if ((call == SYS_openat2 || call == SYS_renameat2) && fails()) return -1;
  return real(call, a[0], a[1], a[2], a[3], a[4], a[5]);
}
