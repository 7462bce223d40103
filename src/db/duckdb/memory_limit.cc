#include "db/duckdb/memory_limit.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <string>

namespace weir::duckdb {
namespace {

// The number in the file, or the largest one when there is none ("max", or no file).
int64_t ReadLimit(const std::string& path) {
  std::ifstream file(path);
  int64_t bytes = 0;
  return file >> bytes ? bytes : INT64_MAX;
}

// A line of /proc/self/cgroup is hierarchy:controllers:path; version 2 is hierarchy 0.
int64_t ControlGroupLimit() {
  int64_t limit = std::min(ReadLimit("/sys/fs/cgroup/memory.max"),
                           ReadLimit("/sys/fs/cgroup/memory/memory.limit_in_bytes"));
  std::ifstream groups("/proc/self/cgroup");
  for (std::string line; std::getline(groups, line);) {
    std::string path = line.substr(line.rfind(':') + 1);
    bool unified = line.starts_with("0::");
    if (!unified && line.find(":memory:") == std::string::npos) continue;
    limit = std::min(
        limit, ReadLimit(unified ? "/sys/fs/cgroup" + path + "/memory.max"
                                 : "/sys/fs/cgroup/memory" + path + "/memory.limit_in_bytes"));
  }
  return limit;
}

}  // namespace

bool MemoryLimit::IsBelowPinned() const {
  std::lock_guard lock(mutex_);
  return bytes_ < std::min(pinned_bytes_, bytes_max_);
}

Result<bool> MemoryLimit::Raise(Connection* connection, int64_t seen) {
  std::lock_guard lock(mutex_);
  if (bytes_ > seen) return true;
  if (bytes_ >= bytes_max_) return false;
  int64_t raised = std::min(bytes_ * 2, bytes_max_);
  ARROW_RETURN_NOT_OK(connection->Execute(fmt::format("SET memory_limit = '{}B'", raised)));
  bytes_ = raised;
  return true;
}

int64_t MemoryLimit::bytes() const {
  std::lock_guard lock(mutex_);
  return bytes_;
}

int64_t AvailableMemoryBytes() {
  int64_t machine = static_cast<int64_t>(sysconf(_SC_PHYS_PAGES)) * sysconf(_SC_PAGESIZE);
  return std::min(machine, ControlGroupLimit());
}

}  // namespace weir::duckdb
