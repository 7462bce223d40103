// Preloaded into weir: makes the n-th call of one function fail.
//
//   FAIL_CALL  open write fsync close rename link unlink mkdir rmdir flock fchmod recv SSL_read mmap malloc
//              pthread_create
//   FAIL_NTH   which call, from 1; a number that is never reached only counts, -1 is every call
//   FAIL_ERRNO what it fails with
//   FAIL_HOW   for recv: "end" is as if the other side had closed the connection; for recv and
//              SSL_read: "byte" gives one byte and leaves the others for later
//              "kill" ends the process by SIGKILL instead, before a file operation
//              A program that ends by SIGSEGV without memory says in which library.
//   FAIL_COUNT a file that gets the number of calls when the process ends
//
// Calls on sockets, pipes and terminals do not count as file operations, nor does opening a file to read it.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

static atomic_long calls;
static long nth;
static int failure;
static const char* how = "";
static const char* chosen = "";
static const char* count_path;
static int is_sanitized;
static void* own_base;

// Says in whose code a program without memory fell over, libraries of the language and of sanitizers left aside.
static void SayWhere(int signal_number) {
  void* frames[64];
  const int count = backtrace(frames, 64);
  for (int i = 0; i < count; ++i) {
    Dl_info info;
    if (dladdr(frames[i], &info) == 0 || info.dli_fbase == own_base) continue;
    const char* slash = strrchr(info.dli_fname, '/');
    const char* name = slash != NULL ? slash + 1 : info.dli_fname;
    if (strncmp(name, "libc.", 5) == 0 || strncmp(name, "libstdc++", 9) == 0) continue;
    if (strncmp(name, "libclang_rt.", 12) == 0) continue;
    dprintf(STDERR_FILENO, "fail_nth: signal %d in %s\n", signal_number, name);
    break;
  }
  signal(signal_number, SIG_DFL);
  raise(signal_number);
}

