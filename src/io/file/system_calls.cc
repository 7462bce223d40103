#include "io/file/system_calls.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

namespace weir {

const SystemCalls& RealSystemCalls() {
  static const SystemCalls calls = [] {
    SystemCalls real;
    real.open = [](const char* path, int flags, mode_t mode) {
      return ::open(path, flags | O_CLOEXEC, mode);
    };
    real.flock = ::flock;
    real.write = ::write;
    real.fsync = ::fsync;
    real.close = ::close;
    real.fchmod = ::fchmod;
    real.rename = ::rename;
    real.rename_no_replace = [](const char* from, const char* to) {
      return ::renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE);
    };
    real.link = ::link;
    real.unlink = ::unlink;
    real.mkdir = ::mkdir;
    real.rmdir = ::rmdir;
    return real;
  }();
  return calls;
}

int SyncDescriptor(const SystemCalls& calls, int fd) {
  int code = 0;
  do {
    code = calls.fsync(fd);
  } while (code != 0 && errno == EINTR);
  return code;
}

}  // namespace weir
