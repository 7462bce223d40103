// Preloaded into weir: makes the n-th call of one function fail.
//
//   FAIL_CALL  open write fsync close rename link unlink recv malloc
//   FAIL_NTH   which call, from 1; a number that is never reached only counts
//   FAIL_ERRNO what it fails with
//   FAIL_COUNT a file that gets the number of calls when the process ends
//
// Calls on sockets, pipes and terminals do not count as file operations.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

static atomic_long calls;
static long nth;
static int failure;
static const char* chosen = "";
static const char* count_path;

__attribute__((constructor)) static void Begin(void) {
  const char* name = getenv("FAIL_CALL");
  nth = atol(getenv("FAIL_NTH") ? getenv("FAIL_NTH") : "0");
  failure = atoi(getenv("FAIL_ERRNO") ? getenv("FAIL_ERRNO") : "5");
  count_path = getenv("FAIL_COUNT");
  chosen = name ? name : "";
  unsetenv("LD_PRELOAD");
}

__attribute__((destructor)) static void End(void) {
  const long counted = calls;
  chosen = "";
  FILE* file = count_path ? fopen(count_path, "w") : NULL;
  if (file == NULL) return;
  fprintf(file, "%ld", counted);
  fclose(file);
}

static int Fails(const char* name) {
  if (strcmp(chosen, name) != 0 || atomic_fetch_add(&calls, 1) + 1 != nth) return 0;
  errno = failure;
  return 1;
}

static int IsFile(int fd) {
  struct stat status;
  const int saved = errno;
  const int found = fstat(fd, &status);
  errno = saved;
  return found == 0 && (S_ISREG(status.st_mode) || S_ISDIR(status.st_mode));
}

#define REAL(name) \
  static __typeof__(name)* real; \
  if (real == NULL) real = (__typeof__(name)*)dlsym(RTLD_NEXT, #name)

int open(const char* path, int flags, ...) {
  REAL(open);
  va_list rest;
  va_start(rest, flags);
  const int mode = va_arg(rest, int);
  va_end(rest);
  if ((flags & O_ACCMODE) != O_RDONLY && Fails("open")) return -1;
  return real(path, flags, mode);
}

int openat(int at, const char* path, int flags, ...) {
  REAL(openat);
  va_list rest;
  va_start(rest, flags);
  const int mode = va_arg(rest, int);
  va_end(rest);
  if ((flags & O_ACCMODE) != O_RDONLY && Fails("open")) return -1;
  return real(at, path, flags, mode);
}

ssize_t write(int fd, const void* bytes, size_t size) {
  REAL(write);
  return IsFile(fd) && Fails("write") ? -1 : real(fd, bytes, size);
}

int fsync(int fd) {
  REAL(fsync);
  return Fails("fsync") ? -1 : real(fd);
}

int close(int fd) {
  REAL(close);
  const int is_file = IsFile(fd);
  const int closed = real(fd);  // the descriptor is gone either way
  return is_file && Fails("close") ? -1 : closed;
}

int rename(const char* from, const char* to) {
  REAL(rename);
  return Fails("rename") ? -1 : real(from, to);
}

int renameat2(int from_at, const char* from, int to_at, const char* to, unsigned flags) {
  REAL(renameat2);
  return Fails("rename") ? -1 : real(from_at, from, to_at, to, flags);
}

int link(const char* from, const char* to) {
  REAL(link);
  return Fails("link") ? -1 : real(from, to);
}

int unlink(const char* path) {
  REAL(unlink);
  return Fails("unlink") ? -1 : real(path);
}

ssize_t recv(int fd, void* bytes, size_t size, int flags) {
  REAL(recv);
  return Fails("recv") ? -1 : real(fd, bytes, size, flags);
}

extern void* __libc_malloc(size_t size);
extern void* __libc_calloc(size_t count, size_t size);
extern void* __libc_realloc(void* old, size_t size);
extern void* __libc_memalign(size_t alignment, size_t size);

void* malloc(size_t size) { return Fails("malloc") ? NULL : __libc_malloc(size); }

void* calloc(size_t count, size_t size) {
  return Fails("malloc") ? NULL : __libc_calloc(count, size);
}

void* realloc(void* old, size_t size) { return Fails("malloc") ? NULL : __libc_realloc(old, size); }

void* aligned_alloc(size_t alignment, size_t size) {
  return Fails("malloc") ? NULL : __libc_memalign(alignment, size);
}

int posix_memalign(void** out, size_t alignment, size_t size) {
  void* bytes = Fails("malloc") ? NULL : __libc_memalign(alignment, size);
  if (bytes == NULL) return ENOMEM;
  *out = bytes;
  return 0;
}
