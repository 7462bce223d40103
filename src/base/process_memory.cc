#include "base/process_memory.h"

#include <fcntl.h>
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

}  // namespace

int64_t CurrentRssBytes() {
  return StatusLineBytes("\nVmRSS:");
}
int64_t PeakRssBytes() {
  return StatusLineBytes("\nVmHWM:");
}

}  // namespace weir