__attribute__((constructor)) static void Begin(void) {
  const char* name = getenv("FAIL_CALL");
  nth = atol(getenv("FAIL_NTH") ? getenv("FAIL_NTH") : "0");
  failure = atoi(getenv("FAIL_ERRNO") ? getenv("FAIL_ERRNO") : "5");
  how = getenv("FAIL_HOW") ? getenv("FAIL_HOW") : "";
  count_path = getenv("FAIL_COUNT");
  is_sanitized = dlsym(RTLD_DEFAULT, "__asan_init") != NULL;
  if (name != NULL && (strcmp(name, "malloc") == 0 || strcmp(name, "mmap") == 0)) {
    Dl_info own;
    own_base = dladdr((void*)&Begin, &own) != 0 ? own.dli_fbase : NULL;
    void* frame;
    backtrace(&frame, 1);  // the first call allocates
    signal(SIGSEGV, SayWhere);
  }
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

// initial-exec: reaching it must not allocate.
static _Thread_local int is_spared __attribute__((tls_model("initial-exec")));

static int IsNth(const char* name) {
  if (is_spared || strcmp(chosen, name) != 0) return 0;
  const long number = atomic_fetch_add(&calls, 1) + 1;
  return number == nth || nth < 0;
}

static int Fails(const char* name) {
  if (!IsNth(name)) return 0;
  if (strcmp(how, "kill") == 0) kill(getpid(), SIGKILL);
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

#define REAL(name)               \
  static __typeof__(name)* real; \
  if (real == NULL) real = (__typeof__(name)*)dlsym(RTLD_NEXT, #name)

// A directory is opened to be synchronised.
static int OpenFails(int flags) {
  return ((flags & O_ACCMODE) != O_RDONLY || (flags & O_DIRECTORY) != 0) && Fails("open");
}

int open(const char* path, int flags, ...) {
  REAL(open);
  va_list rest;
  va_start(rest, flags);
  const int mode = va_arg(rest, int);
  va_end(rest);
  if (OpenFails(flags)) return -1;
  return real(path, flags, mode);
}

int openat(int at, const char* path, int flags, ...) {
  REAL(openat);
  va_list rest;
  va_start(rest, flags);
  const int mode = va_arg(rest, int);
  va_end(rest);
  if (OpenFails(flags)) return -1;
  return real(at, path, flags, mode);
}

ssize_t write(int fd, const void* bytes, size_t size) {
  REAL(write);
  return IsFile(fd) && Fails("write") ? -1 : real(fd, bytes, size);
}

ssize_t pwrite(int fd, const void* bytes, size_t size, off_t offset) {
  REAL(pwrite);
  return Fails("write") ? -1 : real(fd, bytes, size, offset);
}

int fsync(int fd) {
  REAL(fsync);
  return Fails("fsync") ? -1 : real(fd);
}

// Sockets whose other side is gone.
static atomic_char ended[1024];

static atomic_char* Ended(int fd) {
  static atomic_char beyond;
  return fd >= 0 && fd < (int)sizeof(ended) ? &ended[fd] : &beyond;
}

int close(int fd) {
  REAL(close);
  *Ended(fd) = 0;
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
  if (flags != 0 && getenv("FAIL_RENAMEAT2") != NULL) {  // a file system that does not know the flag
    errno = EINVAL;
    return -1;
  }
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

// Of C's library; it does not come by unlink().
int remove(const char* path) {
  REAL(remove);
  return Fails("unlink") ? -1 : real(path);
}

int mkdir(const char* path, mode_t mode) {
  REAL(mkdir);
  return Fails("mkdir") ? -1 : real(path, mode);
}

int rmdir(const char* path) {
  REAL(rmdir);
  return Fails("rmdir") ? -1 : real(path);
}

int flock(int fd, int operation) {
  REAL(flock);
  return Fails("flock") ? -1 : real(fd, operation);
}

int fchmod(int fd, mode_t mode) {
  REAL(fchmod);
  return Fails("fchmod") ? -1 : real(fd, mode);
}

int chmod(const char* path, mode_t mode) {
  REAL(chmod);
  return Fails("fchmod") ? -1 : real(path, mode);
}

ssize_t recv(int fd, void* bytes, size_t size, int flags) {
  REAL(recv);
  if (*Ended(fd)) return 0;
  if (!IsNth("recv")) return real(fd, bytes, size, flags);
  if (strcmp(how, "byte") == 0) return real(fd, bytes, size < 1 ? size : 1, flags);
  if (strcmp(how, "end") == 0) {
    *Ended(fd) = 1;
    shutdown(fd, SHUT_RDWR);  // so that poll() and the server notice, too
    return 0;
  }
  errno = failure;
  return -1;
}

// The C library's own allocator does not come by here; Arrow's and MappingPool do.
void* mmap(void* at, size_t size, int protection, int flags, int fd, off_t offset) {
  REAL(mmap);
  return (flags & MAP_ANONYMOUS) != 0 && Fails("mmap") ? MAP_FAILED
                                                       : real(at, size, protection, flags, fd, offset);
}

void* mmap64(void* at, size_t size, int protection, int flags, int fd, off_t offset) {
  return mmap(at, size, protection, flags, fd, offset);
}

void* mremap(void* at, size_t size, size_t new_size, int flags, ...) {
  REAL(mremap);
  va_list rest;
  va_start(rest, flags);
  void* to = (flags & MREMAP_FIXED) != 0 ? va_arg(rest, void*) : NULL;
  va_end(rest);
  return Fails("mmap") ? MAP_FAILED : real(at, size, new_size, flags, to);
}

// libpq takes it for a fault when not all comes that OpenSSL holds: only weir's own reads count.
int SSL_read(void* tls, void* bytes, int size) {
  static int (*real)(void*, void*, int);
  if (real == NULL) real = (int (*)(void*, void*, int))dlsym(RTLD_NEXT, "SSL_read");
  Dl_info caller;
  const int is_known = dladdr(__builtin_return_address(0), &caller) != 0;
  if (is_known && strstr(caller.dli_fname, "libpq") != NULL) return real(tls, bytes, size);
  const int is_cut = IsNth("SSL_read") && strcmp(how, "byte") == 0 && size > 1;
  return real(tls, bytes, is_cut ? 1 : size);
}

int pthread_create(pthread_t* thread, const pthread_attr_t* attributes, void* (*run)(void*), void* argument) {
  REAL(pthread_create);
  return Fails("pthread_create") ? failure : real(thread, attributes, run, argument);
}

// Allocates. Sanitizers ask it about each new thread, and end the program when it fails.
int pthread_getattr_np(pthread_t thread, pthread_attr_t* attributes) {
  REAL(pthread_getattr_np);
  is_spared = 1;
  const int result = real(thread, attributes);
  is_spared = 0;
  return result;
}

// Whose allocator comes next: the C library's, or a sanitizer's.
static void* Next(void** function, const char* name) {
  if (*function == NULL) *function = dlsym(RTLD_NEXT, name);
  return *function;
}
#define NEXT(name) ((__typeof__(name)*)Next(&next_##name, #name))
static void *next_malloc, *next_calloc, *next_realloc, *next_aligned_alloc, *next_posix_memalign;

void* malloc(size_t size) {
  return Fails("malloc") ? NULL : NEXT(malloc)(size);
}

void* calloc(size_t count, size_t size) {
  return Fails("malloc") ? NULL : NEXT(calloc)(count, size);
}

void* realloc(void* old, size_t size) {
  return Fails("malloc") ? NULL : NEXT(realloc)(old, size);
}

void* aligned_alloc(size_t alignment, size_t size) {
  return Fails("malloc") ? NULL : NEXT(aligned_alloc)(alignment, size);
}

int posix_memalign(void** out, size_t alignment, size_t size) {
  return Fails("malloc") ? ENOMEM : NEXT(posix_memalign)(out, alignment, size);
}

// operator new, new[] and their nothrow and aligned forms: a sanitizer's do not call malloc.
extern void _ZSt17__throw_bad_allocv(void) __attribute__((weak, noreturn));
#define NEW(symbol, parameters, arguments)                           \
  void* symbol parameters {                                          \
    static void* next;                                               \
    if (is_sanitized && Fails("malloc")) _ZSt17__throw_bad_allocv(); \
    return ((void*(*)parameters)Next(&next, #symbol))arguments;      \
  }
#define NEW_NOTHROW(symbol, parameters, arguments)              \
  void* symbol parameters {                                     \
    static void* next;                                          \
    if (is_sanitized && Fails("malloc")) return NULL;           \
    return ((void*(*)parameters)Next(&next, #symbol))arguments; \
  }
NEW(_Znwm, (size_t size), (size))
NEW(_Znam, (size_t size), (size))
NEW(_ZnwmSt11align_val_t, (size_t size, size_t alignment), (size, alignment))
NEW(_ZnamSt11align_val_t, (size_t size, size_t alignment), (size, alignment))
NEW_NOTHROW(_ZnwmRKSt9nothrow_t, (size_t size, const void* nothrow), (size, nothrow))
NEW_NOTHROW(_ZnamRKSt9nothrow_t, (size_t size, const void* nothrow), (size, nothrow))
