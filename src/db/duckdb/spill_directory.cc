#include "db/duckdb/spill_directory.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <string_view>

#include "base/list_directory.h"

namespace weir::duckdb {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kPrefix = "weir-spill-";

fs::path TempRoot() {
  const char* set = std::getenv("TMPDIR");
  return set != nullptr && *set != '\0' ? set : "/tmp";
}

int OpenLocked(const fs::path& directory) {
  int fd = open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0) return -1;
  struct stat found {};
  if (fstat(fd, &found) == 0 && found.st_uid == geteuid() && flock(fd, LOCK_EX | LOCK_NB) == 0) {
    return fd;
  }
  close(fd);
  return -1;
}

void SweepDead(const fs::path& root) {
  for (const std::string& name : ListDirectory(root.string())) {
    if (!name.starts_with(kPrefix)) continue;
    int fd = OpenLocked(root / name);
    if (fd < 0) continue;
    std::error_code ignored;
    fs::remove_all(root / name, ignored);
    close(fd);
  }
}

}  // namespace

Result<std::unique_ptr<SpillDirectory>> SpillDirectory::Create() {
  constexpr int kAttempts = 10;
  fs::path root = TempRoot();
  SweepDead(root);
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    std::string path = (root / fmt::format("{}{}-XXXXXX", kPrefix, getpid())).string();
    if (mkdtemp(path.data()) == nullptr) {
      return ErrnoError(errno, fmt::format("creating a directory in {}", root.string()));
    }
    int fd = OpenLocked(path);
    // A sweep may have taken the directory before it was locked.
    struct stat found {};
    if (fd >= 0 && stat(path.c_str(), &found) == 0) {
      return std::unique_ptr<SpillDirectory>(new SpillDirectory(std::move(path), fd));
    }
    if (fd >= 0) close(fd);
  }
  return Error("io.error", fmt::format("no directory in {} can be kept", root.string()));
}

SpillDirectory::~SpillDirectory() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
  close(lock_fd_);
}

}  // namespace weir::duckdb
