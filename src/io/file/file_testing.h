// What the tests of this room share.
#pragma once

#include <dirent.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "core/copy_spec.h"
#include "io/file/destination.h"
#include "io/file/kinds.h"

namespace weir {

class TempDirectory {
 public:
  explicit TempDirectory(
      const std::filesystem::path& parent = std::filesystem::temp_directory_path()) {
    std::string name = (parent / "weir_test_XXXXXX").string();
    path_ = mkdtemp(name.data());
  }
  ~TempDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  // In memory where there is such a place: thousands of runs need not wait for a disk.
  static std::filesystem::path Fast() {
    return access("/dev/shm", W_OK) == 0 ? "/dev/shm" : std::filesystem::temp_directory_path();
  }
  std::string operator/(std::string_view name) const { return path_ + "/" + std::string(name); }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

inline std::string ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

inline void WriteFile(const std::string& path, std::string_view contents) {
  std::ofstream(path, std::ios::binary) << contents;
}

// Names in a directory; none when there is no directory.
inline std::set<std::string> Names(const std::string& path) {
  std::set<std::string> names;
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator(path, ignored)) {
    names.insert(entry.path().filename().string());
  }
  return names;
}

inline SinkSpec Sink(std::string path, IfExists if_exists = IfExists::kFail) {
  SinkSpec spec;
  spec.path = std::move(path);
  spec.if_exists = if_exists;
  return spec;
}

struct NamedPart {
  std::string name;
  std::string contents;
};

// A whole run: opens, writes every part in pieces of `piece` bytes, finishes.
inline Status WriteParts(const SinkSpec& spec, const std::vector<NamedPart>& parts,
                         std::string_view manifest = "{}",
                         const SystemCalls* calls = &RealSystemCalls(), size_t piece = 100000) {
  ARROW_ASSIGN_OR_RAISE(auto destination, OpenDestinationWith(spec, {}, calls));
  for (const NamedPart& part : parts) {
    ARROW_ASSIGN_OR_RAISE(auto sink, destination->OpenPart(part.name));
    std::string_view rest = part.contents;
    while (!rest.empty()) {
      ARROW_RETURN_NOT_OK(sink->Write(rest.substr(0, piece)));
      rest.remove_prefix(std::min(piece, rest.size()));
    }
    ARROW_RETURN_NOT_OK(sink->Finish());
  }
  return destination->Finish(manifest);
}

inline Status WriteOne(const SinkSpec& spec, std::string contents,
                       const SystemCalls* calls = &RealSystemCalls()) {
  return WriteParts(spec, {{spec.path, std::move(contents)}}, "{}", calls);
}

// Runs `body` in a child process and returns its exit status; `body` returns it.
template <typename Body>
int InChild(Body body) {
  const pid_t pid = fork();
  if (pid == 0) _exit(body());
  int status = 0;
  waitpid(pid, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 255;
}

}  // namespace weir
