// Where DuckDB puts what sorts and joins cannot hold in memory.
#pragma once

#include <memory>
#include <string>

#include "base/status.h"

namespace weir::duckdb {

// A private directory below $TMPDIR, removed with everything in it when this object goes. One that
// a killed process left behind is removed by the next Create: its lock is free.
class SpillDirectory {
 public:
  static Result<std::unique_ptr<SpillDirectory>> Create();
  ~SpillDirectory();
  SpillDirectory(const SpillDirectory&) = delete;
  SpillDirectory& operator=(const SpillDirectory&) = delete;

  const std::string& path() const { return path_; }

 private:
  SpillDirectory(std::string path, int lock_fd) : path_(std::move(path)), lock_fd_(lock_fd) {}

  const std::string path_;
  const int lock_fd_;
};

}  // namespace weir::duckdb
