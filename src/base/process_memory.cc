#include "base/process_memory.h"

#include <fcntl.h>
#include <link.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdlib>
#include <string>
#include <string_view>

namespace weir {
namespace {

std::string ReadProcStatus() {
  std::string text;
  // getrusage's ru_maxrss would be inherited from the program that started us; VmHWM is ours.
  int fd = open("/proc/self/status", O_RDONLY | O_CLOEXEC);
  if (fd < 0) return text;
  char piece[4096];
  ssize_t size = 0;
  while ((size = read(fd, piece, sizeof(piece))) > 0) text.append(piece, size);
  close(fd);
  return text;
}

int64_t StatusLineBytes(std::string_view name) {
  const std::string text = ReadProcStatus();
  const size_t line = text.find(name);
  if (line == std::string::npos) return -1;
  return std::strtoll(text.c_str() + line + name.size(), nullptr, 10) * 1024;
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
