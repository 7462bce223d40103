#include "base/process_memory.h"

#include <fcntl.h>
#include <link.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdlib>
#include <string_view>

namespace weir {
namespace {

// Allocates nothing: a copy that is complete asks, too, and must not fail any more.
int64_t StatusLineBytes(std::string_view name) {
  // getrusage's ru_maxrss would be inherited from the program that started us; VmHWM is ours.
  const int fd = open("/proc/self/status", O_RDONLY | O_CLOEXEC);
  if (fd < 0) return -1;
  char text[8192];  // the lines about memory stand in the first kilobyte
  size_t size = 0;
  ssize_t got = 0;
  while (size + 1 < sizeof(text) && (got = read(fd, text + size, sizeof(text) - 1 - size)) > 0) {
    size += static_cast<size_t>(got);
  }
  close(fd);
  text[size] = '\0';
  const size_t line = std::string_view(text, size).find(name);
  if (line == std::string_view::npos) return -1;
  return std::strtoll(text + line + name.size(), nullptr, 10) * 1024;
}

// Only segments that were never writable: a page the loader relocated exists nowhere else.
void ReleaseSegment(const dl_phdr_info& library, const ElfW(Phdr) & segment) {
  if (segment.p_type != PT_LOAD || (segment.p_flags & PF_W) != 0) return;
  if (library.dlpi_name == nullptr || library.dlpi_name[0] != '/') return;
  const auto page = static_cast<uintptr_t>(sysconf(_SC_PAGESIZE));
  uintptr_t begin = (library.dlpi_addr + segment.p_vaddr + page - 1) & ~(page - 1);
  uintptr_t end = (library.dlpi_addr + segment.p_vaddr + segment.p_memsz) & ~(page - 1);
  if (begin < end) madvise(reinterpret_cast<void*>(begin), end - begin, MADV_DONTNEED);
}

}  // namespace

int64_t CurrentRssBytes() {
  return StatusLineBytes("\nVmRSS:");
}
int64_t PeakRssBytes() {
  return StatusLineBytes("\nVmHWM:");
}

void ReleaseLibraryPages() {
  dl_iterate_phdr(
      [](dl_phdr_info* library, size_t, void*) {
        for (int i = 0; i < library->dlpi_phnum; ++i)
          ReleaseSegment(*library, library->dlpi_phdr[i]);
        return 0;
      },
      nullptr);
}

}  // namespace weir
