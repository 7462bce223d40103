#include "cli/read_text.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <vector>

#include <fmt/format.h>

#include "base/byte_size.h"

namespace weir::cli {

Result<std::string> ReadText(const std::string& path, int64_t bytes_max) {
  const int fd = path == "-" ? STDIN_FILENO : open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return ErrnoError(errno, fmt::format("opening {}", path));
  std::string text;
  std::vector<char> buffer(1 << 16);
  ssize_t got = 0;
  while (static_cast<int64_t>(text.size()) <= bytes_max) {
    got = read(fd, buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    text.append(buffer.data(), got);
  }
  const int read_error = got < 0 ? errno : 0;
  if (fd != STDIN_FILENO) close(fd);
  if (read_error != 0) return ErrnoError(read_error, fmt::format("reading {}", path));
  if (static_cast<int64_t>(text.size()) > bytes_max) {
    return Error("usage.file_too_large",
                 fmt::format("{} has more than {}", path, FormatByteSize(bytes_max)));
  }
  constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";  // what some editors begin UTF-8 with
  if (text.starts_with(kByteOrderMark)) text.erase(0, kByteOrderMark.size());
  return text;
}

}  // namespace weir::cli
