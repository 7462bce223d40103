// The system calls by which a destination changes the file system, as a table, so that a test can
// make the n-th of them fail.
#pragma once

#include <sys/types.h>

#include <functional>

namespace weir {

// Each behaves like the call it is named after: -1 and errno on failure.
struct SystemCalls {
  std::function<int(const char* path, int flags, mode_t mode)> open;
  std::function<int(int fd, int operation)> flock;
  std::function<ssize_t(int fd, const void* bytes, size_t size)> write;
  std::function<int(int fd)> fsync;
  std::function<int(int fd)> close;
  std::function<int(int fd, mode_t mode)> fchmod;
  std::function<int(const char* from, const char* to)> rename;
  // renameat2 with RENAME_NOREPLACE; EINVAL or ENOSYS where the file system does not know it.
  std::function<int(const char* from, const char* to)> rename_no_replace;
  std::function<int(const char* from, const char* to)> link;
  std::function<int(const char* path)> unlink;
  std::function<int(const char* path, mode_t mode)> mkdir;
  std::function<int(const char* path)> rmdir;
};

// The real ones; lives as long as the program.
const SystemCalls& RealSystemCalls();

// fsync, again after an interruption.
int SyncDescriptor(const SystemCalls& calls, int fd);

}  // namespace weir
