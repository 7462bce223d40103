#include "cli/process.h"

#include <fcntl.h>
#include <malloc.h>
#include <unistd.h>

#include <cstdlib>

#include "base/redact.h"

namespace weir::cli {

bool OpenStandardFiles() {
  while (true) {
    // Reading from what should be written to fails, as a closed file would.
    const int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (fd < 0) return false;
    if (fd > STDERR_FILENO) return close(fd) == 0;
    fcntl(fd, F_SETFD, 0);
  }
}

void BoundAllocator() {
  mallopt(M_ARENA_MAX, 2);
  mallopt(M_MMAP_THRESHOLD, 2 << 20);
  mallopt(M_TRIM_THRESHOLD, 8 << 20);
  setenv("ARROW_DEFAULT_MEMORY_POOL", "system", /*overwrite=*/0);
}

std::vector<std::string> TakeWords(int argc, char** argv) {
  std::vector<std::string> words(argv + (argc > 0 ? 1 : 0), argv + argc);
  for (int i = 1; i < argc; ++i) ScrubSecrets(argv[i]);
  return words;
}

}  // namespace weir::cli
